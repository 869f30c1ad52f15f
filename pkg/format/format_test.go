package format_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// noon is when the snapshots of these tests are built.
var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func TestNotARegistry(t *testing.T) {
	const toUpstream, toToolHive = "set format of the source to upstream", "set format of the source to toolhive"
	tests := map[string]struct {
		why, in string
		as      format.Format
		want    string
	}{
		"empty":             {why: "an empty file is a mistake", as: format.ToolHive, in: " ", want: "the file is empty"},
		"yaml":              {why: "people may try", as: format.ToolHive, in: "servers:\n  a: {}\n", want: "YAML is not supported"},
		"html":              {why: "a login page", as: format.Upstream, in: "<html>", want: "not valid JSON"},
		"cut off":           {why: "half a file must not replace a whole one", as: format.ToolHive, in: `{"servers":{"a":{` + files + `}`, want: "cut off"},
		"cut off inside":    {why: "nor one torn inside an entry", as: format.Upstream, in: `[{"name":`, want: "cut off"},
		"broken":            {why: "broken JSON", as: format.Upstream, in: `[` + one + ` ` + two + `]`, want: "not valid JSON"},
		"number":            {why: "a number is no registry", as: format.ToolHive, in: `42`, want: "the file must be an object but is neither"},
		"null":              {why: "null is no registry", as: format.ToolHive, in: `null`, want: "only null"},
		"upstream null":     {why: "null is no registry", as: format.Upstream, in: `null`, want: "only null"},
		"other object":      {why: "some other JSON file", as: format.ToolHive, in: `{"name":"package","version":"1"}`, want: "none of servers, remote_servers, groups"},
		"other upstream":    {why: "some other JSON file", as: format.Upstream, in: `{"name":"package","data":{}}`, want: "neither data.servers nor servers"},
		"package.json":      {why: "it has a name too", as: format.Upstream, in: `{"name":"package","version":"1","description":"d"}`, want: "is no valid server.json"},
		"trailing":          {why: "two files in one", as: format.ToolHive, in: `{"servers":{}} {"servers":{}}`, want: "goes on"},
		"upstream given":    {why: "the remedy is named", as: format.ToolHive, in: `{"data":{"servers":[` + one + `]}}`, want: toUpstream},
		"array given":       {why: "the remedy is named", as: format.ToolHive, in: `[` + one + `]`, want: toUpstream},
		"page given":        {why: "the remedy is named", as: format.ToolHive, in: `{"servers":[` + one + `],"metadata":{}}`, want: toUpstream},
		"toolhive given":    {why: "the remedy is named", as: format.Upstream, in: `{"version":"1","servers":{"a":{` + files + `}}}`, want: toToolHive},
		"remote given":      {why: "the remedy is named", as: format.Upstream, in: `{"version":"1","remote_servers":{}}`, want: toToolHive},
		"data is a list":    {why: "an odd envelope", as: format.Upstream, in: `{"data":[]}`, want: "data must be an object but is a list"},
		"servers is a text": {why: "an odd section", as: format.ToolHive, in: `{"servers":"x"}`, want: "servers must be an object"},
		"groups is a map":   {why: "an odd section", as: format.ToolHive, in: `{"groups":{}}`, want: "groups must be a list but is an object"},
		"unknown format":    {why: "admission lets only two through, but checks are done twice", as: "yaml", in: `{}`, want: "set format of the source"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			catalog, err := format.Parse(test.as, []byte(test.in))
			require.ErrorContains(t, err, test.want, test.why)
			require.Equal(t, fault.Terminal, fault.ClassOf(err))
			require.Equal(t, format.ReasonInvalidData, fault.ReasonOf(err, ""))
			require.Empty(t, catalog, "nothing of a bad file is used")
		})
	}
}

// Pitfall 5: emptiness is judged elsewhere; here it is simply true.
func TestEmptyRegistries(t *testing.T) {
	for f, texts := range map[format.Format][]string{
		format.ToolHive: {`{"servers":{}}`, `{"servers":null}`, `{"groups":[]}`, `{"remote_servers":{},"version":"1"}`},
		format.Upstream: {`[]`, `{"servers":[]}`, `{"data":{"servers":[]}}`, `{"data":{"servers":null}}`},
	} {
		for _, text := range texts {
			catalog, err := format.Parse(f, []byte(text))
			require.NoError(t, err, text)
			require.Empty(t, catalog, text)
		}
	}
}

func TestTooManyBadEntries(t *testing.T) {
	_, err := format.Parse(format.Upstream, []byte(`[`+strings.Repeat("1,", 100_001)+`1]`))
	require.ErrorContains(t, err, "more than 100000 entries are invalid; the last one, #100001")
}

// check holds for whatever was parsed: it can be stored and read back.
func check(t *testing.T, f format.Format, data []byte) {
	t.Helper()
	catalog, err := format.Parse(f, data)
	if err != nil {
		require.Equal(t, fault.Terminal, fault.ClassOf(err))
		require.NotContains(t, err.Error(), "\n")
		return
	}
	for _, r := range catalog.Rejected {
		require.NotEmpty(t, r.Reason)
		require.NotContains(t, r.Entry+r.Reason, "\n")
	}
	for _, s := range catalog.Servers {
		again, err := registry.Canonical(s.JSON)
		require.NoError(t, err)
		require.Equal(t, string(again), string(s.JSON))
	}
	snapshot, _, err := registry.Build(catalog.Servers, registry.Snapshot{}, noon)
	require.NoError(t, err)
	seen := map[registry.ID]bool{}
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error { seen[p.ID] = true; return nil }))
	for _, s := range catalog.Servers {
		require.True(t, seen[s.ID()], fmt.Sprint(s.ID()))
	}
	// What was read can be read again, as the API lists it and as files hold it.
	lines := strings.TrimSuffix(strings.ReplaceAll(string(snapshot.Content), "\n", ","), ",")
	reread, err := format.Parse(format.Upstream, []byte(`{"servers":[`+lines+`]}`))
	require.NoError(t, err)
	require.Empty(t, reread.Rejected)
	require.Len(t, reread.Servers, len(catalog.Servers))
}

func FuzzToolHive(f *testing.F) {
	f.Add([]byte(`{"servers":{"a":{` + files + `,"env_vars":[{"name":"K","required":true}],"tags":["x"],"status":"Active"}}}`))
	f.Add([]byte(`{"remote_servers":{"b":{"url":"https://b","description":"B","transport":"sse","headers":[{"name":"H"}]}},"groups":[{"name":"g","servers":{}}]}`))
	f.Add([]byte(`{"servers":{"a":{` + files + `,"target_port":8080,"tool_definitions":[{"name":"t","inputSchema":{"type":"object"}}],"permissions":{"network":{}}}}}`))
	f.Add([]byte(`{"servers":[]}`))
	f.Add([]byte(`{"groups":[null,{"servers":{"a":null}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, format.ToolHive, slices.Clone(data)) })
}

func FuzzUpstream(f *testing.F) {
	f.Add([]byte(`[` + one + `,` + two + `]`))
	f.Add([]byte(`{"data":{"servers":[` + one + `]}}`))
	f.Add([]byte(`{"servers":[{"server":` + one + `,"_meta":{"io.modelcontextprotocol.registry/official":{"status":"deleted"}}}]}`))
	f.Add([]byte(`[{"name":"a/b","version":"1","description":"x","remotes":[{"url":"https://x"}],"packages":[{}],"_meta":{"io.modelcontextprotocol.registry/publisher-provided":{"io.github.stacklok":{"k":{"tags":["t"],"status":"Deprecated"}}}}}]`))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, format.Upstream, slices.Clone(data)) })
}

func BenchmarkUpstream(b *testing.B) {
	data := realData(b, "toolhive-catalog-2026-11-03.json")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := format.Parse(format.Upstream, data)
		require.NoError(b, err)
	}
}
