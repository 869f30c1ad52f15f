package apiserver_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/certificate"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// TestServeTLS serves over HTTP/1.1 and HTTP/2 with a certificate that changes
// meanwhile.
func TestServeTLS(t *testing.T) {
	store := &certificate.Store{Dir: t.TempDir()}
	renew := func() []byte {
		chain, key := fixture.Certificate(t, "127.0.0.1")
		require.NoError(t, os.WriteFile(filepath.Join(store.Dir, certificate.CertificateFile), chain, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(store.Dir, certificate.KeyFile), key, 0o600))
		store.Refresh()
		return chain
	}
	first := renew()
	server := apiserver.New(apiserver.Options{TLS: store.Config()})
	require.NoError(t, server.Load(sample(t)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, address) }()

	get := func(trust []byte, h2 bool) (*http.Response, error) {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: fixture.Pool(t, trust)}, ForceAttemptHTTP2: h2, DisableKeepAlives: true,
		}
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
		response, err := client.Get("https://" + address + "/v0.1/servers")
		if err == nil {
			require.NoError(t, response.Body.Close())
		}
		return response, err
	}
	require.Eventually(t, func() bool { _, err := get(first, false); return err == nil }, 10*time.Second, time.Millisecond)
	for _, h2 := range []bool{false, true} {
		response, err := get(first, h2)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, h2, response.ProtoMajor == 2)
	}
	second := renew()
	_, err = get(second, true)
	require.NoError(t, err, "the new certificate is served without a restart")
	_, err = get(first, true)
	require.Error(t, err)

	response, err := http.Get("http://" + address + "/health")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusBadRequest, response.StatusCode, "plain http is not served")
	stop()
	require.NoError(t, <-done)
}
