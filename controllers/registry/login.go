package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// remote is a source that is reached over the network.
type remote struct {
	// field is the part of the spec, and url where it leads to.
	field, url string
	// secret holds what it takes to log in; nil if everybody may read.
	secret *v1alpha1.LocalSecretReference
	// build makes the fetcher that asks through a client.
	build func(*http.Client) (source.Fetcher, error)
}

// reach returns the fetcher of a remote source. It is built once here in any case,
// so that a wrong spec is found before anybody is asked.
func (f Fetchers) reach(namespace string, r remote) (source.Fetcher, error) {
	fetcher, err := r.build(f.HTTP)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.field, err)
	}
	if r.secret == nil {
		return fetcher, nil
	}
	return loggedIn{fetchers: f, namespace: namespace, remote: r}, nil
}

// loggedIn reads the Secret at each fetch, so that a new one is used at once and
// none is kept.
type loggedIn struct {
	fetchers  Fetchers
	namespace string
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

// client reads the Secret. Messages name its keys, never what they hold.
func (l loggedIn) client(ctx context.Context) (*http.Client, error) {
	field, name := l.remote.field+".secretRef", l.remote.secret.Name
	var secret corev1.Secret
	err := l.fetchers.Live.Get(ctx, client.ObjectKey{Namespace: l.namespace, Name: name}, &secret)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fault.NewRetry(v1alpha1.ReasonInvalidSecret, fmt.Errorf(
			"%s names Secret %q, which does not exist in namespace %q; create it", field, name, l.namespace))
	case err != nil:
		return nil, fault.NewRetry(v1alpha1.ReasonSourceUnavailable, fmt.Errorf("reading Secret %q of %s: %w", name, field, err))
	}
	login, err := credentials.Parse(secret.Data)
	if err != nil {
		return nil, fault.NewTerminal(v1alpha1.ReasonInvalidSecret, fmt.Errorf(
			"%s names Secret %q, which cannot be used: %w; correct it", field, name, err))
	}
	origin, err := url.Parse(l.remote.url)
	if err != nil {
		return nil, err // build has refused it before
	}
	return login.Client(l.fetchers.Egress, origin), nil
}
