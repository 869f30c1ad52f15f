package e2e

import (
	"crypto/tls"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// newRegistry serves another registry at the address by which Pods reach this
// machine, for those who trust its authority and have its token. It returns what
// a manifest has to say about it.
func newRegistry(t *testing.T, address string, servers ...string) map[string]string {
	t.Helper()
	const token = "registry-t0ken"
	catalog, err := format.Parse(format.ToolHive, []byte(fixture.ToolHive(servers...)))
	require.NoError(t, err)
	snapshot, _, err := registry.Build(catalog.Servers, registry.Snapshot{}, time.Now())
	require.NoError(t, err)
	service := apiserver.New(apiserver.Options{RegistryName: "another"})
	require.NoError(t, service.Load(snapshot))

	certificate, authority, err := gitserver.Certificate(address)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		service.Handler().ServeHTTP(w, r)
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // operators are killed while they talk
	require.NoError(t, front.Listener.Close())
	front.Listener = listener
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.StartTLS()
	t.Cleanup(front.Close)
	return map[string]string{
		"REGISTRY_URL":              front.URL,
		"REGISTRY_TOKEN_BASE64":     base64.StdEncoding.EncodeToString([]byte(token)),
		"REGISTRY_AUTHORITY_BASE64": base64.StdEncoding.EncodeToString(authority),
	}
}
