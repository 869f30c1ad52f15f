package storagetest

import (
	"maps"
	"path"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Damager does to a backend's storage what people and crashes do.
type Damager interface {
	// Writes is the number of writes that were tried so far.
	Writes() int
	// FailWrites makes all writes after the next n fail, as a crash does;
	// negative ends it.
	FailWrites(n int)
	// Chunks are the names of all objects that hold content for owner, sorted.
	Chunks(t *testing.T, owner storage.Owner) []string

	// RemovePointer deletes what says which snapshot is current.
	RemovePointer(t *testing.T, owner storage.Owner)
	// CorruptPointer replaces the manifest by something that is none.
	CorruptPointer(t *testing.T, owner storage.Owner)
	// RemoveChunk deletes the object of this name.
	RemoveChunk(t *testing.T, owner storage.Owner, name string)
	// CorruptChunk replaces the content of the object of this name.
	CorruptChunk(t *testing.T, owner storage.Owner, name string)

	// OccupyPointer puts an object of somebody else where the pointer belongs.
	// The function it returns fails the test if that object is not as it was.
	OccupyPointer(t *testing.T, owner storage.Owner) (untouched func(t *testing.T))
	// OccupyChunk does the same for the object of this name.
	OccupyChunk(t *testing.T, owner storage.Owner, name string) (untouched func(t *testing.T))
}

// Factory makes an empty backend.
type Factory func(t *testing.T) (storage.Manager, Damager)

// world is what a case works with.
type world struct {
	storage.Manager
	Damager
	owner storage.Owner
}

// Run runs the suite, for what a registry serves and for the slot of a source.
func Run(t *testing.T, factory Factory) {
	for _, owner := range []storage.Owner{Owner("acme"), Owner("acme").In("catalogue")} {
		all := cases()
		maps.Copy(all, historyCases())
		for name, test := range all {
			t.Run(path.Join(owner.Slot, name), func(t *testing.T) {
				manager, damager := factory(t)
				test(t, world{manager, damager, owner})
			})
		}
	}
}

// Owner returns the owner of that name in the namespace that the suite uses.
func Owner(name string) storage.Owner {
	return storage.Owner{Namespace: "default", Name: name, UID: types.UID("uid-of-" + name)}
}

// origin is what the suite says of its snapshots.
func origin() storage.Origin {
	return storage.Origin{
		Inputs: storage.Inputs{SourceHash: "s", FilterHash: "f"}, Revision: "r1",
		About: registry.About{
			DisplayName: "Acme's servers",
			Sources:     []registry.SourceState{{Type: "git", Revision: "r1", Servers: 10, Rejected: 1}},
			Rejected:    []registry.RejectedEntry{{Entry: "#3", Reason: "name: it has no slash"}},
		},
	}
}

func (w world) publish(t *testing.T, snapshot registry.Snapshot) storage.Manifest {
	t.Helper()
	manifest, err := w.Publish(t.Context(), w.owner, snapshot, origin(), nil)
	require.NoError(t, err)
	return manifest
}

// tryPublish is for publishes that may fail.
func (w world) tryPublish(t *testing.T, snapshot registry.Snapshot) error {
	t.Helper()
	_, err := w.Publish(t.Context(), w.owner, snapshot, origin(), nil)
	return err
}

// requireStored checks that want is stored, whole and readable.
func (w world) requireStored(t *testing.T, want registry.Snapshot) storage.Manifest {
	t.Helper()
	manifest, err := w.Stat(t.Context(), w.owner)
	require.NoError(t, err)
	require.Equal(t, want.Digest, manifest.Digest)
	require.Equal(t, want.Servers, manifest.Servers)
	require.EqualValues(t, len(want.Content), manifest.Size)
	got, err := w.Load(t.Context(), w.owner)
	require.NoError(t, err)
	require.Equal(t, want.Digest, got.Digest)
	require.Equal(t, want.Servers, got.Servers)
	require.Equal(t, want.Digest, registry.DigestOf(got.Content))
	return manifest
}

func (w world) requireStat(t *testing.T, want error) {
	t.Helper()
	_, err := w.Stat(t.Context(), w.owner)
	require.ErrorIs(t, err, want)
}
