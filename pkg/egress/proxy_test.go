package egress

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// forwarder is a proxy on loopback that knows only one name, target.example, and
// leads to one server whatever it is asked for.
type forwarder struct {
	*httptest.Server
	target string
	refuse bool

	mu    sync.Mutex
	asked []*http.Request
}

func newForwarder(t *testing.T, target string) *forwarder {
	t.Helper()
	f := &forwarder{target: target}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "REQUEST_METHOD"} {
		t.Setenv(name, "")
	}
	address := strings.Replace(f.URL, "://", "://me:s3cret@", 1)
	t.Setenv("HTTP_PROXY", address)
	t.Setenv("HTTPS_PROXY", address)
	return f
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r)
	f.mu.Unlock()
	if f.refuse {
		http.Error(w, "no", http.StatusProxyAuthRequired)
		return
	}
	onward, err := net.Dial("tcp", f.target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer onward.Close()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = client.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
	go func() { _, _ = io.Copy(onward, client) }()
	_, _ = io.Copy(client, onward)
}

// proxied is a server called target.example that only the proxy can reach.
func proxied(t *testing.T) (*forwarder, Policy, *[]string) {
	t.Helper()
	certificate, authority, err := gitserver.Certificate("target.example")
	require.NoError(t, err)
	var logins []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logins = append(logins, r.Header.Get("Authorization")+r.Header.Get("Proxy-Authorization"))
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	policy := Policy{RootCAs: x509.NewCertPool(), resolver: lookups{}.start(t)}
	require.True(t, policy.RootCAs.AppendCertsFromPEM(authority))
	return newForwarder(t, server.Listener.Addr().String()), policy, &logins
}

// TestProxy: the administrator's proxy is used, also on loopback, where a sidecar
// would be. It sees no more than the name of the host.
func TestProxy(t *testing.T) {
	f, policy, logins := proxied(t)
	request, err := http.NewRequest(http.MethodGet, "https://target.example/registry.json?token=t0ken", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer t0ken")
	response, err := policy.Client().Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, []string{"Bearer t0ken"}, *logins, "the proxy's login is not for the server")

	require.Len(t, f.asked, 1)
	require.Equal(t, "CONNECT target.example:443", f.asked[0].Method+" "+f.asked[0].RequestURI)
	require.Empty(t, f.asked[0].Header.Get("Authorization"), "the server's login is not for the proxy")
	require.NotEmpty(t, f.asked[0].Header.Get("Proxy-Authorization"))
}

func TestNoProxy(t *testing.T) {
	f, policy, _ := proxied(t)
	t.Setenv("NO_PROXY", "other.example,.svc,target.example")
	_, err := get(t, policy.Client(), "https://target.example/")
	require.ErrorContains(t, err, "no such host", "it was looked up here")
	require.Empty(t, f.asked)
}

// TestProxyOpensNoWay: a proxy is no way to what is refused without one, in any
// disguise, and its own port is no source.
func TestProxyOpensNoWay(t *testing.T) {
	f, policy, logins := proxied(t)
	policy.AllowHTTP = true
	own := strings.TrimPrefix(f.URL, "http://")
	for _, target := range []string{
		"https://127.0.0.1/", "https://localhost/", "https://registry.localhost/", "https://169.254.169.254/latest/", "https://2852039166/latest/",
		"http://0xa9fea9fe/", "https://[::ffff:169.254.169.254]/", "https://[fd00:ec2::254]/", "http://metadata.google.internal/", "https://①②⑦.⓪.⓪.①/",
		"http://" + own + "/", "https://" + own + "/",
	} {
		_, err := get(t, policy.Client(), target)
		require.ErrorIs(t, err, ErrNotAllowed, target)
	}
	require.Empty(t, f.asked, "the proxy was asked")
	require.Empty(t, *logins)
}

func TestProxyRefuses(t *testing.T) {
	f, policy, _ := proxied(t)
	f.refuse = true
	_, err := get(t, policy.Client(), "https://target.example/")
	require.ErrorContains(t, err, "Proxy Authentication Required")
	require.NotContains(t, err.Error(), "s3cret")

	f.Close()
	_, err = get(t, policy.Client(), "https://target.example/")
	require.ErrorContains(t, err, "proxyconnect")
	require.NotContains(t, err.Error(), "s3cret")
	require.NotErrorIs(t, err, ErrNotAllowed)
}
