package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

const (
	// freshFor is how long keys are used before they are looked at again, so that
	// a key that its issuer has taken back is not believed for ever.
	freshFor = 10 * time.Minute
	// usableFor is how long keys are used while the issuer cannot be reached.
	usableFor = 24 * time.Hour
	// Tokens with made-up key names must not become a flood of fetches.
	fetchEvery = 10 * time.Second
	fetchBurst = 5
)

// algorithms are those with a public key. With any other, who can check a token
// could also make one.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512, jose.EdDSA,
}

func algorithmNames() []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = string(a)
	}
	return names
}

var (
	errSignature = errors.New("no key of the issuer fits the signature")
	errThrottled = errors.New("the issuer's keys were asked for too often")
)

// unavailableKey finds, in a context, where to note that keys cannot be had.
type unavailableKey struct{}

// keys are the keys of an issuer, as its verifier needs them. A token with a key
// that is not known makes them be fetched anew, which is how rotation is seen.
type keys struct {
	url     string
	client  *http.Client
	limiter *rate.Limiter
	now     func() time.Time
	flight  singleflight.Group
	current atomic.Pointer[keySet]
}

type keySet struct {
	keys    []jose.JSONWebKey
	fetched time.Time
}

func newKeys(url string, client *http.Client) *keys {
	return &keys{url: url, client: client, limiter: rate.NewLimiter(rate.Every(fetchEvery), fetchBurst), now: time.Now}
}

// VerifySignature implements the library's KeySet: it returns what was signed.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	known := k.current.Load()
	if known != nil && k.age(known) < usableFor {
		if payload, ok := known.verify(signed); ok {
			if k.age(known) > freshFor {
				k.fetch(ctx) // whoever comes next profits
			}
			return payload, nil
		}
	}
	if err := k.renew(ctx, known); err != nil {
		return nil, err
	}
	if payload, ok := k.current.Load().verify(signed); ok {
		return payload, nil
	}
	return nil, errSignature
}

// renew fetches the keys because none of those that are known fits.
func (k *keys) renew(ctx context.Context, known *keySet) error {
	select {
	case <-ctx.Done():
		return unavailable(ctx, ctx.Err())
	case result := <-k.fetch(ctx):
		if errors.Is(result.Err, errThrottled) && known != nil && k.age(known) < freshFor {
			return errSignature
		}
		if result.Err != nil {
			return unavailable(ctx, result.Err)
		}
	}
	return nil
}

func unavailable(ctx context.Context, err error) error {
	if noted, ok := ctx.Value(unavailableKey{}).(*error); ok {
		*noted = err
	}
	return err
}

func (k *keys) age(s *keySet) time.Duration { return k.now().Sub(s.fetched) }

// verify tries the key that the token names, or all if it names none.
func (s *keySet) verify(signed *jose.JSONWebSignature) ([]byte, bool) {
	if len(signed.Signatures) != 1 {
		return nil, false
	}
	name := signed.Signatures[0].Header.KeyID
	for i := range s.keys {
		if name != "" && s.keys[i].KeyID != name {
			continue
		}
		if payload, err := signed.Verify(&s.keys[i]); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// fetch fetches the keys in the background, once for all who ask meanwhile. It
// goes on when the request that it began with does not.
func (k *keys) fetch(ctx context.Context) <-chan singleflight.Result {
	ctx = context.WithoutCancel(ctx)
	return k.flight.DoChan("", func() (any, error) {
		if !k.limiter.AllowN(k.now(), 1) {
			return nil, errThrottled
		}
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		set, err := k.get(ctx)
		if err != nil {
			return nil, fmt.Errorf("fetching the issuer's keys from %q: %w", k.url, err)
		}
		k.current.Store(set)
		return nil, nil
	})
}

func (k *keys) get(ctx context.Context) (*keySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	body, err := io.ReadAll(response.Body) // the client bounds it
	if err != nil {
		return nil, err
	}
	return parseKeys(body, k.now())
}

// parseKeys leaves out keys that are not for signatures or of a kind that is not
// known here; an issuer may have some for others.
func parseKeys(body []byte, now time.Time) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("the answer is no set of keys: %w", err)
	}
	set := &keySet{fetched: now}
	for _, raw := range document.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.IsPublic() && key.Use != "enc" {
			set.keys = append(set.keys, key)
		}
	}
	if len(set.keys) == 0 {
		return nil, errors.New("the answer has no key that can be used")
	}
	return set, nil
}
