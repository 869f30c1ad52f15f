package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

func TestInvalidEndpoints(t *testing.T) {
	client := egress.Policy{}.Client()
	for endpoint, says := range map[string]string{
		"ftp://x":              "only https",
		"file:///etc":          "only https",
		"https://u:secret@x/y": "contains credentials",
		"https:///x":           "has no host",
		"https://x/?token=abc": "has a query",
		"https://x/#y":         "has a query or a fragment",
		"https://%zz":          "is not a valid URL",
	} {
		_, err := api.New(api.Config{Endpoint: endpoint, HTTP: client})
		require.ErrorContains(t, err, says, endpoint)
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, err.Error(), "abc")
		require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""))
	}
	_, err := api.New(api.Config{Endpoint: "https://x"})
	require.ErrorContains(t, err, "HTTP is nil")
}

func TestEndpoints(t *testing.T) {
	for endpoint, want := range map[string][]string{
		"":                       {"/v0.1/servers", "/v0/servers"},
		"/":                      {"/v0.1/servers", "/v0/servers"},
		"/registry/team":         {"/registry/team/v0.1/servers", "/registry/team/v0/servers"},
		"/a%2Fb/":                {"/a%2Fb/v0.1/servers", "/a%2Fb/v0/servers"},
		"/v0":                    {"/v0/servers"},
		"/x/v0.1/":               {"/x/v0.1/servers"},
		"/x/v0.1/servers":        {"/x/v0.1/servers"},
		"/servers":               {"/servers/v0.1/servers", "/servers/v0/servers"},
		"/gateway/v0.1/registry": {"/gateway/v0.1/registry/v0.1/servers", "/gateway/v0.1/registry/v0/servers"},
	} {
		var asked []string
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.EscapedPath())
			http.NotFound(w, r)
		}))
		_, err := newReader(t, web.URL+endpoint).fetch("")
		require.Error(t, err)
		require.Equal(t, want, asked, endpoint)
		web.Close()
	}
}

// The egress policy holds for the endpoint and for where it redirects to.
func TestEgress(t *testing.T) {
	target := newPublic(t, many(10)...)
	r := newReader(t, target.url)
	r.cfg.HTTP = egress.Policy{AllowHTTP: true}.Client()
	_, err := r.fetch("")
	require.Equal(t, fault.Terminal, fault.ClassOf(err), err)
	require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""))
	require.Empty(t, target.asked())
}

func TestCredentials(t *testing.T) {
	other := newPublic(t)
	var leaked []string
	other.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		leaked = append(leaked, r.Header.Get("Authorization"))
		return false
	}
	p := newPublic(t, many(150)...)
	p.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			return respond(401, isJSON, "{}")(w, r, n)
		}
		if n > 10 {
			http.Redirect(w, r, other.url+r.URL.RequestURI(), http.StatusFound)
			return true
		}
		return false
	}
	r := newReader(t, p.url)
	_, err := r.fetch("")
	require.Equal(t, source.ReasonAuthFailed, fault.ReasonOf(err, ""))
	origin, err := url.Parse(p.url)
	require.NoError(t, err)
	r.cfg.HTTP, err = credentials.Credentials{BearerToken: "t0ken"}.HTTPClient(egress.Policy{AllowHTTP: true, AllowLoopback: true}, origin)
	require.NoError(t, err)
	require.True(t, r.sync())
	for range 10 {
		_, err = r.fetch("")
		require.NoError(t, err)
	}
	require.NotEmpty(t, leaked)
	for _, header := range leaked {
		require.Empty(t, header, "another host never sees them")
	}
}
