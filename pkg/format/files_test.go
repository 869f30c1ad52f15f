package format_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func inOrder(files map[string]string) func(func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if !yield(name, []byte(files[name])) {
				return
			}
		}
	}
}

func TestParseFiles(t *testing.T) {
	const a, b = `{"name":"x/a","description":"d","version":"1"}`, `{"name":"x/b","description":"d","version":"1"}`
	catalog, err := format.ParseFiles(format.Upstream, inOrder(map[string]string{
		"1.json": "[" + a + "]", "2.json": "[" + b + "," + a + `,{"name":"bad"}]`,
	}))
	require.NoError(t, err)
	require.Len(t, catalog.Servers, 2)
	require.Len(t, catalog.Rejected, 2, "an entry of two files is taken once, and bad ones are told with their file")
	require.Equal(t, "2.json: x/a", catalog.Rejected[0].Entry)
	require.Equal(t, "2.json: bad", catalog.Rejected[1].Entry)

	_, err = format.ParseFiles(format.Upstream, inOrder(map[string]string{"1.json": "[" + a + "]", "2.json": "<html>"}))
	require.ErrorContains(t, err, `"2.json": `)
	catalog, err = format.ParseFiles(format.Upstream, inOrder(nil))
	require.NoError(t, err)
	require.Empty(t, catalog)
}

func TestOneServerJSON(t *testing.T) {
	const a = `{"name":"x/a","description":"d","version":"1"}`
	for name, in := range map[string]string{
		"alone": " " + a + "\n", "as the API gives it": `{"server":` + a + `,"_meta":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			catalog, err := format.Parse(format.Upstream, []byte(in))
			require.NoError(t, err)
			require.Len(t, catalog.Servers, 1)
			require.Equal(t, "x/a", catalog.Servers[0].Name)
		})
	}
}

func TestParseEach(t *testing.T) {
	const a, b = `{"name":"x/a","description":"d","version":"1"}`, `{"name":"x/b","description":"d","version":"1"}`
	catalog, err := format.ParseEach(format.Upstream, inOrder(map[string]string{
		"a/server.json": a,
		"b/server.json": "[" + b + `,{"name":"bad"},` + a + ",", // cut off
		"c/server.json": b,
		"d/server.json": a,
		"e/server.json": `{"name":"bad"}`,
	}))
	require.NoError(t, err)
	require.Len(t, catalog.Servers, 2)
	require.Equal(t, "x/b", catalog.Servers[1].Name, "half a file takes no name away from a whole one")
	require.Len(t, catalog.Rejected, 3)
	require.Equal(t, "b/server.json", catalog.Rejected[0].Entry, "of a bad file there is one entry, whatever it held")
	require.Contains(t, catalog.Rejected[0].Reason, "cut off")
	require.Equal(t, "d/server.json: x/a", catalog.Rejected[1].Entry, "the first of two counts")
	require.Equal(t, "e/server.json", catalog.Rejected[2].Entry)

	_, err = format.ParseEach(format.Upstream, inOrder(map[string]string{"1": "<html>", "2": "{}"}))
	require.ErrorContains(t, err, `none of 2 files is a registry; the first one, "1": `)
	require.Equal(t, fault.Terminal, fault.ClassOf(err))
	_, err = format.ParseEach(format.Upstream, inOrder(map[string]string{"1": "<html>"}))
	require.ErrorContains(t, err, `"1": the file is not valid JSON`)
	catalog, err = format.ParseEach(format.Upstream, inOrder(nil))
	require.NoError(t, err)
	require.Empty(t, catalog)
}

// What is stored of a source must pass the filters exactly like what was read.
func TestRestore(t *testing.T) {
	catalog, err := format.Parse(format.ToolHive, []byte(`{"servers":{
		"a":{"description":"d","image":"ghcr.io/x/a:1","transport":"stdio","tools":["t"],"tier":"Community","status":"Deprecated","tags":["one","two"]},
		"b":{"description":"d","image":"ghcr.io/x/b:1","transport":"stdio","tools":["t"],"tier":"Community","status":"Active"}}}`))
	require.NoError(t, err)
	require.Len(t, catalog.Servers, 2, catalog.Rejected)
	snapshot, _, err := registry.Build(catalog.Servers, registry.Snapshot{}, noon)
	require.NoError(t, err)
	restored, err := format.Restore(snapshot)
	require.NoError(t, err)
	for i := range catalog.Servers {
		catalog.Servers[i].Latest = true
	}
	require.Equal(t, catalog.Servers, restored)

	said := []registry.Server{{
		Name: "x/a", Version: "1", JSON: []byte(`{"name":"x/a","version":"1"}`), Latest: true,
		Status: registry.StatusDeprecated, StatusMessage: "use b",
	}}
	snapshot, _, err = registry.Build(said, registry.Snapshot{}, noon)
	require.NoError(t, err)
	restored, err = format.Restore(snapshot)
	require.NoError(t, err)
	require.Equal(t, said, restored)
}
