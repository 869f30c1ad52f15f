package configmap

import (
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// version identifies one state of one object.
type version struct {
	uid             types.UID
	resourceVersion string
}

func versionOf(obj client.Object) version {
	return version{obj.GetUID(), obj.GetResourceVersion()}
}

// found is what is known of a stored snapshot.
type found struct {
	manifest storage.Manifest
	// versions are those of the pointer and of the manifest's chunks, by name.
	versions map[string]version
}

func (f found) clone() found {
	f.manifest.Chunks = slices.Clone(f.manifest.Chunks)
	f.manifest.Previous = slices.Clone(f.manifest.Previous)
	f.manifest.History = slices.Clone(f.manifest.History)
	for i := range f.manifest.History {
		f.manifest.History[i].Chunks = slices.Clone(f.manifest.History[i].Chunks)
	}
	f.manifest.Sources = slices.Clone(f.manifest.Sources)
	f.manifest.Rejected = slices.Clone(f.manifest.Rejected)
	f.versions = maps.Clone(f.versions)
	return f
}

// memory keeps what was verified or written, one entry an owner. An entry is
// never believed by itself: it saves reading objects whose versions are still
// the same. The zero value is empty.
type memory struct {
	mu      sync.Mutex
	byOwner map[slot]found
}

// slot identifies an owner.
type slot struct {
	uid  types.UID
	name string
}

func slotOf(owner storage.Owner) slot { return slot{owner.UID, owner.Slot} }

func (m *memory) remember(owner storage.Owner, f found) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byOwner == nil {
		m.byOwner = map[slot]found{}
	}
	m.byOwner[slotOf(owner)] = f.clone()
}

func (m *memory) recall(owner storage.Owner) (found, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.byOwner[slotOf(owner)]
	return f.clone(), ok
}

func (m *memory) forget(owner storage.Owner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byOwner, slotOf(owner))
}
