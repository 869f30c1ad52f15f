package registry

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// Keys of a Secret to log in with.
const (
	keyUsername    = "username"
	keyPassword    = "password"
	keyBearerToken = "bearerToken"
	keyAuthority   = "ca.crt"
)

// login is how to talk to a source that not everybody may read.
type login struct {
	client *http.Client
	// authorize is nil if the Secret only has an authority to trust.
	authorize func(*http.Request)
}

// login reads one Secret. Messages name its keys, never what they hold.
func (f Fetchers) login(ctx context.Context, field, namespace, name string) (login, error) {
	var secret corev1.Secret
	err := f.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return login{}, fault.NewRetry(v1alpha1.ReasonInvalidSecret, fmt.Errorf(
			"%s names Secret %q, which does not exist in namespace %q; create it", field, name, namespace))
	}
	if err != nil {
		return login{}, fault.NewRetry(v1alpha1.ReasonSourceUnavailable, fmt.Errorf("reading Secret %q of %s: %w", name, field, err))
	}
	l, err := f.newLogin(secret.Data)
	if err != nil {
		return login{}, fault.NewTerminal(v1alpha1.ReasonInvalidSecret, fmt.Errorf(
			"%s names Secret %q, which cannot be used: %w; correct it", field, name, err))
	}
	return l, nil
}

func (f Fetchers) newLogin(data map[string][]byte) (l login, err error) {
	policy := f.Egress
	if authority := data[keyAuthority]; len(authority) > 0 {
		if policy.RootCAs, err = withAuthority(policy.RootCAs, authority); err != nil {
			return login{}, err
		}
	}
	l.client = policy.Client()
	// Files that were made with an editor end with a line break.
	username, password := trimmed(data[keyUsername]), trimmed(data[keyPassword])
	token := trimmed(data[keyBearerToken])
	switch {
	case token != "" && username+password != "":
		return login{}, fmt.Errorf("it has both %s and %s; keep one", keyBearerToken, keyUsername)
	case token != "":
		l.authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	case username != "":
		l.authorize = func(r *http.Request) { r.SetBasicAuth(username, password) }
	case password != "":
		return login{}, fmt.Errorf("it has %s without %s", keyPassword, keyUsername)
	case len(data[keyAuthority]) == 0:
		return login{}, fmt.Errorf("it has none of %s and %s, %s, %s", keyUsername, keyPassword, keyBearerToken, keyAuthority)
	}
	return l, nil
}

// withAuthority trusts an authority besides those that are trusted already.
func withAuthority(trusted *x509.CertPool, authority []byte) (*x509.CertPool, error) {
	if trusted == nil {
		var err error
		if trusted, err = x509.SystemCertPool(); err != nil {
			return nil, fmt.Errorf("reading the system's certificate authorities: %w", err)
		}
	}
	pool := trusted.Clone()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, errors.New("key " + keyAuthority + " holds no certificate in PEM")
	}
	return pool, nil
}

func trimmed(value []byte) string { return string(bytes.TrimRight(value, "\r\n")) }
