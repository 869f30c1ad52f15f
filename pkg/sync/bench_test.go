package sync_test

import (
	"bytes"
	"context"
	gosync "sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// bytesSource is a source whose content and failure the test sets.
type bytesSource struct {
	content source.Content
	err     error
	// hang makes it not answer at all.
	hang bool
	// panics makes it hit a bug.
	panics bool
}

func (b *bytesSource) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if b.panics {
		panic("index out of range")
	}
	if b.hang {
		<-ctx.Done()
		return source.Content{}, ctx.Err()
	}
	if b.err == nil && known != "" && known == b.content.Revision {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	return b.content, b.err
}

// memory is a storage without a cluster.
type memory struct {
	storage.Manager
	mu        gosync.Mutex
	snapshots map[string]registry.Snapshot
	manifests map[string]storage.Manifest
	publishes map[string]int
	// err is returned by Publish, for the slot "".
	err error
}

func (m *memory) Stat(_ context.Context, owner storage.Owner) (storage.Manifest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	manifest, found := m.manifests[owner.Slot]
	if !found {
		return storage.Manifest{}, storage.ErrNotFound
	}
	return manifest, nil
}

func (m *memory) Load(_ context.Context, owner storage.Owner) (registry.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	snapshot, found := m.snapshots[owner.Slot]
	if !found {
		return registry.Snapshot{}, storage.ErrNotFound
	}
	return snapshot, nil
}

func (m *memory) Publish(_ context.Context, owner storage.Owner, content registry.Content, origin storage.Origin, _ storage.Prepare) (storage.Manifest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil && owner.Slot == "" {
		return storage.Manifest{}, m.err
	}
	var text bytes.Buffer
	if _, err := content.WriteTo(&text); err != nil {
		return storage.Manifest{}, err
	}
	s := registry.Snapshot{Digest: content.Summary().Digest, Servers: content.Summary().Servers, Content: text.Bytes()}
	manifest := storage.Manifest{Digest: s.Digest, Servers: s.Servers, Size: int64(len(s.Content)), Origin: origin}
	m.snapshots[owner.Slot], m.manifests[owner.Slot] = s, manifest
	m.publishes[owner.Slot]++
	return manifest, nil
}

func (m *memory) lose(slot string) {
	delete(m.snapshots, slot)
	delete(m.manifests, slot)
}

// names are those of the servers that are stored in a slot.
func (m *memory) names(t *testing.T, slot string) []string {
	t.Helper()
	servers, err := format.Restore(m.snapshots[slot])
	require.NoError(t, err)
	names := []string{}
	for _, s := range servers {
		names = append(names, s.Name[len("io.test/"):])
	}
	return names
}

// bench is a registry to sync. The only source is called source; several are in
// sources, by name.
type bench struct {
	source  bytesSource
	sources map[string]*bytesSource
	store   memory
	syncer  sync.Syncer
	request sync.Request
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{source: bytesSource{content: source.OneFile("r1", catalog("a", "b"))}, sources: map[string]*bytesSource{}}
	b.store = memory{snapshots: map[string]registry.Snapshot{}, manifests: map[string]storage.Manifest{}, publishes: map[string]int{}}
	b.syncer = sync.Syncer{Storage: &b.store, Clock: clocktesting.NewFakePassiveClock(time.Unix(1e9, 0)), Memory: sync.NewMemory(64)}
	b.request = sync.Request{
		Owner:   storage.Owner{Namespace: "ns", Name: "team"},
		Sources: []sync.Source{{Type: "git", Hash: "s", Fetcher: &b.source, Format: format.Upstream}},
		Inputs:  storage.Inputs{SourceHash: "s", FilterHash: "f"}, DisplayName: "Our team",
		Timeout: time.Minute, Guard: sync.Guard{MaxRemovalPercent: 100},
	}
	return b
}

// newBenchOf has several sources instead, each with the servers that are named.
func newBenchOf(t *testing.T, names ...string) *bench {
	t.Helper()
	b := newBench(t)
	b.request.Sources, b.request.Inputs.SourceHash = nil, "several"
	for _, name := range names {
		b.add(name)
	}
	return b
}

func (b *bench) add(name string, servers ...string) {
	b.sources[name] = &bytesSource{content: source.OneFile("r1", catalog(servers...))}
	b.request.Sources = append(b.request.Sources, sync.Source{
		Name: name, Type: "git", Hash: "hash of " + name, Fetcher: b.sources[name], Format: format.Upstream,
	})
}

func (b *bench) sync() (sync.Result, error) { return b.syncer.Sync(context.Background(), b.request) }

func names(t *testing.T, patterns filter.Patterns) *filter.Filter {
	t.Helper()
	f, err := filter.New(filter.Spec{Names: patterns})
	require.NoError(t, err)
	return f
}
