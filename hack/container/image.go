package container

import (
	"fmt"
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// Name is the operator's image's, without the registry; the others' begin with it.
	Name = "mcp-registry-operator"
	home = "https://github.com/mcp-registry-operator/mcp-registry-operator"
	// user is the unprivileged user of all images with a program.
	user = 65532
)

// Origin is what an image was made from.
type Origin struct {
	Version string
	// Revision is the commit.
	Revision string
	// Created is the commit's time, not that of the build: who builds it again gets
	// the same image.
	Created time.Time
}

// labels are those of the OCI image specification, for configuration and manifest.
func (o Origin) labels(title, description string) map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":         title,
		"org.opencontainers.image.description":   description,
		"org.opencontainers.image.version":       o.Version,
		"org.opencontainers.image.created":       o.Created.UTC().Format(time.RFC3339),
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.url":           home,
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "/blob/main/README.md",
	}
	if o.Revision != "" {
		labels["org.opencontainers.image.revision"] = o.Revision
	}
	return labels
}

// image puts layers and a configuration together. The labels of the configuration are
// annotations of the manifest too: registries show those.
func image(architecture string, created time.Time, config v1.Config, layers ...v1.Layer) (v1.Image, error) {
	built, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layers...)
	if err != nil {
		return nil, fmt.Errorf("append layers: %w", err)
	}
	file, err := built.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", architecture
	file.Created = v1.Time{Time: created.UTC()}
	file.Config = config
	for i := range file.History {
		file.History[i] = v1.History{Created: file.Created, CreatedBy: "hack/container"}
	}
	built, err = mutate.ConfigFile(built, file)
	if err != nil {
		return nil, fmt.Errorf("set configuration: %w", err)
	}
	built = mutate.ConfigMediaType(built, types.OCIConfigJSON)
	return annotated(built, config.Labels)
}

func annotated(built v1.Image, annotations map[string]string) (v1.Image, error) {
	image, ok := mutate.Annotations(built, annotations).(v1.Image)
	if !ok {
		return nil, fmt.Errorf("annotate: %T is no image", built)
	}
	return image, nil
}

// Index makes one image of those for several architectures.
func Index(images map[string]v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var annotations map[string]string
	for _, architecture := range slices.Sorted(maps.Keys(images)) {
		manifest, err := images[architecture].Manifest()
		if err != nil {
			return nil, fmt.Errorf("image for %q: %w", architecture, err)
		}
		annotations = manifest.Annotations
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        images[architecture],
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	made, ok := mutate.Annotations(index, annotations).(v1.ImageIndex)
	if !ok {
		return nil, fmt.Errorf("annotate: %T is no index", index)
	}
	return made, nil
}
