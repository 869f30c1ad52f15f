package apiserver_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

func TestCompression(t *testing.T) {
	server, base := start(t, corpus.Snapshot(t, 300))
	const page = "/v0.1/servers?limit=20"
	_, plain := ask(t, http.MethodGet, base+page, "Accept-Encoding", "identity")
	for name, c := range map[string]struct {
		why, accept, path, want string
	}{
		"gzip":            {"what every client can read", "gzip", page, "gzip"},
		"zstd":            {"the better one wins where both are liked", "gzip, deflate, br, zstd", page, "zstd"},
		"the client's":    {"the client's preference counts", "zstd;q=0.1, gzip;q=0.9", page, "gzip"},
		"not zstd":        {"q=0 is a no", "zstd;q=0, gzip", page, "gzip"},
		"none":            {"q=0 is a no for the last one too", "gzip;q=0", page, ""},
		"nonsense":        {"a weight that cannot be read is no wish", "gzip;q=much", page, ""},
		"unknown":         {"others are not offered", "br", page, ""},
		"in capitals":     {"encodings have no case", "GZIP", page, "gzip"},
		"a small answer":  {"it would cost more than it saves", "gzip", "/v0.1/servers?search=nothing-has-this", ""},
		"not from a page": {"fixed answers are small", "gzip", "/v0.1/ping", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second one comes from the cache
				response, body := ask(t, http.MethodGet, base+c.path, "Accept-Encoding", c.accept)
				require.Equal(t, http.StatusOK, response.StatusCode)
				require.Equal(t, c.want, response.Header.Get("Content-Encoding"), c.why)
				require.Equal(t, strconv.Itoa(len(body)), response.Header.Get("Content-Length"))
				if c.path == page {
					require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
					require.Equal(t, string(plain), string(expand(t, c.want, body)))
				}
				head, none := ask(t, http.MethodHead, base+c.path, "Accept-Encoding", c.accept)
				require.Empty(t, none)
				require.Equal(t, response.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
			}
		})
	}
	response, _ := ask(t, http.MethodGet, base+page, "Accept-Encoding", "zstd")
	tag := response.Header.Get("ETag")
	response, _ = ask(t, http.MethodGet, base+page, "Accept-Encoding", "gzip", "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, response.StatusCode, "it is the same answer in any encoding")
	require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))

	require.NoError(t, server.Load(corpus.Snapshot(t, 200)))
	_, fresh := ask(t, http.MethodGet, base+page, "Accept-Encoding", "identity")
	_, body := ask(t, http.MethodGet, base+page, "Accept-Encoding", "zstd")
	require.Equal(t, string(fresh), string(expand(t, "zstd", body)), "what was remembered belongs to the snapshot before")
}

// Paths that only look alike are remembered apart.
func TestCompressionKeepsPathsApart(t *testing.T) {
	padding := `,"title":"` + strings.Repeat("long ", 600) + `"`
	_, base := start(t, build(t, registry.Snapshot{}, noon,
		entry(t, "io.acme/x", "versions/1", padding), entry(t, "io.acme/x/versions", "1", padding)))
	for range 2 {
		for path, name := range map[string]string{
			"/v0.1/servers/io.acme%2Fx/versions/versions%2F1": `"name":"io.acme/x"`,
			"/v0.1/servers/io.acme%2Fx%2Fversions/versions/1": `"name":"io.acme/x/versions"`,
		} {
			_, body := ask(t, http.MethodGet, base+path, "Accept-Encoding", "zstd")
			require.Contains(t, string(expand(t, "zstd", body)), name, path)
		}
	}
}

// Many clients ask for more than the cache holds; none gets another's answer.
func TestCompressionUnderPressure(t *testing.T) {
	snapshot := corpus.Snapshot(t, 4000)
	_, base := start(t, snapshot)
	var names []string
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error { names = append(names, p.Name); return nil }))
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 300 {
				query := "/v0.1/servers?limit=100&search=" + names[(i*(worker+1)*7)%len(names)][:9]
				_, plain := ask(t, http.MethodGet, base+query, "Accept-Encoding", "identity")
				response, body := ask(t, http.MethodGet, base+query, "Accept-Encoding", "zstd")
				if !bytes.Equal(plain, expand(t, response.Header.Get("Content-Encoding"), body)) {
					t.Errorf("%s: the compressed answer is another one", query)
					return
				}
			}
		})
	}
	group.Wait()
}

func expand(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	switch encoding {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		require.NoError(t, err)
		body, err = io.ReadAll(r)
		require.NoError(t, err)
	case "zstd":
		r, err := zstd.NewReader(nil)
		require.NoError(t, err)
		defer r.Close()
		body, err = r.DecodeAll(body, nil)
		require.NoError(t, err)
	}
	return body
}
