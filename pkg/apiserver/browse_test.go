package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// searchPage is an answer of the ranked search.
type searchPage struct {
	listPage

	Metadata struct {
		Count, Total int
		NextCursor   string
	} `json:"metadata"`
	Facets map[string][]struct {
		Value string
		Count int
	}
}

const searchPath = "/v0.1/x/servers/search"

// search asks and checks what is true of every answer.
func search(tb testing.TB, url string) searchPage {
	tb.Helper()
	response, body := ask(tb, http.MethodGet, url)
	require.Equal(tb, http.StatusOK, response.StatusCode, "%s: %s", url, body)
	require.Equal(tb, "application/json", response.Header.Get("Content-Type"))
	require.NotEmpty(tb, response.Header.Get("ETag"))
	var p searchPage
	require.NoError(tb, json.Unmarshal(body, &p), "%s", body)
	require.NotNil(tb, p.Servers, "servers must be an array")
	require.Len(tb, p.Servers, p.Metadata.Count)
	require.GreaterOrEqual(tb, p.Metadata.Total, p.Metadata.Count)
	require.Len(tb, p.Facets, 5)
	for _, facet := range []string{"tags", "transports", "packageTypes", "tiers", "statuses"} {
		require.NotNil(tb, p.Facets[facet], "%s must be an array", facet)
	}
	for _, s := range p.Servers {
		require.Equal(tb, true, s.Meta[registry.OfficialKey]["isLatest"])
		require.NotEqual(tb, "deleted", s.Meta[registry.OfficialKey]["status"])
	}
	return p
}

func (p searchPage) count(facet, value string) int {
	for _, v := range p.Facets[facet] {
		if v.Value == value {
			return v.Count
		}
	}
	return 0
}

func TestSearchEndpoint(t *testing.T) {
	snapshot := sample(t)
	_, base := start(t, snapshot)
	cases := map[string]struct {
		why    string
		path   string
		status int
		has    string
	}{
		"all":             {"the latest that are not deleted", searchPath, 200, `"metadata":{"count":4,"total":4},"facets":{"tags":[]`},
		"v0":              {"every endpoint has three addresses", "/v0/x/servers/search", 200, `"total":4`},
		"by name":         {"every endpoint has three addresses", "/registry/team/v0.1/x/servers/search", 200, `"total":4`},
		"trailing slash":  {"base URLs are joined carelessly", searchPath + "/?q=a-b", 200, `"total":1`},
		"of another":      {"a wrong name is not this registry", "/registry/other/v0.1/x/servers/search", 404, "error"},
		"beside it":       {"there is one extension", "/v0.1/x/servers", 404, "error"},
		"latest alone":    {"10 is later than 9, and 11 is withdrawn", searchPath + "?q=files", 200, `"version":"10.0.0"`},
		"deleted":         {"it never appears", searchPath + "?q=gone", 200, `{"servers":[],"metadata":{"count":0,"total":0}`},
		"page":            {"more follow", searchPath + "?limit=2", 200, `"count":2,"total":4,"nextCursor":"`},
		"status":          {"the official one, in ToolHive's words", searchPath, 200, `"statuses":[{"value":"Active","count":4}]`},
		"limit":           {"a malformed value is 400", searchPath + "?limit=0", 400, "limit"},
		"transport":       {"a malformed value is 400", searchPath + "?transport=http", 400, "transport"},
		"cursor":          {"never a 500, never page one", searchPath + "?cursor=garbage", 400, "cursor"},
		"q":               {"a malformed value is 400", searchPath + "?q=%ff", 400, "q must"},
		"cursor of lists": {"another kind of cursor", searchPath + "?cursor=" + *list(t, base+"/v0.1/servers?limit=1").Metadata.NextCursor, 400, "cursor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response, body := ask(t, http.MethodGet, base+c.path)
			require.Equal(t, c.status, response.StatusCode, "%s: %s", c.why, body)
			require.Contains(t, string(body), c.has, c.why)
			checkCommon(t, response, snapshot.Digest)
			if c.status >= 400 {
				checkProblem(t, response, body)
				return
			}
			require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
			head, none := ask(t, http.MethodHead, base+c.path)
			require.Empty(t, none)
			require.Equal(t, response.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
			again, none := ask(t, http.MethodGet, base+c.path, "If-None-Match", response.Header.Get("ETag"))
			require.Equal(t, http.StatusNotModified, again.StatusCode)
			require.Empty(t, none)
		})
	}
}

// The cursor of the longest question is one that a URL has room for.
func TestSearchFollowsLongQuestions(t *testing.T) {
	_, base := start(t, sample(t))
	long := strings.Repeat("%3C", 256)
	path := base + searchPath + "?limit=1&status=active&status=" + long + "&status=" + strings.Repeat("%3C", 83)
	names := []string{}
	for next := path; next != ""; {
		p := search(t, next)
		names = append(names, p.Servers[0].Server.Name)
		if next = ""; p.Metadata.NextCursor != "" {
			next = path + "&cursor=" + p.Metadata.NextCursor
		}
	}
	require.Equal(t, []string{"io.acme/a", "io.acme/a-b", "io.acme/build", "io.acme/files"}, names)

	response, body := ask(t, http.MethodGet, path+"&status="+long)
	require.Equal(t, http.StatusBadRequest, response.StatusCode, "%s", body)
	require.Contains(t, string(body), "at most 1024 bytes together")
	checkProblem(t, response, body)
}

func TestSearchBeforeTheFirstSnapshot(t *testing.T) {
	base := listen(t, apiserver.New(apiserver.Options{}))
	response, body := ask(t, http.MethodGet, base+searchPath)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	checkProblem(t, response, body)
	response, body = ask(t, http.MethodPost, base+searchPath)
	require.Equal(t, http.StatusNotImplemented, response.StatusCode)
	checkProblem(t, response, body)
}

// Each record is served as the list serves it, also where the order is another.
func TestSearchServesRecordsUnchanged(t *testing.T) {
	_, base := start(t, corpus.Snapshot(t, 500))
	raw := func(path string) (records map[string]string) {
		_, body := ask(t, http.MethodGet, base+path)
		var p struct{ Servers []json.RawMessage }
		require.NoError(t, json.Unmarshal(body, &p))
		records = map[string]string{}
		for _, record := range p.Servers {
			var name struct{ Server struct{ Name string } }
			require.NoError(t, json.Unmarshal(record, &name))
			records[name.Server.Name] = string(record)
		}
		return records
	}
	found := raw(searchPath + "?q=weather&limit=100")
	require.Greater(t, len(found), 5)
	for name, record := range found {
		require.Equal(t, raw("/v0.1/servers?version=latest&search=" + name)[name], record)
	}
}

// catalogued is an entry of a real catalogue, read without any of our code.
type catalogued struct {
	Name        string
	Title       string
	Description string
	Packages    []struct {
		Transport struct{ Type string }
	}
	Remotes []struct{ Type string }
	Meta    map[string]map[string]map[string]struct {
		Tags         []string
		Tier, Status string
	} `json:"_meta"`
}

func (c catalogued) tags() (tags []string) {
	for _, extension := range c.Meta["io.modelcontextprotocol.registry/publisher-provided"]["io.github.stacklok"] {
		tags = append(tags, extension.Tags...)
	}
	return tags
}

func (c catalogued) speaks(transport string) bool {
	for _, p := range c.Packages {
		if p.Transport.Type == transport {
			return true
		}
	}
	for _, r := range c.Remotes {
		if r.Type == transport {
			return true
		}
	}
	return false
}

func TestSearchOfARealCatalogue(t *testing.T) {
	const file = "toolhive-catalog-2026-11-03.json"
	snapshot := real(t, file, format.Upstream)
	_, base := start(t, snapshot)
	data, err := os.ReadFile(filepath.Join(os.Getenv("MCP_REGISTRY_TEST_DATA"), file))
	require.NoError(t, err)
	var catalogue struct {
		Data struct{ Servers []catalogued }
	}
	require.NoError(t, json.Unmarshal(data, &catalogue))
	servers := catalogue.Data.Servers

	count := func(keep func(catalogued) bool) (n int) {
		for _, s := range servers {
			if keep(s) {
				n++
			}
		}
		return n
	}
	all := search(t, base+searchPath)
	require.Equal(t, len(servers), all.Metadata.Total)
	for _, transport := range []string{"stdio", "streamable-http", "sse"} {
		want := count(func(c catalogued) bool { return c.speaks(transport) })
		require.Equal(t, want, all.count("transports", transport))
		require.Equal(t, want, search(t, base+searchPath+"?transport="+transport).Metadata.Total)
	}
	remotes := count(func(c catalogued) bool { return len(c.Remotes) > 0 })
	require.Equal(t, remotes, all.count("packageTypes", "remote"))
	require.Len(t, all.Facets["tags"], 50)
	for _, tag := range all.Facets["tags"] {
		want := count(func(c catalogued) bool { return slices.Contains(c.tags(), tag.Value) })
		require.Equal(t, want, tag.Count, tag.Value)
		require.Equal(t, want, search(t, base+searchPath+"?tag="+url.QueryEscape(tag.Value)).Metadata.Total)
	}
	for _, words := range []string{"database", "github", "search web", "a", "mcp"} {
		want := count(func(c catalogued) bool {
			text := strings.ToLower(c.Name + "\n" + c.Title + "\n" + c.Description)
			return !slices.ContainsFunc(strings.Fields(words), func(word string) bool { return !strings.Contains(text, word) })
		})
		require.Equal(t, want, search(t, base+searchPath+"?q="+url.QueryEscape(words)).Metadata.Total, words)
	}
	require.Equal(t, "io.github.stacklok/github", search(t, base+searchPath+"?q=github").Servers[0].Server.Name)
}

func BenchmarkSearchEndpoint(b *testing.B) {
	for _, size := range []int{10_000, 187_000} {
		_, base := start(b, corpus.Snapshot(b, size))
		for _, query := range []string{"", "?q=weather", "?q=weather+calendar", "?transport=stdio"} {
			b.Run(fmt.Sprintf("%d/%s", size, query), func(b *testing.B) {
				began := time.Now()
				for b.Loop() {
					ask(b, http.MethodGet, base+searchPath+query, "Accept-Encoding", "identity")
				}
				b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "requests/s")
			})
		}
	}
}
