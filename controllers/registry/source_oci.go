package registry

import (
	"context"
	"fmt"
	"net/url"

	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
)

// artifact is a source in a container registry. It reads its Secrets at each fetch, so
// that new ones are used at once and none is kept.
type artifact struct {
	fetchers  Fetchers
	namespace string
	field     string
	spec      *v1alpha1.OCISource
}

// oci builds the fetcher once here, so that a wrong spec is found before anybody is asked.
func (f Fetchers) oci(namespace, field string, s *v1alpha1.OCISource) (source.Fetcher, error) {
	if _, err := oci.New(f.ociConfig(s)); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return artifact{fetchers: f, namespace: namespace, field: field, spec: s}, nil
}

func (f Fetchers) ociConfig(s *v1alpha1.OCISource) oci.Config {
	return oci.Config{Reference: s.Reference, Path: s.Path, MaxBytes: f.MaxBytes, Client: f.HTTP}
}

// Fetch implements [source.Fetcher].
func (a artifact) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	cfg := a.fetchers.ociConfig(a.spec)
	if a.spec.Verify != nil {
		if err := a.trust(ctx, &cfg); err != nil {
			return source.Content{}, err
		}
	}
	if a.spec.SecretRef != nil {
		if err := a.logIn(ctx, &cfg); err != nil {
			return source.Content{}, err
		}
		defer cfg.Client.CloseIdleConnections()
	}
	fetcher, err := oci.New(cfg)
	if err != nil {
		return source.Content{}, err
	}
	return fetcher.Fetch(ctx, known)
}

// trust reads the keys that must have signed.
func (a artifact) trust(ctx context.Context, cfg *oci.Config) error {
	field := a.field + ".verify.secretRef"
	name := a.spec.Verify.SecretRef.Name
	secret, err := credentials.Load(ctx, a.fetchers.Live, field, a.namespace, name)
	if err != nil {
		return err
	}
	keys, err := cosign.ParseKeys(secret.Raw[v1alpha1.KeyCosignPublic])
	if err != nil {
		return fault.NewTerminal(v1alpha1.ReasonInvalidSecret,
			fmt.Errorf("%s: the Secret %q cannot be used: %s: %w", field, name, v1alpha1.KeyCosignPublic, err))
	}
	cfg.Keys, cfg.KeysFrom = &keys, fmt.Sprintf("%s of Secret %q", v1alpha1.KeyCosignPublic, name)
	return nil
}

// logIn reads what it takes to pull.
func (a artifact) logIn(ctx context.Context, cfg *oci.Config) error {
	field := a.field + ".secretRef"
	secret, err := credentials.Load(ctx, a.fetchers.Live, field, a.namespace, a.spec.SecretRef.Name)
	if err != nil {
		return err
	}
	ref, err := oci.ParseReference(a.spec.Reference)
	if err != nil {
		return err // it was refused before
	}
	login, err := secret.PullLogin(ref.Registry, ref.Repository)
	if err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	cfg.Client, err = secret.Connect(a.fetchers.Egress, &url.URL{Scheme: "https", Host: ref.Host()})
	if err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	cfg.Login = func() (auth.Credential, error) {
		return auth.Credential{
			Username: login.Username, Password: login.Password,
			RefreshToken: login.IdentityToken, AccessToken: login.RegistryToken,
		}, nil
	}
	return nil
}
