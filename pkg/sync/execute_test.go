package sync_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

func catalog(names ...string) []byte {
	var entries []string
	for _, n := range names {
		entries = append(entries, fmt.Sprintf(`{"name":"io.test/%s","description":"d","version":"1.0.0"}`, n))
	}
	return []byte("[" + strings.Join(entries, ",") + "]")
}

func TestSync(t *testing.T) {
	b := newBench(t)
	r, err := b.sync()
	require.NoError(t, err)
	require.Equal(t, []string{"io.test/a@1.0.0", "io.test/b@1.0.0"}, r.Changes.Added)
	require.Equal(t, 2, r.Stored.Servers)
	require.Equal(t, source.Revision("r1"), r.Sources[0].Revision)

	r, err = b.sync()
	require.NoError(t, err)
	require.True(t, r.Unchanged)
	require.Equal(t, 1, b.store.publishes[""], "an unchanged source is not parsed or stored again")

	b.source.content = source.Content{Revision: "r2", Files: []source.File{{Data: catalog("b", "c")}}}
	r, err = b.sync()
	require.NoError(t, err)
	require.Equal(t, registry.Changes{Added: []string{"io.test/c@1.0.0"}, Removed: []string{"io.test/a@1.0.0"}}, r.Changes)
}

func TestSyncRejectsAndCountsBadEntries(t *testing.T) {
	b := newBench(t)
	b.source.content.Files = []source.File{{Data: []byte(`[{"name":"io.test/a","description":"d","version":"1.0.0"},{"name":"no slash"}]`)}}
	r, err := b.sync()
	require.NoError(t, err)
	require.Len(t, r.Sources[0].Rejected, 1, "one bad entry does not sink the file")
	require.Equal(t, 1, r.Stored.Servers)
	require.Equal(t, []registry.SourceState{{Type: "git", Revision: "r1", Servers: 1, Rejected: 1}}, r.Stored.Sources)
	require.Equal(t, "Our team", r.Stored.DisplayName)
	require.Equal(t, r.Sources[0].Rejected, r.Stored.Rejected)
}

func TestSyncKeepsGoodData(t *testing.T) {
	none := names(t, filter.Patterns{Exclude: []string{"*"}})
	tests := map[string]struct {
		why             string
		change          func(*bench)
		reason          string
		class           fault.Class
		fetched, parsed bool
	}{
		"source down": {
			why:    "pitfall 1: a failure may pass",
			change: func(b *bench) { b.source.err = errors.New("no route") },
			reason: "fallback", class: fault.Retry,
		},
		"not a registry": {
			why:    "the file must be mended",
			change: func(b *bench) { b.source.content.Files = []source.File{{Data: []byte("<html>")}} },
			reason: v1alpha1.ReasonInvalidData, class: fault.Terminal, fetched: true,
		},
		"empty": {
			why:    "pitfall 5: nothing does not replace something",
			change: func(b *bench) { b.source.content.Files = []source.File{{Data: catalog()}} },
			reason: v1alpha1.ReasonEmptyHeld, class: fault.Terminal, fetched: true, parsed: true,
		},
		"all filtered away": {
			why:    "pitfall 5: a filter that lets nothing through is held too",
			change: func(b *bench) { b.request.Filter, b.request.Inputs.FilterHash = none, "none" },
			reason: v1alpha1.ReasonEmptyHeld, class: fault.Terminal, fetched: true, parsed: true,
		},
		"all rejected": {
			why:    "a file of bad entries is as good as empty",
			change: func(b *bench) { b.source.content.Files = []source.File{{Data: []byte(`[{"name":"x"}]`)}} },
			reason: v1alpha1.ReasonEmptyHeld, class: fault.Terminal, fetched: true, parsed: true,
		},
		"storage down": {
			why:    "the Kubernetes API may be back in a moment",
			change: func(b *bench) { b.store.err = errors.New("timeout") },
			reason: v1alpha1.ReasonStorageFailed, class: fault.Retry, fetched: true, parsed: true,
		},
		"name taken": {
			why:    "pitfall 18: a person must move the foreign object",
			change: func(b *bench) { b.store.err = fmt.Errorf("%w: ConfigMap x", storage.ErrConflict) },
			reason: v1alpha1.ReasonNameConflict, class: fault.Terminal, fetched: true, parsed: true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			_, err := b.sync()
			require.NoError(t, err)
			good := b.store.snapshots[""]
			b.source.content.Revision = "r2"
			tc.change(b)
			r, err := b.sync()
			require.Error(t, err, tc.why)
			require.Equal(t, tc.reason, fault.ReasonOf(err, "fallback"), tc.why)
			require.Equal(t, tc.class, fault.ClassOf(err), tc.why)
			require.Equal(t, []bool{tc.fetched, tc.parsed}, []bool{r.Sources[0].Fetched, r.Sources[0].Parsed}, tc.why)
			require.Equal(t, good, b.store.snapshots[""], "what was good is still there")
		})
	}
}

func TestSyncAllowEmpty(t *testing.T) {
	b := newBench(t)
	_, err := b.sync()
	require.NoError(t, err)
	b.source.content = source.OneFile("r2", catalog())
	b.request.Guard.AllowEmpty = true
	r, err := b.sync()
	require.NoError(t, err)
	require.Len(t, r.Changes.Removed, 2)
	require.Zero(t, b.store.snapshots[""].Servers)
}

// Pitfall 11: the hash changed when only timestamps did. What a file says of itself
// is no part of the catalogue.
func TestOnlyTheFilesTimeChanges(t *testing.T) {
	const file = `{"last_updated":%q,"servers":{"a":{"description":"d","transport":"stdio","tools":["t"],"image":"ghcr.io/acme/a:1","tier":"Community","status":"Active"}}}`
	b := newBench(t)
	b.request.Sources[0].Format = format.ToolHive
	b.source.content = source.OneFile("r1", fmt.Appendf(nil, file, "2026-11-01T00:00:00Z"))
	b.mustSync(t)
	before := b.store.manifests[""].Digest
	b.source.content = source.OneFile("r2", fmt.Appendf(nil, file, "2026-11-02T00:00:00Z"))
	r := b.mustSync(t)
	require.False(t, r.Changes.Any())
	require.Equal(t, before, b.store.manifests[""].Digest)
}
