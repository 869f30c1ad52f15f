package format_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

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
