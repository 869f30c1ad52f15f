package auth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	firstDelay = 500 * time.Millisecond
	maxDelay   = 30 * time.Second
)

// errUndiscovered is what tokens meet before the issuer was reached.
var errUndiscovered = errors.New("the issuer has not been reached yet")

// Issuer accepts the JSON Web Tokens of one OpenID Connect issuer. It implements
// [Verifier]. [Issuer.Run] has to find the issuer first.
type Issuer struct {
	// URL is the issuer as its tokens name it, and Audience what they are for.
	URL, Audience string
	// CAFile, if set, holds the authorities to trust for the issuer in place of
	// the system's. It may change.
	CAFile string
	// Failed, if set, is told when a failure to find the issuer begins or changes;
	// nil when it is found.
	Failed func(error)

	verifier atomic.Pointer[oidc.IDTokenVerifier]
}

// Run finds out the issuer's keys and returns. It tries until ctx ends.
func (i *Issuer) Run(ctx context.Context) {
	client := newClient(i.CAFile)
	told := ""
	for delay := firstDelay; ctx.Err() == nil; delay = min(2*delay, maxDelay) {
		err := i.discover(ctx, client)
		if err == nil {
			i.tell(nil)
			return
		}
		if text := short(err); ctx.Err() == nil && text != told {
			told = text
			i.tell(errors.New(text))
		}
		select {
		case <-ctx.Done():
		case <-time.After(delay*3/4 + rand.N(delay/2)): //nolint:gosec // jitter is no secret
		}
	}
}

func (i *Issuer) tell(err error) {
	if i.Failed != nil {
		i.Failed(err)
	}
}

func (i *Issuer) discover(ctx context.Context, client *http.Client) error {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), i.URL)
	if err != nil {
		return fmt.Errorf("discovering issuer %q: %w", i.URL, err)
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return fmt.Errorf("reading the discovery document of issuer %q: %w", i.URL, err)
	}
	i.verifier.Store(oidc.NewVerifier(i.URL, newKeys(document.Keys, client), &oidc.Config{
		ClientID: i.Audience, SupportedSigningAlgs: algorithmNames(),
	}))
	return nil
}

// Verify implements [Verifier].
func (i *Issuer) Verify(ctx context.Context, token string) (time.Time, error) {
	verifier := i.verifier.Load()
	if verifier == nil {
		return time.Time{}, errUndiscovered
	}
	// The library hides why a key could not be had, so it is told past it.
	var unavailable error
	id, err := verifier.Verify(context.WithValue(ctx, unavailableKey{}, &unavailable), token)
	var expired *oidc.TokenExpiredError
	switch {
	case err == nil:
		return id.Expiry, nil
	case unavailable != nil:
		return time.Time{}, unavailable
	case errors.As(err, &expired):
		return time.Time{}, &InvalidError{"the token has expired"}
	}
	return time.Time{}, &InvalidError{"the token is not one of this registry's issuer for this registry's audience, or its signature is wrong"}
}
