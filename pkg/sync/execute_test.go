package sync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// bytesSource is a source whose content and failure the test sets.
type bytesSource struct {
	content source.Content
	err     error
}

func (b *bytesSource) Fetch(_ context.Context, known source.Revision) (source.Content, error) {
	if b.err == nil && known != "" && known == b.content.Revision {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	return b.content, b.err
}

// memory is a storage of one snapshot.
type memory struct {
	storage.Manager
	snapshot  *registry.Snapshot
	publishes int
	err       error
}

func (m *memory) Load(context.Context, storage.Owner) (registry.Snapshot, error) {
	if m.snapshot == nil {
		return registry.Snapshot{}, storage.ErrNotFound
	}
	return *m.snapshot, nil
}

func (m *memory) Publish(_ context.Context, _ storage.Owner, s registry.Snapshot, origin storage.Origin, _ storage.Prepare) (storage.Manifest, error) {
	if m.err != nil {
		return storage.Manifest{}, m.err
	}
	m.snapshot, m.publishes = &s, m.publishes+1
	return storage.Manifest{Digest: s.Digest, Servers: s.Servers, Origin: origin}, nil
}

func catalog(names ...string) []byte {
	var entries []string
	for _, n := range names {
		entries = append(entries, fmt.Sprintf(`{"name":"io.test/%s","description":"d","version":"1.0.0"}`, n))
	}
	return []byte("[" + strings.Join(entries, ",") + "]")
}

type bench struct {
	source  bytesSource
	store   memory
	syncer  sync.Syncer
	request sync.Request
}

func newBench(t *testing.T) *bench {
	t.Helper()
	everything, err := filter.New(filter.Spec{})
	require.NoError(t, err)
	b := &bench{source: bytesSource{content: source.OneFile("r1", catalog("a", "b"))}}
	b.syncer = sync.Syncer{Storage: &b.store, Clock: clocktesting.NewFakePassiveClock(time.Unix(1e9, 0))}
	b.request = sync.Request{Fetcher: &b.source, Format: "upstream", Filter: everything, SourceType: "git", DisplayName: "Our team"}
	return b
}

func (b *bench) sync() (sync.Result, error) { return b.syncer.Sync(context.Background(), b.request) }

func TestSync(t *testing.T) {
	b := newBench(t)
	r, err := b.sync()
	require.NoError(t, err)
	require.Equal(t, []string{"io.test/a@1.0.0", "io.test/b@1.0.0"}, r.Changes.Added)
	require.Equal(t, 2, r.Stored.Servers)
	require.Equal(t, source.Revision("r1"), r.Revision)

	b.request.Known = "r1"
	r, err = b.sync()
	require.NoError(t, err)
	require.True(t, r.Unchanged)
	require.Equal(t, 1, b.store.publishes, "an unchanged source is not parsed or stored again")

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
	require.Len(t, r.Rejected, 1, "one bad entry does not sink the file")
	require.Equal(t, 1, r.Stored.Servers)
	require.Equal(t, []registry.SourceState{{Type: "git", Revision: "r1", Servers: 1, Rejected: 1}}, r.Stored.Sources)
	require.Equal(t, "Our team", r.Stored.DisplayName)
	require.Equal(t, []registry.RejectedEntry{{Entry: r.Rejected[0].Entry, Reason: r.Rejected[0].Reason}}, r.Stored.Rejected)
}

func TestSyncKeepsGoodData(t *testing.T) {
	none, err := filter.New(filter.Spec{Names: filter.Patterns{Exclude: []string{"*"}}})
	require.NoError(t, err)
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
			change: func(b *bench) { b.request.Filter = none },
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
			good := *b.store.snapshot
			b.source.content.Revision = "r2"
			tc.change(b)
			r, err := b.sync()
			require.Error(t, err, tc.why)
			require.Equal(t, tc.reason, fault.ReasonOf(err, "fallback"), tc.why)
			require.Equal(t, tc.class, fault.ClassOf(err), tc.why)
			require.Equal(t, []bool{tc.fetched, tc.parsed}, []bool{r.Fetched, r.Parsed}, tc.why)
			require.Equal(t, good, *b.store.snapshot, "what was good is still there")
		})
	}
}

func TestSyncAllowEmpty(t *testing.T) {
	b := newBench(t)
	_, err := b.sync()
	require.NoError(t, err)
	b.source.content = source.OneFile("r2", catalog())
	b.request.AllowEmpty = true
	r, err := b.sync()
	require.NoError(t, err)
	require.Len(t, r.Changes.Removed, 2)
	require.Zero(t, b.store.snapshot.Servers)
}
