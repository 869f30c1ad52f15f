package vscode_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/vscode"
)

// The client itself: what stands in the first line of its requests.
func TestRequestsByteForByte(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	var lines []string
	target, err := url.Parse(base)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lines = append(lines, r.Method+" "+r.RequestURI)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)

	c := vscode.Client{URL: front.URL}
	require.NoError(t, c.Probe(t.Context()))
	page, err := c.Page(t.Context(), "", "com.example.fill/Server & co")
	require.NoError(t, err)
	require.Empty(t, page.Servers)
	all, err := c.Search(t.Context(), "fill")
	require.NoError(t, err)
	require.Len(t, all, 119)
	_, err = c.Latest(t.Context(), "com.example/half")
	require.NoError(t, err)
	require.NoError(t, vscode.Preflight(t.Context(), front.URL+"/v0.1/servers"))

	cursors := make([]string, 0, 2)
	for i := range lines {
		if before, cursor, found := strings.Cut(lines[i], "&cursor="); found {
			cursors = append(cursors, cursor)
			lines[i] = before + "&cursor=…"
		}
	}
	require.Equal(t, []string{
		"GET /v0.1/servers?limit=1",
		"GET /v0.1/servers?limit=50&version=latest&search=com.example.fill%2FServer%20%26%20co",
		"GET /v0.1/servers?limit=50&version=latest&search=fill",
		"GET /v0.1/servers?limit=50&version=latest&cursor=…",
		"GET /v0.1/servers?limit=50&version=latest&cursor=…",
		"GET /v0.1/servers/com.example%2Fhalf/versions/latest",
		"OPTIONS /v0.1/servers",
	}, lines)
	for _, cursor := range cursors {
		require.Regexp(t, `^[A-Za-z0-9._~-]+$`, cursor, "goes into the URL as it is")
	}
}

// Gateways put a prefix in front, and a registry may be named in the URL.
func TestBelowAPrefix(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	target, err := url.Parse(base)
	require.NoError(t, err)
	gateway := httptest.NewServer(http.StripPrefix("/gateway/mcp", httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(gateway.Close)
	for _, where := range []string{
		base, base + "/registry/" + corpus.RegistryName,
		gateway.URL + "/gateway/mcp", gateway.URL + "/gateway/mcp/registry/" + corpus.RegistryName,
	} {
		c := vscode.Client{URL: where}
		require.NoError(t, c.Probe(t.Context()), where)
		all, err := c.Search(t.Context(), "")
		require.NoError(t, err, where)
		require.Greater(t, len(all), 140, where)
		require.Equal(t, vscode.Allowed, c.Check(t.Context(), "com.example/half", ""), where)
	}
}

// A browser asks before it asks, everywhere and also where there is nothing.
func TestPreflightEverywhere(t *testing.T) {
	_, ready := corpus.Serve(t, corpus.Final(t))
	_, starting := corpus.Serve(t)
	for _, base := range []string{ready, starting} {
		for _, path := range []string{
			"/v0.1/servers", "/v0.1/servers?limit=50&version=latest", "/v0.1/servers/com.example%2Fhalf/versions",
			"/v0.1/servers/com.example%2Fhalf/versions/latest", "/v0.1/servers/com.example%2Fnone/versions/latest",
			"/v0/servers", "/registry/team/v0.1/servers", "/registry/other/v0.1/servers", "/v0.1/ping", "/v0.1/version", "/v0.1/health",
			"/openapi.yaml", "/health", "/readiness", "/nothing/here", "/v0.1/publish", "/",
		} {
			require.NoError(t, vscode.Preflight(t.Context(), base+path), path)
		}
	}
}
