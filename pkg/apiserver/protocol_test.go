package apiserver_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

// serveSample serves on the server that the program uses, unlike httptest's.
func serveSample(t *testing.T) string {
	t.Helper()
	server := apiserver.New(apiserver.Options{})
	require.NoError(t, server.Load(sample(t)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	web := apiserver.HTTPServer(server.Handler())
	go func() { _ = web.Serve(listener) }()
	t.Cleanup(func() { _ = web.Close() })
	return listener.Addr().String()
}

// Gateways in a cluster speak HTTP/2 without TLS.
func TestUnencryptedHTTP2(t *testing.T) {
	address := serveSample(t)
	for name, set := range map[string]func(*http.Protocols, bool){
		"HTTP/1.1": (*http.Protocols).SetHTTP1,
		"HTTP/2.0": (*http.Protocols).SetUnencryptedHTTP2,
	} {
		var protocols http.Protocols
		set(&protocols, true)
		client := http.Client{Transport: &http.Transport{Protocols: &protocols}}
		response, err := client.Get("http://" + address + "/v0.1/servers")
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, name, response.Proto)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Contains(t, string(body), `"count":6`)
		client.CloseIdleConnections()
	}
}

// What is too large is refused before it costs anything.
func TestRequestLimits(t *testing.T) {
	address := serveSample(t)
	for name, c := range map[string]struct {
		why, request, status string
	}{
		"a long URL": {
			"nothing that is asked for has so many bytes",
			"GET /v0.1/servers?cursor=" + strings.Repeat("x", 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414",
		},
		"large headers": {
			"headers are kept in memory while a request lasts",
			"GET /v0.1/ping HTTP/1.1\r\nHost: x\r\nX-Padding: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431",
		},
		"a URL within the limit": {
			"the longest cursor is shorter",
			"GET /v0.1/servers?nothing=" + strings.Repeat("x", 8000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		},
		"a body": {
			"nobody reads it",
			"GET /v0.1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "200",
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			defer conn.Close()
			_, err = conn.Write([]byte(c.request))
			require.NoError(t, err)
			line, err := bufio.NewReader(conn).ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, line, " "+c.status+" ", c.why)
		})
	}
}
