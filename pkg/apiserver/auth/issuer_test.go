package auth

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

func discovered(t *testing.T, i *issuer) *Issuer {
	t.Helper()
	v := &Issuer{URL: i.url, Audience: audience, CAFile: i.caFile}
	v.Run(t.Context())
	require.NotNil(t, v.verifier.Load())
	return v
}

func TestIssuerTokens(t *testing.T) {
	i := newIssuer(t)
	one, other := key{"one", rsaKeys()[0]}, key{"one", rsaKeys()[1]}
	i.publish(one)
	v := discovered(t, i)
	publicPEM := func() []byte {
		der, err := x509.MarshalPKIXPublicKey(one.private.Public())
		require.NoError(t, err)
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	good := i.token(t, one, nil)
	unsigned := func() string {
		payload, err := json.Marshal(i.claims(nil))
		require.NoError(t, err)
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none","kid":"one"}`)) + "." + encode(payload) + "."
	}
	for name, c := range map[string]struct {
		why, token string
		want       string // "" means valid
	}{
		"good":              {why: "the others differ from it", token: good},
		"several audiences": {why: "one of them is ours", token: i.token(t, one, map[string]any{"aud": []string{"x", audience}})},
		"no key name":       {why: "then all keys are tried", token: sign(t, jose.RS256, "", one.private, i.claims(nil))},
		"PS256":             {why: "another algorithm with a public key", token: sign(t, jose.PS256, "one", one.private, i.claims(nil))},
		"wrong audience":    {why: "a token for another service must not open this one", token: i.token(t, one, map[string]any{"aud": "other"}), want: "audience"},
		"no audience":       {why: "it is for nobody", token: i.token(t, one, map[string]any{"aud": nil}), want: "audience"},
		"wrong issuer":      {why: "it names another issuer", token: i.token(t, one, map[string]any{"iss": "https://other.example.com"}), want: "issuer"},
		"expired":           {why: "its time is over", token: i.token(t, one, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), want: "expired"},
		"for ever":          {why: "a token without an end cannot be taken back", token: i.token(t, one, map[string]any{"exp": nil}), want: "expired"},
		"not yet":           {why: "its time has not come", token: i.token(t, one, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), want: "issuer"},
		"foreign key":       {why: "anybody can write the name of a key", token: i.token(t, other, nil), want: "signature"},
		"none":              {why: "no signature is none", token: unsigned(), want: "signature"},
		"HS256":             {why: "the public key must not be used as a shared secret", token: sign(t, jose.HS256, "one", publicPEM(), i.claims(nil)), want: "signature"},
		"cut":               {why: "a signature covers all", token: good[:len(good)-8], want: "signature"},
		"nonsense":          {why: "not a token at all", token: "nonsense", want: "signature"},
		"JSON form":         {why: "the form for many signatures is not for headers", token: `{"payload":"e30","signatures":[]}`, want: "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			until, err := v.Verify(t.Context(), c.token)
			if c.want == "" {
				require.NoError(t, err, c.why)
				require.True(t, until.After(time.Now()))
				return
			}
			var invalid *InvalidError
			require.ErrorAs(t, err, &invalid, c.why)
			require.Contains(t, invalid.Description, c.want, c.why)
			require.NotContains(t, invalid.Description, `"`, "it has to fit into a quoted header")
		})
	}
}

func TestKeyRotation(t *testing.T) {
	i := newIssuer(t)
	one, two, three := key{"one", rsaKeys()[0]}, key{"two", rsaKeys()[1]}, key{"three", rsaKeys()[2]}
	i.publish(one)
	v := discovered(t, i)
	verify := func(k key) error {
		_, err := v.Verify(t.Context(), i.token(t, k, nil))
		return err
	}
	require.NoError(t, verify(one))
	i.publish(one, two)
	require.NoError(t, verify(two), "a new key is found when its first token comes")
	require.EqualValues(t, 2, i.fetches.Load())

	i.down.Store(true)
	require.NoError(t, verify(two), "known keys need no issuer")
	err := verify(three)
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*InvalidError), "whether a key is new cannot be told now: not the client's fault")
	i.down.Store(false)

	var invalid *InvalidError
	require.ErrorAs(t, verify(three), &invalid, "a key that the issuer does not have")
	for n := range 50 {
		require.Error(t, verify(key{fmt.Sprintf("made-up-%d", n), three.private}))
	}
	require.Less(t, i.fetches.Load(), int64(10), "made-up keys are no flood of fetches")
}

// TestRevokedKey: a key that the issuer has taken back is believed for a while,
// not for ever, and an issuer that is away takes nothing back.
func TestRevokedKey(t *testing.T) {
	i := newIssuer(t)
	one, two := key{"one", rsaKeys()[0]}, key{"two", rsaKeys()[1]}
	i.publish(one)
	k := newKeys(i.url+"/keys", newClient(i.caFile))
	var ahead atomic.Int64
	k.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	token := i.token(t, one, nil)
	verify := func() error {
		_, err := k.VerifySignature(t.Context(), token)
		return err
	}
	require.NoError(t, verify())
	ahead.Add(int64(freshFor + time.Minute))
	i.down.Store(true)
	require.NoError(t, verify())
	i.down.Store(false)
	i.publish(two)
	eventually(t, "the key is gone", func() bool { return verify() != nil })

	i.publish(one)
	ahead.Add(int64(time.Hour))
	eventually(t, "the key is back", func() bool { return verify() == nil })
	i.down.Store(true)
	ahead.Add(int64(usableFor + time.Hour))
	require.Error(t, verify(), "keys of yesterday are not believed")
}

func TestIssuerDownThenUp(t *testing.T) {
	i := newIssuer(t)
	one := key{"one", rsaKeys()[0]}
	i.publish(one)
	i.down.Store(true)
	var mu sync.Mutex
	var told []error
	v := &Issuer{URL: i.url, Audience: audience, CAFile: i.caFile, Failed: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}}
	go v.Run(t.Context())
	gate := &Gate{Verifier: Remember(v)}
	token := i.token(t, one, nil)
	check := func() int {
		if refusal := gate.Check(with(token)); refusal != nil {
			if refusal.Status == http.StatusServiceUnavailable {
				require.NotEmpty(t, refusal.Header.Get("Retry-After"))
			}
			return refusal.Status
		}
		return http.StatusOK
	}
	require.Equal(t, http.StatusServiceUnavailable, check(), "nobody is let in before the issuer is known")
	eventually(t, "the failure is told", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) == 1 })
	i.down.Store(false)
	eventually(t, "the issuer is found", func() bool { return check() == http.StatusOK })
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, told, 2, "told once, and once that it is over")
	require.Error(t, told[0])
	require.NoError(t, told[1])
}

func TestHostileIssuers(t *testing.T) {
	huge := strings.Repeat("x", maxAnswer+1)
	for name, c := range map[string]struct {
		why    string
		change func(i *issuer)
		want   string
	}{
		"another name":    {why: "a document that was copied from another issuer", change: func(i *issuer) { i.document["issuer"] = "https://other.example.com" }, want: "did not match"},
		"endless":         {why: "memory is not the issuer's to fill", change: func(i *issuer) { i.document["x"] = huge }, want: "too large"},
		"keys over http":  {why: "anybody on the way could change the keys", change: func(i *issuer) { i.document["jwks_uri"] = "http://127.0.0.1:1/keys" }, want: "https"},
		"no keys":         {why: "a document without keys", change: func(i *issuer) { delete(i.document, "jwks_uri") }, want: ""},
		"unknown CA":      {why: "a stranger on the issuer's address", change: func(i *issuer) { i.caFile = "" }, want: "certificate"},
		"CA file missing": {why: "the Secret is not mounted", change: func(i *issuer) { i.caFile += ".missing" }, want: "authorities"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			one := key{"one", rsaKeys()[0]}
			i.publish(one)
			c.change(i)
			v := &Issuer{URL: i.url, Audience: audience, CAFile: i.caFile}
			err := v.discover(t.Context(), newClient(i.caFile))
			if err == nil {
				_, err = v.Verify(t.Context(), i.token(t, one, nil))
				require.NotErrorAs(t, err, new(*InvalidError), "it is not the token's fault")
			}
			require.ErrorContains(t, err, c.want, c.why)
			require.Less(t, len(short(err)), 400)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	i := newIssuer(t)
	elsewhere := httptest.NewTLSServer(http.RedirectHandler(i.url+"/keys", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	ca, err := os.ReadFile(i.caFile)
	require.NoError(t, err)
	ca = append(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: elsewhere.Certificate().Raw})...)
	require.NoError(t, os.WriteFile(i.caFile, ca, 0o600))
	_, err = newKeys(elsewhere.URL, newClient(i.caFile)).get(t.Context())
	require.ErrorContains(t, err, "redirects")
}

func TestCAIsReadAgain(t *testing.T) {
	i := newIssuer(t)
	i.publish(key{"one", rsaKeys()[0]})
	good, err := os.ReadFile(i.caFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(i.caFile, []byte("nonsense"), 0o600))
	k := newKeys(i.url+"/keys", newClient(i.caFile))
	_, err = k.get(t.Context())
	require.ErrorContains(t, err, "no certificate")
	require.NoError(t, os.WriteFile(i.caFile, good, 0o600))
	_, err = k.get(t.Context())
	require.NoError(t, err)
}

func TestUnknownKindsOfKeysAreLeftOut(t *testing.T) {
	set, err := parseKeys([]byte(`{"keys":[{"kty":"OKP","crv":"Ed448","x":"AA"},{"kty":"oct","k":"c2VjcmV0","kid":"shared"},
		{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"ec"}]}`), time.Now())
	require.NoError(t, err)
	require.Len(t, set.keys, 1)
	require.Equal(t, "ec", set.keys[0].KeyID)
	_, err = parseKeys([]byte(`{"keys":[]}`), time.Now())
	require.Error(t, err)
}
