package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// wrappedEntry is an entry as a page of the API has it.
func wrappedEntry(name, meta string) string {
	return fmt.Sprintf(`{"_meta":%s,"server":{"name":%q,"version":"1.0.0","description":"d"}}`, meta, name)
}

func TestForeignMeta(t *testing.T) {
	const ours = `"` + registry.OfficialKey + `":{"status":"deprecated","publishedAt":"2025-01-01T00:00:00Z"}`
	tests := map[string]struct{ why, meta, want string }{
		"ours alone":   {why: "nothing is foreign", meta: `{` + ours + `}`},
		"before":       {why: "com comes before io", meta: `{` + ours + `,"com.example/foreign":{"keep":true}}`, want: `"com.example/foreign":{"keep":true}`},
		"behind":       {why: "as it is written already", meta: `{` + ours + `,"z":null}`, want: `"z":null`},
		"both":         {why: "in canonical order", meta: `{"z":1.50,` + ours + `,"b": [ 1 ],"a":"\u0041\/"}`, want: `"a":"A/","b":[1],"z":1.50`},
		"without ours": {why: "the registry may say nothing itself", meta: `{ "x" : { "b" : 1 , "a" : 2 } }`, want: `"x":{"a":2,"b":1}`},
		"twice":        {why: "the last one counts", meta: `{"x":1,` + ours + `,"x":2}`, want: `"x":2`},
		"no object":    {why: "says nothing", meta: `["x"]`},
		"a text":       {why: "says nothing, whatever is in it", meta: `"\u0000"`},
		"null":         {why: "says nothing", meta: `null`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			catalog := parse(t, format.Upstream, `{"servers":[`+wrappedEntry("a/b", test.meta)+`]}`)
			require.Empty(t, catalog.Rejected)
			require.Equal(t, test.want, string(catalog.Servers[0].Foreign), test.why)
			require.Equal(t, test.want == "", catalog.Servers[0].Foreign == nil)
			if strings.Contains(test.meta, ours) {
				require.Equal(t, registry.StatusDeprecated, catalog.Servers[0].Status)
			}
		})
	}
	catalog := parse(t, format.Upstream, `[`+wrappedEntry("a/b", `{"x":"\u0000"}`)+`,{"name":"a/c","version":"1","description":"d","_meta":{"x":1}}]`)
	require.Contains(t, catalog.Rejected[0].Reason, "_meta: it holds a string with a NUL", "what cannot be kept is not dropped without a word")
	require.Equal(t, "a/b", catalog.Rejected[0].Entry)
	require.Nil(t, catalog.Servers[0].Foreign, "the _meta of a server.json is a part of it")
	require.Contains(t, string(catalog.Servers[0].JSON), `"_meta":{"x":1}`)
}

// What went in comes out, of many entries that are read at the same time into
// buffers that are used again.
func TestForeignMetaOfMany(t *testing.T) {
	const entries = 6000
	names := []string{"com.example/foreign", "zz.example/foreign"}
	metaOf := func(i int) map[string]any {
		meta := map[string]any{}
		for bit, name := range names {
			if i>>bit&1 == 1 {
				meta[name] = map[string]any{"number": i, "text": strings.Repeat(fmt.Sprintf("<%d>", i), i%50)}
			}
		}
		return meta
	}
	var file bytes.Buffer
	file.WriteString(`{"servers":[`)
	for i := range entries {
		meta := metaOf(i)
		meta[registry.OfficialKey] = map[string]any{"status": "active", "isLatest": true}
		text, err := json.MarshalIndent(meta, "", strings.Repeat("  ", i%3))
		require.NoError(t, err)
		file.WriteString(wrappedEntry(fmt.Sprintf("a/s%05d", i), string(text)) + ",\n")
	}
	data := append(bytes.TrimSuffix(file.Bytes(), []byte(",\n")), `]}`...)

	catalog, err := format.Parse(format.Upstream, data)
	require.NoError(t, err)
	require.Empty(t, catalog.Rejected)
	var content bytes.Buffer
	stated, err := registry.ComposeStated(catalog.Servers)
	require.NoError(t, err)
	_, err = stated.WriteTo(&content)
	require.NoError(t, err)
	restored, err := format.Restore(registry.New(content.Bytes(), entries))
	require.NoError(t, err)
	require.Len(t, restored, entries)
	for i := range restored {
		want, err := json.Marshal(metaOf(i))
		require.NoError(t, err)
		canonical, err := registry.Canonical(want)
		require.NoError(t, err)
		require.Equal(t, string(canonical), "{"+string(restored[i].Foreign)+"}")
		require.Equal(t, i%4 == 0, restored[i].Foreign == nil)
		require.Equal(t, catalog.Servers[i], restored[i])
	}

	// A registry that reads what is served holds the same.
	built, _, err := registry.Build(restored, registry.Snapshot{}, time.Unix(1, 0))
	require.NoError(t, err)
	page := `{"servers":[` + strings.ReplaceAll(strings.TrimSpace(string(built.Content)), "\n", ",") + `]}`
	mirrored, err := format.Parse(format.Upstream, []byte(page))
	require.NoError(t, err)
	again, changes, err := registry.Build(mirrored.Servers, built, time.Unix(2, 0))
	require.NoError(t, err)
	require.False(t, changes.Any())
	require.Equal(t, built.Digest, again.Digest)
}
