package apiserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// sink takes a response without keeping it, so that only the server is measured.
type sink struct {
	header http.Header
	status int
	size   int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { s.size += len(p); return len(p), nil }

// large is a registry of about 10,000 records of about 1 KB.
func large(b *testing.B) registry.Snapshot {
	padding := `,"websiteUrl":"https://example.com/` + strings.Repeat("x", 700) + `"`
	var servers []registry.Server
	for _, letter := range "abcdefghij" {
		for i := range 1000 {
			servers = append(servers, entry(b, "io.example/"+string(letter)+"-"+strings.Repeat("s", i/100)+string(rune('a'+i%26)), "1.0."+string(rune('0'+i%10))+strings.Repeat("1", i/26), padding))
		}
	}
	return build(b, registry.Snapshot{}, noon, servers...)
}

func BenchmarkHandler(b *testing.B) {
	server := apiserver.New(apiserver.Options{})
	require.NoError(b, server.Load(large(b)))
	handler := server.Handler()
	for name, target := range map[string]string{
		"list30":   "/v0.1/servers",
		"list100":  "/v0.1/servers?limit=100",
		"latest50": "/v0.1/servers?limit=50&version=latest",
		"limit1":   "/v0.1/servers?limit=1",
		"one":      "/v0.1/servers/io.example%2Fa-a/versions/latest",
		"search":   "/v0.1/servers?search=j-ssss",
		"nothing":  "/v0.1/servers?search=absent",
	} {
		b.Run(name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, target, nil)
			b.ReportAllocs()
			for b.Loop() {
				w := &sink{header: http.Header{}}
				handler.ServeHTTP(w, request)
				b.SetBytes(int64(w.size))
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	first, second := large(b), registry.New(nil, 0)
	server := apiserver.New(apiserver.Options{})
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, server.Load(first))
		require.NoError(b, server.Load(second))
	}
}
