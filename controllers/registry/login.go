package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// remote is a source that is reached over the network.
type remote struct {
	// url is where it leads to.
	url string
	// secret holds what it takes to log in; nil if everybody may read.
	secret *v1alpha1.LocalSecretReference
	// build makes the fetcher that asks through a client.
	build func(*http.Client) (source.Fetcher, error)
}

// reach returns the fetcher of a remote source, which field of the spec describes. It is built once here in any case,
// so that a wrong spec is found before anybody is asked.
func (f Fetchers) reach(namespace, field string, r remote) (source.Fetcher, error) {
	fetcher, err := r.build(f.HTTP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	if r.secret == nil {
		return fetcher, nil
	}
	return loggedIn{fetchers: f, namespace: namespace, field: field, remote: r}, nil
}

// loggedIn reads the Secret at each fetch, so that a new one is used at once and
// none is kept.
type loggedIn struct {
	fetchers  Fetchers
	namespace string
	field     string
	remote    remote
}

// Fetch implements [source.Fetcher].
func (l loggedIn) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	return l.Update(ctx, known, nil)
}

// Update implements [source.Updater], for sources that can be read by their changes.
func (l loggedIn) Update(ctx context.Context, known source.Revision, stored source.Stored) (source.Content, error) {
	web, err := l.client(ctx)
	if err != nil {
		return source.Content{}, err
	}
	defer web.CloseIdleConnections()
	fetcher, err := l.remote.build(web)
	if err != nil {
		return source.Content{}, err
	}
	if updater, ok := fetcher.(source.Updater); ok {
		return updater.Update(ctx, known, stored)
	}
	return fetcher.Fetch(ctx, known)
}

// client reads the Secret and makes a client with what it holds.
func (l loggedIn) client(ctx context.Context) (*http.Client, error) {
	field := l.field + ".secretRef"
	login, err := credentials.Load(ctx, l.fetchers.Live, field, l.namespace, l.remote.secret.Name)
	if err != nil {
		return nil, err
	}
	origin, err := url.Parse(l.remote.url)
	if err != nil {
		return nil, err // build has refused it before
	}
	web, err := login.HTTPClient(l.fetchers.Egress, origin)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return web, nil
}
