package e2e

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// repository is a Git repository that Pods reach over HTTPS.
type repository struct {
	*gitserver.Server
	url string
	// authority is the PEM text of the CA that the operator has to trust.
	authority []byte
}

// newRepository serves an empty repository at the address by which Pods reach
// this machine; the Git server itself listens on loopback only.
func newRepository(t *testing.T, address string) *repository {
	t.Helper()
	require.NotEmpty(t, address, "set LOCALCLUSTER_ADDRESS to the address at which Pods reach this machine")
	behind := gitserver.New(t)
	target, err := url.Parse(behind.URL())
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
	forward.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: behind.CA(), MinVersion: tls.VersionTLS12}}

	quiet := log.New(io.Discard, "", 0) // operators are killed while they talk
	forward.ErrorLog = quiet

	certificate, authority, err := gitserver.Certificate(address)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	front := httptest.NewUnstartedServer(forward)
	front.Config.ErrorLog = quiet
	require.NoError(t, front.Listener.Close())
	front.Listener = listener
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.StartTLS()
	t.Cleanup(front.Close)
	return &repository{Server: behind, url: front.URL + target.Path, authority: authority}
}
