package apiserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// entry makes a server; extra is more of its JSON, with a comma in front.
func entry(tb testing.TB, name, version, extra string) registry.Server {
	tb.Helper()
	raw, err := registry.Canonical(fmt.Appendf(nil, `{"name":%q,"version":%q,"description":"does <things> & more"%s}`, name, version, extra))
	require.NoError(tb, err)
	return registry.Server{Name: name, Version: version, JSON: raw}
}

func build(tb testing.TB, previous registry.Snapshot, now time.Time, servers ...registry.Server) registry.Snapshot {
	tb.Helper()
	snapshot, _, err := registry.Build(servers, previous, now)
	require.NoError(tb, err)
	return snapshot
}

// sample is a small registry with all that is special: versions out of
// lexical order, names that sort differently as tuples and as texts, deleted
// entries, and one entry updated an hour after the others.
func sample(tb testing.TB) registry.Snapshot {
	gone := entry(tb, "io.acme/gone", "1.0.0", "")
	gone.Status = registry.StatusDeleted
	withdrawn := entry(tb, "io.acme/files", "11.0.0", "")
	withdrawn.Status = registry.StatusDeleted
	servers := []registry.Server{
		entry(tb, "io.acme/a", "1.0.0", ""),
		entry(tb, "io.acme/a-b", "1.0.0", `,"title":"Weather Öst"`),
		entry(tb, "io.acme/build", "1.0.0+exp.sha", ""),
		entry(tb, "io.acme/files", "10.0.0", ""),
		entry(tb, "io.acme/files", "2.0.0", ""),
		entry(tb, "io.acme/files", "9.0.0", ""),
		withdrawn,
		gone,
	}
	first := build(tb, registry.Snapshot{}, noon, servers...)
	servers[0] = entry(tb, "io.acme/a", "1.0.0", `,"title":"changed"`)
	return build(tb, first, noon.Add(time.Hour), servers...)
}

// numbered makes a registry of n names, every third with a second version.
func numbered(tb testing.TB, n int) registry.Snapshot {
	var servers []registry.Server
	for i := range n {
		name := fmt.Sprintf("io.example/server-%06d", i)
		servers = append(servers, entry(tb, name, "1.0.0", ""))
		if i%3 == 0 {
			servers = append(servers, entry(tb, name, "2.0.0", `,"title":"Second"`))
		}
	}
	return build(tb, registry.Snapshot{}, noon, servers...)
}

// real reads a real catalogue; the test is skipped where there is none.
func real(tb testing.TB, file string, f format.Format) registry.Snapshot {
	tb.Helper()
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		tb.Skip("MCP_REGISTRY_TEST_DATA names no folder with real catalogues")
	}
	data, err := os.ReadFile(filepath.Join(folder, file))
	require.NoError(tb, err)
	catalog, err := format.Parse(f, data)
	require.NoError(tb, err)
	return build(tb, registry.Snapshot{}, noon, catalog.Servers...)
}

// start serves snapshot over HTTP.
func start(tb testing.TB, snapshot registry.Snapshot) (*apiserver.Server, string) {
	tb.Helper()
	server := apiserver.New(apiserver.Options{RegistryName: "team", Version: "v1.2.3"})
	require.NoError(tb, server.Load(snapshot))
	return server, listen(tb, server)
}

func listen(tb testing.TB, server *apiserver.Server) string {
	tb.Helper()
	web := httptest.NewServer(server.Handler())
	tb.Cleanup(web.Close)
	return web.URL
}

// ask sends a request and returns the response with its body read.
func ask(tb testing.TB, method, url string, headers ...string) (*http.Response, []byte) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, url, nil)
	require.NoError(tb, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(tb, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(tb, err)
	return response, body
}

// listPage is a page as strict clients read it.
type listPage struct {
	Servers []struct {
		Server struct{ Name, Version, Description string } `json:"server"`
		Meta   map[string]map[string]any                   `json:"_meta"`
	} `json:"servers"`
	Metadata *struct {
		Count      int     `json:"count"`
		NextCursor *string `json:"nextCursor"`
	} `json:"metadata"`
}

func (p listPage) ids() []string {
	ids := []string{}
	for _, s := range p.Servers {
		ids = append(ids, s.Server.Name+"@"+s.Server.Version)
	}
	return ids
}

// list asks for a page and checks what every client relies on.
func list(tb testing.TB, url string) listPage {
	tb.Helper()
	response, body := ask(tb, http.MethodGet, url)
	require.Equal(tb, http.StatusOK, response.StatusCode, "%s: %s", url, body)
	require.Equal(tb, "application/json", response.Header.Get("Content-Type"))
	var p listPage
	require.NoError(tb, json.Unmarshal(body, &p), "%s", body)
	require.NotNil(tb, p.Servers, "servers must be an array")
	require.NotNil(tb, p.Metadata, "metadata must be an object")
	require.Equal(tb, len(p.Servers), p.Metadata.Count)
	for _, s := range p.Servers {
		require.NotEmpty(tb, s.Server.Name)
		require.NotEmpty(tb, s.Server.Version)
		require.NotEmpty(tb, s.Server.Description)
		require.Contains(tb, s.Meta, registry.OfficialKey)
		for _, key := range []string{"status", "statusChangedAt", "publishedAt", "updatedAt", "isLatest"} {
			require.Contains(tb, s.Meta[registry.OfficialKey], key)
		}
	}
	return p
}

// walk follows the cursors from url, which has a query already, to the end.
func walk(tb testing.TB, url string) []string {
	tb.Helper()
	ids := []string{}
	next := url
	for range 10_000 {
		p := list(tb, next)
		ids = append(ids, p.ids()...)
		if p.Metadata.NextCursor == nil {
			return ids
		}
		next = url + "&cursor=" + *p.Metadata.NextCursor
	}
	require.Fail(tb, "the list has no end")
	return nil
}
