package registry

import (
	"context"
	"fmt"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

func (f Fetchers) api(namespace string, s v1alpha1.Source) (source.Fetcher, error) {
	cfg := api.Config{
		Endpoint: s.API.Endpoint, HTTP: f.HTTP, Dir: f.ScratchDir,
		// A mirror lies on disk, so it may be larger than a file in memory.
		MaxBytes: max(f.MaxBytes, api.DefaultMaxBytes),
	}
	fetcher, err := api.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("spec.source.api: %w", err)
	}
	if s.API.SecretRef == nil {
		return fetcher, nil
	}
	return apiWithLogin{fetchers: f, namespace: namespace, secret: s.API.SecretRef.Name, cfg: cfg}, nil
}

// apiWithLogin reads the Secret at each fetch, so that a new one is used at once
// and none is kept.
type apiWithLogin struct {
	fetchers          Fetchers
	namespace, secret string
	cfg               api.Config
}

// Fetch implements [source.Fetcher].
func (a apiWithLogin) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	return a.Update(ctx, known, nil)
}

// Update implements [source.Updater].
func (a apiWithLogin) Update(ctx context.Context, known source.Revision, stored source.Stored) (source.Content, error) {
	l, err := a.fetchers.login(ctx, "spec.source.api.secretRef", a.namespace, a.secret)
	if err != nil {
		return source.Content{}, err
	}
	defer l.client.CloseIdleConnections()
	a.cfg.HTTP, a.cfg.Authorize = l.client, l.authorize
	fetcher, err := api.New(a.cfg)
	if err != nil {
		return source.Content{}, err
	}
	return fetcher.Update(ctx, known, stored)
}
