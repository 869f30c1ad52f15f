package registry

import (
	"context"
	"fmt"
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
)

// Fetchers makes the fetchers for all types of sources.
type Fetchers struct {
	// Live reads ConfigMaps, Metadata their metadata from the cache.
	Live, Metadata client.Reader
	// HTTP reaches out of the cluster, within the egress policy.
	HTTP *http.Client
	// Egress is that policy, for clients that trust other authorities too.
	Egress egress.Policy
	// ScratchDir holds what is being fetched; MaxBytes bounds a registry file.
	ScratchDir string
	MaxBytes   int64
}

// Fetcher implements Sources.
func (f Fetchers) Fetcher(namespace string, s v1alpha1.Source) (source.Fetcher, error) {
	switch {
	case s.Type == v1alpha1.SourceTypeConfigMap && s.ConfigMap != nil:
		return f.configMap(namespace, s), nil
	case s.Type == v1alpha1.SourceTypeGit && s.Git != nil:
		fetcher, err := git.New(git.Config{
			Repository: s.Git.Repository, Branch: s.Git.Branch, Tag: s.Git.Tag, Commit: s.Git.Commit,
			Path: s.Git.Path, MaxBytes: f.MaxBytes, Dir: f.ScratchDir, HTTP: f.HTTP,
		})
		if err != nil {
			return nil, fmt.Errorf("spec.source.git: %w", err)
		}
		return fetcher, nil
	case s.Type == v1alpha1.SourceTypeAPI && s.API != nil:
		return f.api(namespace, s)
	case s.Type == v1alpha1.SourceTypeConfigMap || s.Type == v1alpha1.SourceTypeGit || s.Type == v1alpha1.SourceTypeAPI:
		return nil, fmt.Errorf("spec.source.%s is required when spec.source.type is %q", s.Type, s.Type)
	}
	return nil, fmt.Errorf("spec.source.type %q is not one of configmap, git, api", s.Type)
}

// Revision implements Sources: ConfigMaps are watched, other sources are not.
func (f Fetchers) Revision(ctx context.Context, namespace string, s v1alpha1.Source) (source.Revision, error) {
	if s.Type != v1alpha1.SourceTypeConfigMap || s.ConfigMap == nil {
		return "", nil
	}
	return f.configMap(namespace, s).Revision(ctx)
}

func (f Fetchers) configMap(namespace string, s v1alpha1.Source) *configmap.Fetcher {
	return configmap.New(f.Live, f.Metadata, configmap.Config{
		Namespace: namespace, Name: s.ConfigMap.Name, Key: s.ConfigMap.Key, MaxBytes: f.MaxBytes,
	})
}
