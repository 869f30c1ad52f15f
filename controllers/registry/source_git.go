package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/secureshell"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
)

// gitSource is a repository. Its Secrets are read at each fetch, so that new ones
// are used at once and none is kept.
type gitSource struct {
	fetchers  Fetchers
	namespace string
	// field is where it stands in the spec.
	field string
	spec  v1alpha1.GitSource
}

func (f Fetchers) git(namespace, field string, s *v1alpha1.GitSource) (source.Fetcher, error) {
	g := gitSource{fetchers: f, namespace: namespace, field: field, spec: *s}
	if err := g.config().Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	if g.config().OverSSH() && s.SecretRef == nil {
		return nil, fmt.Errorf("%s.secretRef is required for a repository over SSH: name a Secret with identity and known_hosts", field)
	}
	return g, nil
}

func (g gitSource) config() git.Config {
	return git.Config{
		Repository: g.spec.Repository, Branch: g.spec.Branch, Tag: g.spec.Tag, Commit: g.spec.Commit,
		Path: g.spec.Path, MaxBytes: g.fetchers.MaxBytes, Dir: g.fetchers.ScratchDir, HTTP: g.fetchers.HTTP,
		Cache: g.fetchers.Git,
	}
}

// Fetch implements [source.Fetcher].
func (g gitSource) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	cfg := g.config()
	if g.spec.SecretRef != nil {
		done, err := g.logIn(ctx, &cfg)
		if err != nil {
			return source.Content{}, err
		}
		defer done()
	}
	if g.spec.Verify != nil {
		var err error
		if cfg.Keys, err = g.keys(ctx); err != nil {
			return source.Content{}, err
		}
	}
	fetcher, err := git.New(cfg)
	if err != nil {
		return source.Content{}, err
	}
	return fetcher.Fetch(ctx, known)
}

// logIn lets cfg use what is in the Secret, until done is called.
func (g gitSource) logIn(ctx context.Context, cfg *git.Config) (done func(), err error) {
	field := g.field + ".secretRef"
	login, err := credentials.Load(ctx, g.fetchers.Live, field, g.namespace, g.spec.SecretRef.Name)
	if err != nil {
		return nil, err
	}
	cfg.Login = login.Version
	if cfg.OverSSH() {
		if cfg.SSH, err = g.ssh(login); err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		return func() {}, nil
	}
	origin, err := url.Parse(cfg.Repository)
	if err != nil {
		return nil, err // Check has refused it before
	}
	web, err := login.HTTPClient(g.fetchers.Egress, origin)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	cfg.HTTP = web
	return web.CloseIdleConnections, nil
}

func (g gitSource) ssh(login credentials.Credentials) (*git.SSH, error) {
	if len(login.Identity) == 0 {
		return nil, login.Unusable(errors.New("a repository over SSH needs identity and known_hosts: add them"))
	}
	opened, err := secureshell.NewLogin(login.Identity, login.Password, login.KnownHosts, g.fetchers.ScratchDir)
	if _, disk := errors.AsType[*fs.PathError](err); disk {
		return nil, err
	}
	if err != nil {
		return nil, login.Unusable(err)
	}
	return &git.SSH{Login: opened, Dial: g.fetchers.Egress.Dial}, nil
}

// keys are those that must have signed.
func (g gitSource) keys(ctx context.Context) (*signature.Keys, error) {
	field := g.field + ".verify.secretRef"
	secret, err := credentials.Load(ctx, g.fetchers.Live, field, g.namespace, g.spec.Verify.SecretRef.Name)
	if err != nil {
		return nil, err
	}
	keys, err := signature.Read(secret.Raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, secret.Unusable(err))
	}
	return keys, nil
}
