package registry

import (
	"fmt"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

func (f Fetchers) api(s v1alpha1.Source) (source.Fetcher, error) {
	fetcher, err := api.New(api.Config{
		Endpoint: s.API.Endpoint, HTTP: f.HTTP, Dir: f.ScratchDir,
		// A mirror lies on disk, so it may be larger than a file in memory.
		MaxBytes: max(f.MaxBytes, api.DefaultMaxBytes),
	})
	if err != nil {
		return nil, fmt.Errorf("spec.source.api: %w", err)
	}
	return fetcher, nil
}
