package registry

import (
	"context"
	"fmt"
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
)

// Fetchers makes the fetchers for all types of sources.
type Fetchers struct {
	// Live reads ConfigMaps and Secrets, Metadata the metadata of ConfigMaps from
	// the cache.
	Live, Metadata client.Reader
	// HTTP reaches out of the cluster, within the egress policy.
	HTTP *http.Client
	// Egress is that policy, for clients that trust other authorities too.
	Egress egress.Policy
	// ScratchDir holds what is being fetched; MaxBytes bounds a registry file.
	ScratchDir string
	MaxBytes   int64
	// Git is what fetchers of repositories share.
	Git *git.Cache
	// Memory is what fetchers of files at URLs remember together.
	Memory *sourcehttp.Memory
}

// Fetcher implements Sources.
func (f Fetchers) Fetcher(namespace string, s v1alpha1.NamedSource) (source.Fetcher, error) {
	field := fieldOf(s)
	block := field + "." + s.Type
	switch {
	case s.Type == v1alpha1.SourceTypeConfigMap && s.ConfigMap != nil:
		return f.watched(namespace, block, s.ConfigMap)
	case s.Type == v1alpha1.SourceTypeGit && s.Git != nil:
		return f.git(namespace, block, s.Git)
	case s.Type == v1alpha1.SourceTypeHTTP && s.HTTP != nil:
		return f.reach(namespace, block, f.http(s.HTTP))
	case s.Type == v1alpha1.SourceTypeAPI && s.API != nil:
		return f.reach(namespace, block, f.api(s.API))
	case s.Type == v1alpha1.SourceTypeOCI && s.OCI != nil:
		return f.oci(namespace, block, s.OCI)
	}
	switch s.Type {
	case v1alpha1.SourceTypeConfigMap, v1alpha1.SourceTypeGit, v1alpha1.SourceTypeHTTP, v1alpha1.SourceTypeAPI, v1alpha1.SourceTypeOCI:
		return nil, fmt.Errorf("%s is required when %s.type is %q", block, field, s.Type)
	}
	return nil, fmt.Errorf("%s.type %q is not one of configmap, git, http, api, oci", field, s.Type)
}

func (f Fetchers) watched(namespace, field string, s *v1alpha1.ConfigMapSource) (source.Fetcher, error) {
	fetcher, err := f.configMap(namespace, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return fetcher, nil
}

// Revision implements Sources: ConfigMaps are watched, other sources are not.
func (f Fetchers) Revision(ctx context.Context, namespace string, s v1alpha1.Source) (source.Revision, error) {
	if s.Type != v1alpha1.SourceTypeConfigMap || s.ConfigMap == nil {
		return "", nil
	}
	fetcher, err := f.configMap(namespace, s.ConfigMap)
	if err != nil {
		return "", err
	}
	return fetcher.Revision(ctx)
}

func (f Fetchers) http(s *v1alpha1.HTTPSource) remote {
	return remote{s.URL, s.SecretRef, func(client *http.Client) (source.Fetcher, error) {
		return sourcehttp.New(sourcehttp.Config{
			URL: s.URL, SHA256: s.SHA256, MaxBytes: f.MaxBytes, Client: client, Memory: f.Memory,
		})
	}}
}

func (f Fetchers) api(s *v1alpha1.APISource) remote {
	return remote{s.Endpoint, s.SecretRef, func(client *http.Client) (source.Fetcher, error) {
		return api.New(api.Config{
			Endpoint: s.Endpoint, HTTP: client, Dir: f.ScratchDir,
			// A mirror lies on disk, so it may be larger than a file in memory.
			MaxBytes: max(f.MaxBytes, api.DefaultMaxBytes),
		})
	}}
}
