package helmchart

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	ociregistry "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"helm.sh/helm/v3/pkg/registry"
)

// Artifact is a package as Helm pushes it. Helm's client pushes it to a registry inside
// this process, from where it is taken: so its digest is known before anything is
// public, and it is pushed, signed and tagged as everything else.
func Artifact(archive []byte, chartName string, pins Pins) (v1.Image, error) {
	server := httptest.NewServer(ociregistry.New(ociregistry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	client, err := registry.NewClient(registry.ClientOptPlainHTTP(), registry.ClientOptWriter(io.Discard))
	if err != nil {
		return nil, fmt.Errorf("chart: Helm's client: %w", err)
	}
	reference := fmt.Sprintf("%s/%s:%s", strings.TrimPrefix(server.URL, "http://"), chartName, pins.Version)
	if _, err := client.Push(archive, reference, registry.PushOptCreationTime(pins.Time.UTC().Format(time.RFC3339))); err != nil {
		return nil, fmt.Errorf("chart: make the artifact: %w", err)
	}
	tag, err := name.NewTag(reference)
	if err != nil {
		return nil, fmt.Errorf("chart: %q: %w", reference, err)
	}
	pushed, err := remote.Image(tag)
	if err != nil {
		return nil, fmt.Errorf("chart: read the artifact: %w", err)
	}
	return inMemory(pushed)
}

// artifact is what was pushed, in memory: it outlives the registry.
type artifact struct {
	manifest, config []byte
	layers           map[v1.Hash]v1.Layer
}

func (a artifact) RawManifest() ([]byte, error)        { return a.manifest, nil }
func (a artifact) RawConfigFile() ([]byte, error)      { return a.config, nil }
func (a artifact) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (a artifact) LayerByDigest(of v1.Hash) (partial.CompressedLayer, error) {
	if found, ok := a.layers[of]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("chart: no layer %q", of)
}

func inMemory(pushed v1.Image) (v1.Image, error) {
	made := artifact{layers: map[v1.Hash]v1.Layer{}}
	var err error
	if made.manifest, err = pushed.RawManifest(); err != nil {
		return nil, fmt.Errorf("chart: manifest: %w", err)
	}
	if made.config, err = pushed.RawConfigFile(); err != nil {
		return nil, fmt.Errorf("chart: configuration: %w", err)
	}
	manifest, err := pushed.Manifest()
	if err != nil {
		return nil, fmt.Errorf("chart: manifest: %w", err)
	}
	for _, described := range manifest.Layers {
		layer, err := pushed.LayerByDigest(described.Digest)
		if err != nil {
			return nil, fmt.Errorf("chart: layer %q: %w", described.Digest, err)
		}
		stream, err := layer.Compressed()
		if err != nil {
			return nil, fmt.Errorf("chart: layer %q: %w", described.Digest, err)
		}
		data, err := io.ReadAll(stream)
		_ = stream.Close() // all is read
		if err != nil {
			return nil, fmt.Errorf("chart: layer %q: %w", described.Digest, err)
		}
		made.layers[described.Digest] = static.NewLayer(data, described.MediaType)
	}
	return partial.CompressedToImage(made)
}
