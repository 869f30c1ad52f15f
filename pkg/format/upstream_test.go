package format_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	one = `{"name":"io.acme/one","version":"1.0.0","description":"One"}`
	two = `{"name":"io.acme/two","version":"2.0.0","description":"Two"}`
)

func TestUpstreamShapes(t *testing.T) {
	tests := map[string]struct{ why, in string }{
		"envelope": {why: "what ToolHive publishes", in: `{"$schema":"x","version":"1","meta":{"servers":[1]},"data":{"skills":[{}],"servers":[` + one + `,` + two + `],"groups":[]}}`},
		"array":    {why: "the simplest file", in: ` [` + one + `,` + two + `] `},
		"page":     {why: "what the API answers", in: `{"servers":[{"server":` + one + `,"_meta":{}},{"server":` + two + `}],"metadata":{"count":2}}`},
		"flat":     {why: "a page without wrappers", in: `{"servers":[` + one + `,` + two + `]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			catalog := parse(t, format.Upstream, test.in)
			require.Equal(t, []string{"io.acme/one", "io.acme/two"}, namesOf(catalog.Servers), test.why)
			require.Empty(t, catalog.Rejected)
			require.JSONEq(t, two, string(catalog.Servers[1].JSON))
		})
	}
}

func TestUpstreamTagsAndStatus(t *testing.T) {
	extension := func(inner string) string {
		return `"_meta":{"` + publisher + `":{"other":{"k":{"tags":["no"],"status":"deleted"}},"` + namespace + `":` + inner + `}}`
	}
	tests := map[string]struct {
		why, meta, page string
		tags            []string
		status          registry.Status
	}{
		"none":       {why: "no extension, no statement", meta: `"_meta":{}`},
		"one":        {why: "any key counts", meta: extension(`{"img":{"tags":["a"],"status":"Deprecated"}}`), tags: []string{"a"}, status: "deprecated"},
		"several":    {why: "all objects count, each tag once", meta: extension(`{"b":{"tags":["x","z"]},"a":{"tags":["y","x"]}}`), tags: []string{"y", "x", "z"}},
		"one active": {why: "a server with one active package is active", meta: extension(`{"a":{"status":"Deprecated"},"b":{"status":"ACTIVE"},"c":{"status":"deleted"}}`), status: "active"},
		"unknown":    {why: "what is not known is active", meta: extension(`{"a":{"status":"Beta"}}`), status: "active"},
		"odd":        {why: "what is no object says nothing", meta: extension(`{"a":"b","c":["d"]}`)},
		"page":       {why: "the registry's own word counts more", meta: extension(`{"a":{"status":"Active"}}`), page: `{"status":"deleted"}`, status: "deleted"},
		"page mute":  {why: "if it has one", meta: extension(`{"a":{"status":"deprecated"}}`), page: `{"isLatest":true}`, status: "deprecated"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			entry := `{"name":"io.acme/one","version":"1.0.0","description":"One",` + test.meta + `}`
			if test.page != "" {
				entry = fmt.Sprintf(`{"server":%s,"_meta":{%q:%s}}`, entry, registry.OfficialKey, test.page)
			}
			catalog := parse(t, format.Upstream, `[`+entry+`]`)
			require.Empty(t, catalog.Rejected)
			require.Equal(t, test.tags, catalog.Servers[0].Tags, test.why)
			require.Equal(t, test.status, catalog.Servers[0].Status, test.why)
		})
	}
}

func TestUpstreamRejects(t *testing.T) {
	with := func(fields string) string {
		return `{"name":"io.acme/bad","version":"1.0.0","description":"Bad",` + fields + `}`
	}
	version := func(v string) string { return with(fmt.Sprintf(`"version":%q`, v)) }
	tests := map[string]struct{ why, entry, name, reason string }{
		"no object":     {why: "named by its place", entry: `7`, name: "#2", reason: "not an object"},
		"no name":       {why: "named by its place", entry: `{"version":"1","description":"x"}`, name: "#2", reason: "name is missing"},
		"other case":    {why: "field names are exact", entry: `{"NAME":"a/b","version":"1","description":"x"}`, name: "#2", reason: "name is missing"},
		"bad name":      {why: "one slash", entry: with(`"name":"a/b/c"`), name: "a/b/c", reason: "must be a namespace"},
		"long name":     {why: "bounded", entry: with(`"name":"a/` + strings.Repeat("b", 300) + `"`), name: "a/" + strings.Repeat("b", 198) + "…", reason: "3 to 200"},
		"name a number": {why: "of the right type", entry: with(`"name":5`), name: "#2", reason: "name must be a string"},
		"no version":    {why: "half of its identity", entry: version(""), reason: "version is missing"},
		"latest":        {why: "reserved by the API", entry: version("latest"), reason: "latest"},
		"caret":         {why: "a range is no version", entry: version("^1.2.3"), reason: "range"},
		"comparator":    {why: "a range is no version", entry: version(">= 1.0"), reason: "range"},
		"wildcard":      {why: "a range is no version", entry: version("1.2.x"), reason: "range"},
		"star":          {why: "a range is no version", entry: version("*"), reason: "range"},
		"hyphen":        {why: "a range is no version", entry: version("1.2.3 - 2.0.0"), reason: "range"},
		"or":            {why: "a range is no version", entry: version("1.2 || 1.3"), reason: "range"},
		"long version":  {why: "bounded", entry: version(strings.Repeat("1", 256)), reason: "longer than 255"},
		"description":   {why: "clients drop the whole page", entry: with(`"description":" "`), reason: "description is missing"},
		"packages":      {why: "a list of objects", entry: with(`"packages":{}`), reason: "packages must be a list"},
		"package":       {why: "a list of objects", entry: with(`"packages":[null]`), reason: "packages[0] must be an object"},
		"remotes":       {why: "absolute URLs", entry: with(`"remotes":[{"url":"https://ok"},{"type":"sse","url":"/mcp"}]`), reason: `remotes[1].url "/mcp" must begin`},
		"script":        {why: "of the web", entry: with(`"remotes":[{"url":"javascript:alert(1)"}]`), reason: "remotes[0].url"},
		"tags":          {why: "an exclude must not fail open", entry: with(`"_meta":{"` + publisher + `":{"` + namespace + `":{"k":{"tags":"db"}}}}`), reason: `the extension of "k": tags must be a list of strings: "\"db\""`},
		"not UTF-8":     {why: "clients see something else", entry: with("\"x\":\"\xff\""), reason: "UTF-8"},
		"NUL":           {why: "NUL ends strings in C", entry: with(`"x":"\u0000"`), reason: "NUL"},
		"NUL in name":   {why: "named by its place", entry: `{"name":"io.acme/\u0000"}`, name: "#2", reason: "NUL"},
		"half a pair":   {why: "it would become another character", entry: with(`"x":"\ud800"`), reason: "surrogate"},
		"wrapped NUL":   {why: "the name is inside", entry: `{"server":` + with(`"x":"\u0000"`) + `}`, reason: "NUL"},
		"too deep":      {why: "readers recurse", entry: with(`"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70)), reason: "nested"},
		"twice":         {why: "the first is kept", entry: one, name: "io.acme/one", reason: "already in this source"},
		"new line":      {why: "a message is one line", entry: with(`"name":"a\nb"`), name: `a\nb`, reason: `name "a\nb"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			catalog := parse(t, format.Upstream, `[`+one+`,`+test.entry+`,`+two+`]`)
			require.Equal(t, []string{"io.acme/one", "io.acme/two"}, namesOf(catalog.Servers), "one bad entry does not sink the rest")
			require.Len(t, catalog.Rejected, 1)
			if test.name == "" {
				test.name = "io.acme/bad"
			}
			require.Equal(t, test.name, catalog.Rejected[0].Entry, test.why)
			require.Contains(t, catalog.Rejected[0].Reason, test.reason, test.why)
		})
	}
}

func TestUpstreamAccepts(t *testing.T) {
	for why, fields := range map[string]string{
		"a version need not be semantic":         `"version":"2026.11-x86 beta"`,
		"x in a pre-release is no placeholder":   `"version":"1.2.3-x"`,
		"descriptions may be long":               `"description":"` + strings.Repeat("x", 1000) + `"`,
		"URLs may hold variables":                `"remotes":[{"url":"https://{tenant}.example.com/{path}"}]`,
		"older revisions used other field names": `"packages":[{"registry_type":"npm","identifier":"x"}]`,
		"null is nothing":                        `"packages":null,"remotes":null`,
	} {
		catalog := parse(t, format.Upstream, `[{"name":"io.acme/one","version":"1","description":"x",`+fields+`}]`)
		require.Empty(t, catalog.Rejected, why)
	}
}

// Pitfall 12 and the contract: what a source says is kept, known or not.
func TestUpstreamKeepsEverything(t *testing.T) {
	for file, servers := range map[string]int{
		"upstream-registry.json": 12, "toolhive-catalog-2026-08-24.json": 110, "toolhive-catalog-2026-11-03.json": 109,
	} {
		data := realData(t, file)
		catalog := parse(t, format.Upstream, string(data))
		require.Empty(t, catalog.Rejected)
		require.Len(t, catalog.Servers, servers)
		var source struct {
			Data struct{ Servers []json.RawMessage }
		}
		require.NoError(t, json.Unmarshal(data, &source))
		for i, s := range catalog.Servers {
			require.JSONEq(t, string(source.Data.Servers[i]), string(s.JSON))
			require.NotEmpty(t, s.Tags, s.Name)
			require.NotEmpty(t, s.Status, s.Name)
		}
	}
}

// What another registry says of an entry beside its server.json is taken over;
// its times are not, because they are about that registry.
func TestOfficialMetadata(t *testing.T) {
	catalog, err := format.Parse(format.Upstream, []byte(`{"servers":[
		{"server":{"name":"io.acme/a","description":"d","version":"1.0.0"},"_meta":{"io.modelcontextprotocol.registry/official":{
			"status":"deprecated","statusMessage":"use b","isLatest":true,"publishedAt":"2025-01-01T00:00:00Z"}}},
		{"server":{"name":"io.acme/a","description":"d","version":"2.0.0"},"_meta":{"io.modelcontextprotocol.registry/official":{
			"status":"active","isLatest":false}}},
		{"server":{"name":"io.acme/b","description":"d","version":"1.0.0"},"_meta":{"io.modelcontextprotocol.registry/official":{
			"statusMessage":7}}}],"metadata":{"count":3}}`))
	require.NoError(t, err)
	require.Len(t, catalog.Servers, 2)
	require.Equal(t, registry.StatusDeprecated, catalog.Servers[0].Status)
	require.Equal(t, "use b", catalog.Servers[0].StatusMessage)
	require.True(t, catalog.Servers[0].Latest)
	require.False(t, catalog.Servers[1].Latest)
	require.Contains(t, catalog.Rejected[0].Reason, "statusMessage must be a string")
}

// Whatever else it says, under its own key or beside both members, stays with it.
func TestUnknownWordsOfAnotherRegistry(t *testing.T) {
	catalog := parse(t, format.Upstream, `[{"server":{"name":"a/b","version":"1","description":"d","x":1},"rank":1,
		"_meta":{"io.modelcontextprotocol.registry/official":{"status":"deprecated","rank":1}}}]`)
	require.Empty(t, catalog.Rejected)
	require.Equal(t, registry.StatusDeprecated, catalog.Servers[0].Status)
	require.Nil(t, catalog.Servers[0].Foreign, "what the other registry says of itself")
	require.NotContains(t, string(catalog.Servers[0].JSON), "rank")
	require.Contains(t, string(catalog.Servers[0].JSON), `"x":1`, "what the author says")
}
