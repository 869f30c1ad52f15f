package browse_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

func TestRanking(t *testing.T) {
	c := newCatalog(t,
		server(t, `{"name":"io.acme/git","version":"1.0.0","description":"Runs it"}`),
		server(t, `{"name":"io.beta/git","version":"1.0.0","description":"Runs it too"}`),
		server(t, `{"name":"io.acme/git-server","version":"1.0.0","description":"Runs it"}`),
		server(t, `{"name":"io.acme/my-git","version":"1.0.0","description":"Runs it"}`),
		server(t, `{"name":"io.acme/titled","version":"1.0.0","title":"Git, for all","description":"Runs it"}`),
		server(t, `{"name":"io.acme/described","version":"1.0.0","description":"Runs it (git)"}`),
		server(t, `{"name":"io.acme/inside","version":"1.0.0","description":"A legitimate one"}`),
		server(t, `{"name":"io.acme/aa-digit","version":"1.0.0","description":"A number"}`),
		server(t, `{"name":"io.acme/files","version":"1.0.0","description":"Something else"}`),
		server(t, `{"name":"io.acme/wetter","version":"1.0.0","description":"Über das Wetter in Österreich"}`),
	)
	cases := map[string]struct {
		why   string
		query string
		want  []string
	}{
		"all ranks": {"the better the place, the earlier", "q=git", []string{
			"io.acme/git", "io.beta/git", "io.acme/git-server", "io.acme/my-git", "io.acme/titled", "io.acme/described", "io.acme/aa-digit", "io.acme/inside",
		}},
		"any case":            {"people do not care", "q=GIT&limit=1", []string{"io.acme/git"}},
		"exact name":          {"nothing beats it", "q=io.beta/git", []string{"io.beta/git"}},
		"prefix with a blank": {"people do not know what parts the words of a name", "q=git+server", []string{"io.acme/git-server"}},
		"all words":           {"one that is missing excludes", "q=git+files", []string{}},
		"words of two places": {"the worst one counts", "q=runs+git&limit=5", []string{"io.acme/described", "io.acme/git", "io.acme/git-server", "io.acme/my-git", "io.acme/titled"}},
		"order of words":      {"it does not matter", "q=server+git", []string{"io.acme/git-server"}},
		"blanks":              {"blanks around words are none", "q=++my-git++", []string{"io.acme/my-git"}},
		"only blanks":         {"no word is no condition", "q=++&limit=1", []string{"io.acme/aa-digit"}},
		"beyond ASCII":        {"case and borders of words there too", "q=%C3%9CBER+%C3%B6st", []string{"io.acme/wetter"}},
		"nothing":             {"no match is no error", "q=unheard-of", []string{}},
		"no words":            {"all, by name", "limit=2", []string{"io.acme/aa-digit", "io.acme/described"}},
	}
	for name, cse := range cases {
		t.Run(name, func(t *testing.T) {
			got := c.ask(t, cse.query)
			for i, n := range got.names {
				got.names[i] = n[:len(n)-len("@1.0.0")]
			}
			require.Equal(t, cse.want, got.names, cse.why)
		})
	}
}

func filterable(t *testing.T) catalog {
	gone := described(t, "io.acme/gone", "Was here", `{"tags":["db"],"tier":"Official","status":"Active"}`, "")
	gone.Status = registry.StatusDeleted
	plain := described(t, "io.acme/plain", "Known to nobody", `"not an object"`, "")
	plain.Status = registry.StatusDeprecated
	return newCatalog(t,
		described(t, "io.acme/a", "Database A", `{"tags":["db","sql","db"],"tier":"Official","status":"Active"}`,
			`,"packages":[{"registryType":"npm","transport":{"type":"stdio"}},{"registryType":"oci","transport":{"type":"sse"}}]`),
		described(t, "io.acme/b", "Database B", `{"tags":["db","DB"],"tier":"community","status":"DEPRECATED"}`,
			`,"remotes":[{"type":"streamable-http","url":"https://b.example.com"},{"type":"sse","url":"https://b.example.com/sse"}]`),
		described(t, "io.acme/c", "Files", `{"tags":["\"quoted\" <&>"],"tier":7,"status":["Active"]}`,
			`,"packages":[{"registry_type":"NPM","transport":{"type":"carrier-pigeon"}},7,[],{"transport":"stdio"}],"remotes":{"type":"sse"}`),
		gone, plain,
	)
}

func TestFilters(t *testing.T) {
	c := filterable(t)
	cases := map[string]struct {
		why   string
		query string
		want  []string
	}{
		"everything":          {"but not what is deleted", "", []string{"a", "b", "c", "plain"}},
		"tag":                 {"one", "tag=db", []string{"a", "b"}},
		"tags":                {"all of them", "tag=db&tag=sql", []string{"a"}},
		"tags of two servers": {"all of them", "tag=DB&tag=sql", []string{}},
		"tag in exact case":   {"tags are compared exactly", "tag=DB", []string{"b"}},
		"tag to escape":       {"a tag may hold anything", "tag=%22quoted%22+%3C%26%3E", []string{"c"}},
		"tag with NUL":        {"no server has one", "tag=%00", []string{}},
		"unknown tag":         {"nobody has it", "tag=db&tag=none", []string{}},
		"transport":           {"of a package", "transport=stdio", []string{"a"}},
		"transports":          {"any of them, of packages and remotes", "transport=stdio&transport=streamable-http", []string{"a", "b"}},
		"transport any case":  {"people do not care", "transport=SSE", []string{"a", "b"}},
		"package type":        {"older and newer spelling", "package_type=npm", []string{"a", "c"}},
		"remote":              {"servers that run elsewhere", "package_type=remote", []string{"b"}},
		"tier":                {"sources differ in case", "tier=Community", []string{"b"}},
		"tier in lower case":  {"and people do", "tier=official", []string{"a"}},
		"status":              {"ToolHive's, or else the official one", "status=Deprecated", []string{"b", "plain"}},
		"status active":       {"what says nothing is active", "status=active", []string{"a", "c"}},
		"one known of two":    {"any of them", "tier=none&tier=official", []string{"a"}},
		"unknown value":       {"nobody has it", "package_type=none", []string{}},
		"all kinds":           {"all filters must hold at once", "tag=db&transport=sse&package_type=oci&tier=official&status=active", []string{"a"}},
		"with words":          {"and the words too", "q=database&transport=streamable-http", []string{"b"}},
		"empty values":        {"they count as absent", "q=&tag=&tier=", []string{"a", "b", "c", "plain"}},
	}
	for name, cse := range cases {
		t.Run(name, func(t *testing.T) {
			got := c.ask(t, cse.query)
			want := []string{}
			for _, n := range cse.want {
				want = append(want, "io.acme/"+n+"@1.0.0")
			}
			require.Equal(t, want, got.names, cse.why)
			require.Equal(t, len(want), got.total)
			require.Empty(t, got.next)
		})
	}
}

func TestFacets(t *testing.T) {
	c := filterable(t)
	all := map[string]map[string]int{
		"tags":         {"db": 2, "sql": 1, "DB": 1, `"quoted" <&>`: 1},
		"transports":   {"stdio": 1, "sse": 2, "streamable-http": 1},
		"packageTypes": {"npm": 2, "oci": 1, "remote": 1},
		"tiers":        {"Official": 1, "Community": 1},
		"statuses":     {"Active": 2, "Deprecated": 2},
	}
	require.Equal(t, all, c.ask(t, "").facets)
	require.Equal(t, all, c.ask(t, "q=a").facets, "the same by counting")
	require.Equal(t, all, c.ask(t, "q=a&limit=1").facets, "of all matches, not of the page")
	require.Equal(t, map[string]map[string]int{
		"tags": {"db": 1, "DB": 1}, "transports": {"sse": 1, "streamable-http": 1}, "packageTypes": {"remote": 1},
		"tiers": {"Community": 1}, "statuses": {"Deprecated": 1},
	}, c.ask(t, "tier=community").facets)
	require.Equal(t, map[string]map[string]int{"tags": {}, "transports": {}, "packageTypes": {}, "tiers": {}, "statuses": {}}, c.ask(t, "q=unheard-of").facets)
}

func TestFacetsAreBounded(t *testing.T) {
	servers := []registry.Server{}
	for i := range 120 {
		seventh := strings.Repeat(fmt.Sprintf(`,"seventh-%d"`, i%7), i%7) // repeated ones count once
		tags := fmt.Sprintf(`{"tags":["all","number-%03d"%s]}`, i, seventh)
		servers = append(servers, described(t, fmt.Sprintf("io.acme/s%d", i), "x", tags, ""))
	}
	tags := newCatalog(t, servers...).ask(t, "q=x").facets["tags"]
	require.Len(t, tags, 50)
	require.Equal(t, 120, tags["all"])
	require.Equal(t, 17, tags["seventh-6"])
	require.Contains(t, tags, "number-042", "equal ones by name")
	require.NotContains(t, tags, "number-043")
}

// A record with absurdly many tags must not take absurd time.
func TestTagsOfOneRecordAreBounded(t *testing.T) {
	tags := make([]string, 300_000)
	for i := range tags {
		tags[i] = strconv.Quote(strconv.Itoa(i))
	}
	c := newCatalog(t, described(t, "io.acme/s", "x", `{"tags":[`+strings.Join(tags, ",")+`]}`, ""))
	require.Equal(t, 1, c.ask(t, "tag=17").total)
	require.Equal(t, 0, c.ask(t, "tag=299999").total)
	require.Less(t, c.Size(), 10_000)
}

func TestNothingIsServed(t *testing.T) {
	c := newCatalog(t)
	for _, query := range []string{"", "q=a", "tag=a"} {
		require.Equal(t, answer{names: []string{}, facets: map[string]map[string]int{
			"tags": {}, "transports": {}, "packageTypes": {}, "tiers": {}, "statuses": {},
		}}, c.ask(t, query))
	}
}

func TestPagesHoldEachMatchOnce(t *testing.T) {
	c := load(t, corpus.Snapshot(t, 1500))
	for _, query := range []string{"limit=7", "limit=7&q=weather", "limit=1&q=weather+calendar", "limit=7&transport=streamable-http", "limit=3&q=e&tag=velvet"} {
		all := c.pages(t, query)
		require.NotEmpty(t, all, query)
		slices.Sort(all)
		require.Len(t, slices.Compact(all), len(all), query)
	}
}

// A client that pages while another snapshot is swapped in sees each entry that
// is in both once.
func TestCursorSurvivesAnotherSnapshot(t *testing.T) {
	servers := corpus.Servers(1500)
	whole := load(t, mustBuild(t, servers))
	part := load(t, mustBuild(t, servers[200:1100]))
	for _, query := range []string{"limit=7", "limit=7&q=weather"} {
		common := map[string]int{}
		for _, name := range whole.pages(t, query) {
			common[name] = 1
		}
		inPart := part.pages(t, query)
		seen := map[string]int{}
		a, catalogs := whole.ask(t, query), []catalog{part, whole}
		for turn := 0; ; turn++ {
			for _, name := range a.names {
				seen[name]++
				require.Equal(t, 1, seen[name], name)
			}
			if a.next == "" {
				break
			}
			a = catalogs[turn%2].ask(t, "limit=7&cursor="+a.next)
		}
		for _, name := range inPart {
			require.Equal(t, common[name], seen[name], "%s is in both", name)
		}
	}
}

func mustBuild(t *testing.T, servers []registry.Server) registry.Snapshot {
	t.Helper()
	snapshot, _, err := registry.Build(servers, registry.Snapshot{}, corpus.Noon)
	require.NoError(t, err)
	return snapshot
}

func TestSearchAllocatesLittle(t *testing.T) {
	c := load(t, corpus.Snapshot(t, 3000))
	for query, most := range map[string]float64{"": 6, "q=weather": 8, "q=weather&transport=stdio": 12} {
		q, err := browse.ParseQuery(query)
		require.NoError(t, err)
		require.LessOrEqual(t, testing.AllocsPerRun(100, func() { c.Search(q) }), most, query)
	}
}
