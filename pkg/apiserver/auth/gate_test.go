package auth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

func with(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://registry.example.com/v0.1/servers", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// verifier judges by a function.
type verifier func(ctx context.Context, token string) (time.Time, error)

func (v verifier) Verify(ctx context.Context, token string) (time.Time, error) { return v(ctx, token) }

func only(good string) verifier {
	return func(_ context.Context, token string) (time.Time, error) {
		if token == good {
			return time.Now().Add(time.Hour), nil
		}
		return time.Time{}, &InvalidError{"it is not good"}
	}
}

func TestHeaders(t *testing.T) {
	gate := &Gate{Verifier: only("good"), Resource: Resource{Name: "team", Scopes: []string{"openid", "read"}}}
	const metadata = `resource_metadata="http://registry.example.com/.well-known/oauth-protected-resource", scope="openid read"`
	for name, c := range map[string]struct {
		why     string
		headers []string
		status  int
		want    string
	}{
		"good":               {why: "it passes", headers: []string{"Bearer good"}},
		"other case":         {why: "schemes have no case", headers: []string{"bearer good"}},
		"none":               {why: "who did not try gets no error code", status: 401, want: "Bearer " + metadata},
		"another scheme":     {why: "a password is no token", headers: []string{"Basic Z29vZA=="}, status: 401, want: "Bearer " + metadata},
		"empty":              {why: "nothing is no token", headers: []string{"Bearer "}, status: 401, want: "Bearer " + metadata},
		"bad":                {why: "who tried learns why", headers: []string{"Bearer bad"}, status: 401, want: "Bearer " + metadata + `, error="invalid_token", error_description="it is not good"`},
		"two":                {why: "one could be checked and the other be meant", headers: []string{"Bearer good", "Bearer bad"}, status: 400, want: "Bearer " + metadata + `, error="invalid_request", error_description="there is more than one Authorization header"`},
		"longer than needed": {why: "a token is not a load", headers: []string{"Bearer " + strings.Repeat("x", maxToken+1)}, status: 401, want: "Bearer " + metadata + `, error="invalid_token", error_description="the token is too long"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := with("")
			r.Header["Authorization"] = c.headers
			refusal := gate.Check(r)
			if c.status == 0 {
				require.Nil(t, refusal, c.why)
				return
			}
			require.NotNil(t, refusal, c.why)
			require.Equal(t, c.status, refusal.Status, c.why)
			require.Equal(t, c.want, refusal.Header.Get("WWW-Authenticate"), c.why)
		})
	}
}

func TestFailuresAreToldOnce(t *testing.T) {
	var err error
	var told []error
	gate := &Gate{
		Verifier: verifier(func(context.Context, string) (time.Time, error) { return time.Time{}, err }),
		Failed:   func(err error) { told = append(told, err) },
	}
	for _, next := range []error{nil, errors.New("gone"), errors.New("gone"), &InvalidError{"bad"}, errors.New("gone"), nil, nil} {
		err = next
		gate.Check(with("secret-token"))
	}
	require.Len(t, told, 4)
	for i, failing := range []bool{true, false, true, false} {
		require.Equal(t, failing, told[i] != nil)
	}
	require.NotContains(t, told[0].Error(), "secret-token")

	err = context.Canceled
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.NotNil(t, gate.Check(with("x").WithContext(gone)))
	require.Len(t, told, 4, "a client that has gone is no failure")
}

func TestResource(t *testing.T) {
	derived := Resource{Name: "team", Issuers: []string{"https://login.example.com"}}
	configured := Resource{Name: "team", URL: "https://gateway.example.com/mcp/team/"}
	for name, c := range map[string]struct {
		why      string
		resource Resource
		path     string // of the question; the metadata is asked for below wellKnown
		host     string
		tls      bool
		at       string // the URL in the challenge
		meta     string // the path of the metadata; "" means that of at
		want     string // "" means not found
	}{
		"root":               {why: "the plain case", resource: derived, path: "/v0.1/servers", at: "http://h:80/.well-known/oauth-protected-resource", want: "http://h:80"},
		"named":              {why: "the base path is part of the resource", resource: derived, path: "/registry/team/v0.1/servers", at: "http://h:80/.well-known/oauth-protected-resource/registry/team", want: "http://h:80/registry/team"},
		"over TLS":           {why: "the scheme is the connection's", resource: derived, path: "/v0.1/servers", tls: true, at: "https://h:80/.well-known/oauth-protected-resource", want: "https://h:80"},
		"with version":       {why: "some clients take the version for a part of the base", resource: derived, path: "/v0.1/servers", at: "http://h:80/.well-known/oauth-protected-resource", meta: wellKnown + "/v0.1/", want: "http://h:80/v0.1"},
		"another registry":   {why: "it is not here", resource: derived, path: "/v0.1/servers", at: "http://h:80/.well-known/oauth-protected-resource", meta: wellKnown + "/registry/other"},
		"anything":           {why: "a client does not choose what is protected", resource: derived, path: "/v0.1/servers", at: "http://h:80/.well-known/oauth-protected-resource", meta: wellKnown + "/x"},
		"configured":         {why: "the spec knows better than the request", resource: configured, path: "/v0.1/servers", at: "https://gateway.example.com/.well-known/oauth-protected-resource/mcp/team", want: "https://gateway.example.com/mcp/team/"},
		"configured at root": {why: "a gateway may forward only this", resource: configured, path: "/v0.1/servers", at: "https://gateway.example.com/.well-known/oauth-protected-resource/mcp/team", meta: wellKnown, want: "https://gateway.example.com/mcp/team/"},
		"hostile host":       {why: "it must not break out of the header", resource: derived, path: "/v0.1/servers", host: `h", realm="x`, meta: wellKnown},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, c.path, nil)
			r.Host = "h:80"
			if c.host != "" {
				r.Host = c.host
			}
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			require.Equal(t, c.at, c.resource.metadataURL(r), c.why)
			if c.meta == "" {
				_, path, _ := strings.Cut(c.at, wellKnown)
				c.meta = wellKnown + path
			}
			r.URL.Path = c.meta
			body := c.resource.Metadata(r)
			if c.want == "" {
				require.Nil(t, body, c.why)
				return
			}
			var d document
			require.NoError(t, json.Unmarshal(body, &d))
			require.Equal(t, c.want, d.Resource, c.why)
			require.Equal(t, []string{"header"}, d.Methods)
			require.Equal(t, c.resource.Issuers, d.Issuers)
		})
	}
}

// TestServer: with a gate, the API server answers only what is public.
func TestServer(t *testing.T) {
	gate := &Gate{Verifier: Remember(only("good")), Resource: Resource{Name: "team", Issuers: []string{"https://login.example.com"}}}
	server := httptest.NewServer(apiserver.New(apiserver.Options{
		RegistryName: "team", Auth: gate, Metadata: gate.Resource.Metadata,
	}).Handler())
	t.Cleanup(server.Close)
	for path, want := range map[string][2]int{ // without and with a token
		"/health":       {200, 200},
		"/readiness":    {503, 503},
		"/openapi.yaml": {200, 200},
		"/v0.1/ping":    {200, 200},
		"/v0.1/version": {200, 200},
		"/v0.1/servers": {401, 503},
		"/v0/servers":   {401, 503},
		"/v0.1/unknown": {401, 503},
		"/registry/team/v0.1/servers/io.x%2Fy/versions":              {401, 503},
		"/.well-known/oauth-protected-resource":                      {200, 200},
		"/.well-known/oauth-protected-resource/registry/team":        {200, 200},
		"/.well-known/oauth-protected-resource/registry/other":       {404, 404},
		"/.well-known/oauth-protected-resourceful":                   {401, 503},
		"/registry/team/.well-known/oauth-protected-resource/health": {401, 503},
	} {
		for i, token := range []string{"", "good"} {
			response, body := ask(t, http.MethodGet, server.URL+path, token)
			require.Equal(t, want[i], response.StatusCode, "%s with token %q: %s", path, token, body)
			require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"), path)
			if response.StatusCode == http.StatusUnauthorized {
				require.Contains(t, response.Header.Get("WWW-Authenticate"), "resource_metadata=")
				require.Contains(t, response.Header.Get("Access-Control-Expose-Headers"), "WWW-Authenticate")
				require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
			}
		}
	}
	response, _ := ask(t, http.MethodOptions, server.URL+"/v0.1/servers", "")
	require.Equal(t, http.StatusNoContent, response.StatusCode, "a browser asks without a token whether it may ask with one")
	response, _ = ask(t, http.MethodPost, server.URL+"/v0.1/servers", "")
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
}

func ask(t *testing.T, method, url, token string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, body
}

// BenchmarkKnownToken is what authentication costs each request of a client that
// was here a moment ago.
func BenchmarkKnownToken(b *testing.B) {
	i := newIssuer(b)
	one := key{"one", rsaKeys()[0]}
	i.publish(one)
	v := &Issuer{URL: i.url, Audience: audience, CAFile: i.caFile}
	v.Run(b.Context())
	gate := &Gate{Verifier: Remember(v)}
	r := with(i.token(b, one, nil))
	require.Nil(b, gate.Check(r))
	b.ReportAllocs()
	for b.Loop() {
		if gate.Check(r) != nil {
			b.Fatal("refused")
		}
	}
}
