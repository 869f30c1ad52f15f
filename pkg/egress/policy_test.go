package egress

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheckURL is pitfall 28: file and plain-http sources were accepted.
func TestCheckURL(t *testing.T) {
	tests := map[string]struct {
		url     string
		policy  Policy
		refused string
		why     string
	}{
		"https":            {url: "https://example.com/a.git", why: "the normal case"},
		"https, port":      {url: "https://example.com:8443/a.git", why: "any port is fine"},
		"private address":  {url: "https://10.0.0.8/a.git", why: "sources live in the cluster"},
		"http":             {url: "http://example.com/a", refused: "plain http", why: "off unless a flag allows it"},
		"http, allowed":    {url: "http://example.com/a", policy: Policy{AllowHTTP: true}, why: "the flag allows it"},
		"file":             {url: "file:///etc/passwd", refused: `scheme "file"`, why: "would read the operator's disk"},
		"git":              {url: "git://example.com/a", refused: `scheme "git"`, why: "has no authentication"},
		"ssh":              {url: "ssh://git@example.com/a", refused: `scheme "ssh"`, why: "not supported"},
		"no scheme":        {url: "/etc/passwd", refused: `scheme ""`, why: "a path is not a URL"},
		"gopher, allowed":  {url: "gopher://x/", policy: Policy{AllowHTTP: true}, refused: "scheme", why: "allowing http allows only http"},
		"userinfo":         {url: "https://me:s3cret@example.com/a", refused: "credentials", why: "a spec is no place for a secret"},
		"userinfo, name":   {url: "https://token@example.com/a", refused: "credentials", why: "a token may stand alone"},
		"no host":          {url: "https:///a", refused: "without a host", why: "there is nothing to connect to"},
		"loopback":         {url: "https://127.0.0.1/a", refused: "loopback", why: "known before connecting, even with a proxy"},
		"mapped loopback":  {url: "https://[::ffff:127.0.0.1]/a", refused: "loopback", why: "another spelling"},
		"metadata":         {url: "https://169.254.169.254/latest/", refused: "link-local", why: "the classic target"},
		"loopback allowed": {url: "https://127.0.0.1/a", policy: Policy{AllowLoopback: true}, why: "the flag allows it"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			require.NoError(t, err)
			err = tt.policy.CheckURL(u)
			if tt.refused == "" {
				require.NoError(t, err, tt.why)
				return
			}
			require.ErrorIs(t, err, ErrNotAllowed, tt.why)
			require.ErrorContains(t, err, tt.refused, tt.why)
			require.NotContains(t, err.Error(), "s3cret", "errors end up in status, which many may read")
		})
	}
}

// TestClientRefusesLoopbackTargets is pitfall 28: what an attacker writes to
// reach a server on the operator's own host.
func TestClientRefusesLoopbackTargets(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]

	tests := map[string]string{
		"127.0.0.1":          "the address itself",
		"localhost":          "a DNS name that resolves to it",
		"[::ffff:127.0.0.1]": "the mapped form",
		"[::ffff:7f00:1]":    "the mapped form in hexadecimal",
		"0.0.0.0":            "Linux connects it to loopback",
		"[::]":               "Linux connects it to loopback",
		"127.1":              "the C library resolves the short form",
		"2130706433":         "the C library resolves the decimal form",
	}
	client := Policy{AllowHTTP: true}.Client()
	for host, why := range tests {
		t.Run(host, func(t *testing.T) {
			_, err := get(t, client, "http://"+host+port+"/")
			require.Error(t, err, why)
			require.False(t, reached, why)
		})
	}

	t.Run("allowed", func(t *testing.T) {
		response, err := get(t, Policy{AllowHTTP: true, AllowLoopback: true}.Client(), server.URL)
		require.NoError(t, err, "otherwise the cases above prove nothing")
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.True(t, reached)
	})
}

func TestClientJudgesRedirects(t *testing.T) {
	tests := map[string]struct {
		location string
		refused  string
		why      string
	}{
		"metadata":      {location: "https://169.254.169.254/latest/meta-data/", refused: "link-local", why: "the first hop was harmless"},
		"loopback":      {location: "https://127.0.0.1:6443/", refused: "loopback", why: "the API server of the node"},
		"http":          {location: "http://example.com/", refused: "plain http", why: "a downgrade"},
		"http, allowed": {location: "http://example.com/", refused: "redirect from https to plain http", why: "who named https wants it all the way"},
		"file":          {location: "file:///etc/passwd", refused: `scheme "file"`, why: "not even net/http would"},
		"userinfo":      {location: "https://a:b@example.com/", refused: "credentials", why: "would be sent as Authorization"},
		"for ever":      {location: "/", refused: "more than 5 redirects", why: "a loop must end"},
		"localhost":     {location: "https://localhost/", refused: "leads to loopback", why: "the operator itself"},
		"a name":        {location: "https://example.com/", refused: "", why: "it is judged when it has been resolved"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			policy := Policy{AllowHTTP: strings.HasSuffix(name, "allowed")}
			client := &http.Client{
				Transport:     fixedRedirect(tt.location),
				CheckRedirect: stopAfterFirst(policy, tt.refused == ""),
			}
			_, err := get(t, client, "https://example.org/")
			if tt.refused == "" {
				require.NoError(t, err, tt.why)
				return
			}
			require.ErrorIs(t, err, ErrNotAllowed, tt.why)
			require.ErrorContains(t, err, tt.refused, tt.why)
		})
	}
}

func TestAuthorizationStaysWithTheFirstHost(t *testing.T) {
	var got http.Header
	other := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	defer other.Close()
	first := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		if r.URL.Path == "/here" {
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		got = r.Header.Clone()
	}))
	defer first.Close()
	pool := x509.NewCertPool()
	pool.AddCert(first.Certificate())
	pool.AddCert(other.Certificate())
	client := Policy{AllowLoopback: true, RootCAs: pool}.Client()

	for path, want := range map[string]string{"/here": "Bearer s3cret", "/away": ""} {
		got = nil
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, first.URL+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer s3cret")
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.NotNil(t, got, path)
		require.Equal(t, want, got.Get("Authorization"), "another port is another party: %s", path)
	}
}

func TestUntrustedCertificateIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	_, err := get(t, Policy{AllowLoopback: true}.Client(), server.URL)
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown)
}

func get(t *testing.T, client *http.Client, target string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, target, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	return response, response.Body.Close()
}

// stopAfterFirst returns the policy's answer, but ends an allowed redirect
// there: it would lead to the real network.
func stopAfterFirst(policy Policy, stop bool) func(*http.Request, []*http.Request) error {
	return func(request *http.Request, via []*http.Request) error {
		if err := policy.CheckRedirect(request, via); err != nil {
			return err
		}
		if stop {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// fixedRedirect answers every request with a redirect to itself.
type fixedRedirect string

func (f fixedRedirect) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Location", string(f))
	recorder.WriteHeader(http.StatusFound)
	response := recorder.Result()
	response.Request = r
	return response, nil
}
