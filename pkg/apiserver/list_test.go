package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func TestListFilters(t *testing.T) {
	_, base := start(t, sample(t))
	cases := map[string]struct {
		why   string
		query string
		want  []string
	}{
		"default": {"deleted ones are hidden; a before a-b as a tuple; versions by spelling", "", []string{
			"io.acme/a@1.0.0", "io.acme/a-b@1.0.0", "io.acme/build@1.0.0+exp.sha", "io.acme/files@10.0.0", "io.acme/files@2.0.0", "io.acme/files@9.0.0"}},
		"all": {"deleted ones on demand", "include_deleted=true", []string{
			"io.acme/a@1.0.0", "io.acme/a-b@1.0.0", "io.acme/build@1.0.0+exp.sha", "io.acme/files@10.0.0", "io.acme/files@11.0.0", "io.acme/files@2.0.0", "io.acme/files@9.0.0", "io.acme/gone@1.0.0"}},
		"latest": {"one for each name that is not deleted", "version=latest", []string{
			"io.acme/a@1.0.0", "io.acme/a-b@1.0.0", "io.acme/build@1.0.0+exp.sha", "io.acme/files@10.0.0"}},
		"latest of all": {"a name with only deleted versions has a latest too", "version=latest&include_deleted=true", []string{
			"io.acme/a@1.0.0", "io.acme/a-b@1.0.0", "io.acme/build@1.0.0+exp.sha", "io.acme/files@10.0.0", "io.acme/gone@1.0.0"}},
		"exact":              {"a version of any name", "version=1.0.0", []string{"io.acme/a@1.0.0", "io.acme/a-b@1.0.0"}},
		"exact with plus":    {"escaped as it must be in a query", "version=1.0.0%2Bexp.sha", []string{"io.acme/build@1.0.0+exp.sha"}},
		"search name":        {"a substring of the name in any case", "search=FILES", []string{"io.acme/files@10.0.0", "io.acme/files@2.0.0", "io.acme/files@9.0.0"}},
		"search title":       {"letters beyond ASCII fold too", "search=weather%20%C3%B6st", []string{"io.acme/a-b@1.0.0"}},
		"search description": {"everything has this one", "search=%3Cthings%3E+%26&version=2.0.0", []string{"io.acme/files@2.0.0"}},
		"search nothing":     {"no match is an empty array", "search=zebra", []string{}},
		"search over border": {"fields do not run together", "search=io.acme%2Fa%0A", []string{}},
		"search and latest":  {"filters combine", "search=files&version=latest", []string{"io.acme/files@10.0.0"}},
		"since":              {"strictly later", "updated_since=2026-01-02T12:00:00Z", []string{"io.acme/a@1.0.0"}},
		"since before":       {"changes include what is gone", "updated_since=2026-01-02T13:59:59%2B02:00&search=gone", []string{"io.acme/gone@1.0.0"}},
		"empty parameters":   {"empty counts as absent", "search=&cursor=&limit=&version=&updated_since=&include_deleted=&version=2.0.0", []string{"io.acme/files@2.0.0"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, list(t, base+"/v0.1/servers?"+c.query).ids(), c.why)
			for limit := 1; limit <= len(c.want)+1; limit++ {
				got := walk(t, fmt.Sprintf("%s/v0.1/servers?%s&limit=%d", base, c.query, limit))
				require.Equal(t, c.want, got, "in pages of %d", limit)
			}
		})
	}
}

func TestVersionsNewestFirst(t *testing.T) {
	_, base := start(t, sample(t))
	require.Equal(t, []string{"io.acme/files@10.0.0", "io.acme/files@9.0.0", "io.acme/files@2.0.0"},
		list(t, base+"/v0.1/servers/io.acme%2Ffiles/versions").ids())
}

func TestEveryLimitGivesEachEntryOnce(t *testing.T) {
	snapshot := numbered(t, 90) // 120 records
	_, base := start(t, snapshot)
	var want []string
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		want = append(want, p.Name+"@"+p.Version)
		return nil
	}))
	for limit := 1; limit <= 100; limit++ {
		require.Equal(t, want, walk(t, fmt.Sprintf("%s/v0.1/servers?limit=%d", base, limit)))
	}
	require.Len(t, list(t, base+"/v0.1/servers").Servers, 30, "the default")
	full := list(t, base+"/v0.1/servers?limit=30&version=latest&search=server-00000")
	require.Len(t, full.Servers, 10)
	require.Nil(t, list(t, base+"/v0.1/servers?limit=10&search=server-00000&version=latest").Metadata.NextCursor,
		"a page that is exactly full and the last has no cursor")
}

// VS Code appends the cursor as it is and forgets the search on page two.
func TestVSCode(t *testing.T) {
	_, base := start(t, numbered(t, 300))
	require.Len(t, list(t, base+"/v0.1/servers?limit=1").Servers, 1)

	first := list(t, base+"/v0.1/servers?limit=50&version=latest&search=second")
	require.Len(t, first.Servers, 50)
	require.NotNil(t, first.Metadata.NextCursor)
	require.Regexp(t, `^[A-Za-z0-9._~-]+$`, *first.Metadata.NextCursor)
	second := list(t, base+"/v0.1/servers?limit=50&version=latest&cursor="+*first.Metadata.NextCursor)
	require.Len(t, second.Servers, 50)
	require.Nil(t, second.Metadata.NextCursor)
	for _, s := range slices.Concat(first.Servers, second.Servers) {
		require.Equal(t, "2.0.0", s.Server.Version, "the cursor carries the search")
	}
}

func TestSwapWhilePaging(t *testing.T) {
	server, base := start(t, numbered(t, 60))
	first := list(t, base+"/v0.1/servers?limit=10&version=latest")
	last := first.Servers[9].Server.Name

	// The entry that the cursor names is gone and others came before it.
	var servers []registry.Server
	for i := range 60 {
		name := fmt.Sprintf("io.example/server-%06d", i)
		if name != last {
			servers = append(servers, entry(t, name, "3.0.0", ""))
		}
	}
	servers = append(servers, entry(t, "io.another/first", "1.0.0", ""))
	require.NoError(t, server.Load(build(t, registry.Snapshot{}, noon, servers...)))

	second := list(t, base+"/v0.1/servers?limit=100&version=latest&cursor="+*first.Metadata.NextCursor)
	require.Len(t, second.Servers, 50)
	require.Equal(t, "io.example/server-000010@3.0.0", second.ids()[0], "the place is a key, not a number")
}

// What goes in comes out byte for byte: unknown fields and odd characters too.
func TestRealCatalogues(t *testing.T) {
	for file, f := range map[string]format.Format{
		"toolhive-registry.json":           format.ToolHive,
		"toolhive-catalog-2026-11-03.json": format.Upstream,
		"upstream-registry.json":           format.Upstream,
	} {
		t.Run(file, func(t *testing.T) {
			snapshot := real(t, file, f)
			require.NotZero(t, snapshot.Servers)
			_, base := start(t, snapshot)
			require.Len(t, walk(t, base+"/v0.1/servers?limit=7"), snapshot.Servers)
			require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
				path := "/v0.1/servers/" + strings.ReplaceAll(p.Name, "/", "%2F") + "/versions/"
				_, body := ask(t, http.MethodGet, base+path+p.Version)
				require.Equal(t, string(p.Line), string(body))
				response, _ := ask(t, http.MethodGet, base+path+"latest")
				require.Equal(t, http.StatusOK, response.StatusCode)
				return nil
			}))
			_, body := ask(t, http.MethodGet, base+"/v0.1/servers?limit=100")
			require.True(t, json.Valid(body))
		})
	}
}

// What others put into the _meta of a record stands behind what is the registry's.
func TestForeignMeta(t *testing.T) {
	said := entry(t, "io.acme/said", "1.0.0", "")
	said.Foreign = []byte(`"com.example/foreign":{"keep":true},"x":"}}"`)
	_, base := start(t, build(t, registry.Snapshot{}, noon, entry(t, "io.acme/a", "1.0.0", ""), said, entry(t, "io.acme/z", "1.0.0", "")))
	const tail = `"isLatest":true},"com.example/foreign":{"keep":true},"x":"}}"}}`
	for _, path := range []string{"/v0.1/servers", "/v0.1/servers/io.acme%2Fsaid/versions", "/v0.1/servers/io.acme%2Fsaid/versions/latest", "/v0.1/servers?search=said"} {
		_, body := ask(t, http.MethodGet, base+path)
		require.True(t, json.Valid(body), path)
		require.Equal(t, 1, strings.Count(string(body), tail), path)
	}
}
