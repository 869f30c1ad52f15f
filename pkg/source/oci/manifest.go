package oci

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// maxManifestBytes is what registries accept.
	maxManifestBytes = 4 << 20
	// maxLayers is twice what images may have.
	maxLayers = 256
)

// manifest is what is used of a manifest or an index; one of the two is empty.
type manifest struct {
	layers   []ocispec.Descriptor
	children []ocispec.Descriptor
}

// parseManifest decides by what is there: the media type is a claim.
func parseManifest(data []byte) (manifest, error) {
	var m struct {
		SchemaVersion int                  `json:"schemaVersion"`
		Layers        []ocispec.Descriptor `json:"layers"`
		Manifests     []ocispec.Descriptor `json:"manifests"`
	}
	err := json.Unmarshal(data, &m)
	switch {
	case err != nil:
		return manifest{}, errors.New("the manifest is not JSON as it should be")
	case m.SchemaVersion != 2:
		return manifest{}, fmt.Errorf("the manifest has the schema version %d: only 2 is supported", m.SchemaVersion)
	case len(m.Layers) > 0 && len(m.Manifests) > 0:
		return manifest{}, errors.New("the manifest is an index and a manifest at the same time")
	case len(m.Layers) > maxLayers || len(m.Manifests) > maxLayers:
		return manifest{}, fmt.Errorf("the manifest has more than %d parts", maxLayers)
	case len(m.Layers) == 0 && len(m.Manifests) == 0:
		return manifest{}, errors.New("the manifest has no layers")
	}
	for _, part := range append(m.Layers, m.Manifests...) { // one of the two is empty
		if err := checkDescriptor(part); err != nil {
			return manifest{}, err
		}
	}
	return manifest{layers: m.Layers, children: m.Manifests}, nil
}

// checkDescriptor makes sure that the part can be verified. The digest ends up in a
// URL, too.
func checkDescriptor(d ocispec.Descriptor) error {
	if err := d.Digest.Validate(); err != nil {
		return fmt.Errorf("the manifest names a part by the digest %.80q: %w", d.Digest, err)
	}
	if d.Size < 0 {
		return fmt.Errorf("the manifest gives part %s the size %d", d.Digest, d.Size)
	}
	return nil
}

// onlyChild is the one manifest of an index. Where an image was built, there are
// documents about it beside it.
func (m manifest) onlyChild() (digest.Digest, error) {
	var only digest.Digest
	found := 0
	for _, child := range m.children {
		if child.Annotations["vnd.docker.reference.type"] != "attestation-manifest" {
			only = child.Digest
			found++
		}
	}
	if found != 1 {
		return "", fmt.Errorf("it is an index of %d manifests, and which one is meant is not known: name one by its digest", found)
	}
	return only, nil
}
