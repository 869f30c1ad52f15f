package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// mainJob brings real catalogues of both formats from both kinds of source
// through the API, and compares field by field. The upstream ones are larger
// than a ConfigMap may be.
func mainJob(t *testing.T, w *world) {
	const newer, older = "toolhive-catalog-2026-11-03.json", "toolhive-catalog-2026-08-24.json"
	containers := realData(t, "toolhive-registry.json")
	for _, name := range []string{newer, older} {
		w.git.Commit("real/"+name, string(realData(t, name)))
	}
	ns := w.namespace(t, "main")
	toolhive := fixture.FromConfigMap(ns, "toolhive")
	november := fixture.FromGit(ns, "november", w.git.url, "real/"+newer)
	august := fixture.FromGit(ns, "august", w.git.url, "real/"+older)
	w.Create(t, fixture.Source(ns, "toolhive", string(containers)), toolhive, november, august)

	for _, r := range []*v1alpha1.MCPRegistry{toolhive, november, august} {
		took := w.Ready(t, r)
		t.Logf("%s: %d servers, Ready after %s", r.Name, r.Status.SyncStatus.ServerCount, took)
	}
	compareToolhive(t, containers, w.allServed(t, toolhive))
	compareUpstream(t, realData(t, newer), w.allServed(t, november))
	compareUpstream(t, realData(t, older), w.allServed(t, august))
}

func (w *world) allServed(t *testing.T, r *v1alpha1.MCPRegistry) map[string]json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	cluster.Eventually(t, "the API of "+r.Name, func(ctx context.Context) (err error) {
		all, err = w.served(ctx, r)
		return err
	})
	t.Logf("%s: %d servers found through the API", r.Name, len(all))
	return all
}

// compareUpstream wants every server.json served as the JSON value it is in the file.
func compareUpstream(t *testing.T, file []byte, served map[string]json.RawMessage) {
	t.Helper()
	var registry struct {
		Data struct{ Servers []json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(file, &registry))
	require.NotEmpty(t, registry.Data.Servers)
	require.Len(t, served, len(registry.Data.Servers))
	for _, want := range registry.Data.Servers {
		var id struct{ Name, Version string }
		require.NoError(t, json.Unmarshal(want, &id))
		have, found := served[id.Name+"@"+id.Version]
		require.True(t, found, "%s@%s is not served", id.Name, id.Version)
		require.JSONEq(t, string(want), string(have), "%s@%s", id.Name, id.Version)
	}
}

// compareToolhive wants every value of every entry of the file somewhere in its
// server.json: the format of the two differs, but nothing may get lost.
func compareToolhive(t *testing.T, file []byte, served map[string]json.RawMessage) {
	t.Helper()
	var registry struct {
		Servers map[string]any
		Remote  map[string]any `json:"remote_servers"`
	}
	require.NoError(t, json.Unmarshal(file, &registry))
	require.NotEmpty(t, registry.Servers)
	require.NotEmpty(t, registry.Remote)
	require.Len(t, served, len(registry.Servers)+len(registry.Remote))
	byName := map[string]json.RawMessage{}
	for id, server := range served {
		name, _, _ := strings.Cut(id, "@")
		byName[name[strings.LastIndex(name, "/")+1:]] = server
	}
	values := 0
	for _, entries := range []map[string]any{registry.Servers, registry.Remote} {
		for name, entry := range entries {
			server, found := byName[name]
			require.True(t, found, "%s is not served", name)
			values += compareEntry(t, name, entry, server)
		}
	}
	t.Logf("%d values of %d ToolHive entries found", values, len(served))
}

// compareEntry returns the number of values it found.
func compareEntry(t *testing.T, name string, entry any, server json.RawMessage) int {
	t.Helper()
	var have any
	require.NoError(t, json.Unmarshal(server, &have))
	held := map[string]bool{}
	walk("", have, func(_ string, leaf any) { held[text(leaf)] = true })
	all := strings.Join(slices.Sorted(maps.Keys(held)), "\n")
	count := 0
	walk("", entry, func(path string, leaf any) {
		if leaf == nil || leaf == false || leaf == "" {
			return // says the same as being absent
		}
		count++
		// Some values become part of another: a port of a URL, a name of an argument.
		require.True(t, held[text(leaf)] || strings.Contains(all, text(leaf)), "%s: %s = %q is not in %s", name, path, text(leaf), server)
	})
	return count
}

// text is a leaf without regard to the case in which enumerations are written.
func text(leaf any) string { return strings.ToLower(fmt.Sprint(leaf)) }

// walk calls visit for every string, number, boolean and null of a JSON value.
func walk(path string, value any, visit func(path string, leaf any)) {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			walk(path+"."+key, item, visit)
		}
	case []any:
		for i, item := range v {
			walk(fmt.Sprintf("%s[%d]", path, i), item, visit)
		}
	default:
		visit(path, v)
	}
}
