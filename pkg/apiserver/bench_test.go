package apiserver_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
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

const benchSize = 10_000

// BenchmarkRoutes asks for each route; the sink's own map of headers is among the
// allocations.
func BenchmarkRoutes(b *testing.B) {
	server := apiserver.New(apiserver.Options{RegistryName: "team", Version: "v1.2.3"})
	snapshot := corpus.Snapshot(b, benchSize)
	require.NoError(b, server.Load(snapshot))
	handler := server.Handler()
	name := url.PathEscape(someServer(b, snapshot))
	for _, route := range []struct {
		name, target string
		header       http.Header
	}{
		{"list30", "/v0.1/servers", nil},
		{"list100", "/v0.1/servers?limit=100", nil},
		{"list1", "/v0.1/servers?limit=1", nil},
		{"list30-zstd", "/v0.1/servers", http.Header{"Accept-Encoding": {"gzip, zstd"}}},
		{"latest50", "/v0.1/servers?limit=50&version=latest", nil},
		{"search", "/v0.1/servers?search=weather", nil},
		{"search-nothing", "/v0.1/servers?search=absent", nil},
		{"updated-since", "/v0.1/servers?updated_since=2030-01-01T00:00:00Z", nil},
		{"versions", "/v0.1/servers/" + name + "/versions", nil},
		{"one", "/v0.1/servers/" + name + "/versions/latest", nil},
		{"unknown", "/v0.1/servers/io.acme%2Fabsent/versions/latest", nil},
		{"ranked-search", "/v0.1/x/servers/search?q=weather", nil},
		{"facets", "/v0.1/x/servers/search", nil},
		{"state", "/v0.1/x/registry", nil},
		{"ping", "/v0.1/ping", nil},
		{"readiness", "/readiness", nil},
		{"openapi", "/openapi.yaml", nil},
		{"home", "/", nil},
	} {
		b.Run(route.name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, route.target, nil)
			maps.Copy(request.Header, route.header)
			b.ReportAllocs()
			for b.Loop() {
				w := &sink{header: http.Header{}}
				handler.ServeHTTP(w, request)
				b.SetBytes(int64(w.size))
			}
		})
	}
}

// BenchmarkNotModified has the answer already.
func BenchmarkNotModified(b *testing.B) {
	server := apiserver.New(apiserver.Options{})
	require.NoError(b, server.Load(corpus.Snapshot(b, benchSize)))
	handler := server.Handler()
	request := httptest.NewRequest(http.MethodGet, "/v0.1/servers", nil)
	first := &sink{header: http.Header{}}
	handler.ServeHTTP(first, request)
	request.Header.Set("If-None-Match", first.header.Get("ETag"))
	b.ReportAllocs()
	for b.Loop() {
		w := &sink{header: http.Header{}}
		handler.ServeHTTP(w, request)
		require.Equal(b, http.StatusNotModified, w.status)
	}
}

func someServer(b *testing.B, snapshot registry.Snapshot) (name string) {
	b.Helper()
	n := 0
	require.NoError(b, snapshot.Each(func(p registry.Parsed) error {
		if n++; n == benchSize/2 {
			name = p.Name
		}
		return nil
	}))
	return name
}

func BenchmarkLoad(b *testing.B) {
	first, second := corpus.Snapshot(b, benchSize), registry.New(nil, 0)
	server := apiserver.New(apiserver.Options{})
	b.SetBytes(int64(len(first.Content)))
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, server.Load(first))
		require.NoError(b, server.Load(second))
	}
}
