package storagetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// testCrash stops a publish after every possible number of writes.
func testCrash(t *testing.T, w world) {
	old, current, next := Snapshot(1, 10), Snapshot(2, 10), Snapshot(3, 3000)
	for n := 0; ; n++ {
		require.NoError(t, w.Delete(t.Context(), w.owner))
		w.publish(t, old)
		w.publish(t, current)

		w.FailWrites(n)
		err := w.tryPublish(t, next)
		w.FailWrites(-1)
		if err == nil {
			require.GreaterOrEqual(t, n, 4, "two chunks, the pointer and a deletion can each fail")
			return
		}
		manifest, err := w.Stat(t.Context(), w.owner)
		require.NoErrorf(t, err, "after %d writes", n)
		if manifest.Digest == next.Digest {
			w.requireStored(t, next)
		} else {
			w.requireStored(t, current)
		}
		manifest = w.publish(t, next)
		w.requireStored(t, next)
		require.Equal(t, names(manifest.Chunks, manifest.Previous), w.Chunks(t, w.owner), "after %d writes", n)
	}
}

// testTidy tidies up after a publish that stopped after every possible number of
// writes and is never tried again: the next content is another.
func testTidy(t *testing.T, w world) {
	for n := 0; ; n++ {
		require.NoError(t, w.Delete(t.Context(), w.owner))
		w.publish(t, Snapshot(1, 10))
		w.publish(t, Snapshot(2, 10))
		w.FailWrites(n)
		err := w.tryPublish(t, Snapshot(3, 3000))
		w.FailWrites(-1)
		for range 2 {
			require.NoError(t, w.Tidy(t.Context(), w.owner))
		}
		manifest, errStat := w.Stat(t.Context(), w.owner)
		require.NoError(t, errStat)
		require.Equal(t, names(manifest.Chunks, manifest.Previous), w.Chunks(t, w.owner), "after %d writes", n)
		before := w.Writes()
		require.NoError(t, w.Tidy(t.Context(), w.owner))
		require.Equal(t, before, w.Writes(), "there is nothing to do")
		if err == nil {
			return
		}
	}
}

// testTidyFirst: what cannot be published leaves nothing, however often it is tried.
func testTidyFirst(t *testing.T, w world) {
	for i := range byte(3) {
		w.FailWrites(1)
		require.Error(t, w.tryPublish(t, Snapshot(i, 3000)))
		w.FailWrites(-1)
		require.NotEmpty(t, w.Chunks(t, w.owner))
		require.NoError(t, w.Tidy(t.Context(), w.owner))
		require.Empty(t, w.Chunks(t, w.owner))
	}
}

// testTidyDamaged: what a damaged snapshot needs is not known.
func testTidyDamaged(t *testing.T, w world) {
	w.publish(t, Snapshot(1, 3000))
	w.CorruptPointer(t, w.owner)
	before := w.Chunks(t, w.owner)
	require.NoError(t, w.Tidy(t.Context(), w.owner))
	require.Equal(t, before, w.Chunks(t, w.owner))
}

// testCrashRepairing stops a repair after every possible number of writes.
func testCrashRepairing(t *testing.T, w world) {
	snapshot := Snapshot(1, 3000)
	for n := 0; ; n++ {
		manifest := w.publish(t, snapshot)
		w.RemoveChunk(t, w.owner, manifest.Chunks[0].Name)
		w.CorruptChunk(t, w.owner, manifest.Chunks[1].Name)

		w.FailWrites(n)
		err := w.tryPublish(t, snapshot)
		w.FailWrites(-1)
		w.publish(t, snapshot)
		require.Equal(t, manifest, w.requireStored(t, snapshot), "a repair makes nothing new")
		if err == nil {
			return
		}
	}
}

func testRemovedPointer(t *testing.T, w world) {
	snapshot := Snapshot(1, 10)
	w.publish(t, snapshot)
	w.RemovePointer(t, w.owner)
	requireRepair(t, w, snapshot, storage.ErrNotFound)
}

func testCorruptPointer(t *testing.T, w world) {
	snapshot := Snapshot(1, 10)
	w.publish(t, snapshot)
	w.CorruptPointer(t, w.owner)
	requireRepair(t, w, snapshot, storage.ErrDamaged)
}

func testRemovedChunk(t *testing.T, w world) {
	snapshot := Snapshot(1, 3000)
	manifest := w.publish(t, snapshot)
	w.RemoveChunk(t, w.owner, manifest.Chunks[1].Name)
	known, err := w.Stat(t.Context(), w.owner)
	require.ErrorIs(t, err, storage.ErrDamaged)
	require.Equal(t, manifest, known, "what is known helps to decide what to do")
	requireRepair(t, w, snapshot, storage.ErrDamaged)
}

func testCorruptChunk(t *testing.T, w world) {
	snapshot := Snapshot(1, 3000)
	manifest := w.publish(t, snapshot)
	w.CorruptChunk(t, w.owner, manifest.Chunks[0].Name)
	requireRepair(t, w, snapshot, storage.ErrDamaged)
}

func testDamageThenNews(t *testing.T, w world) {
	manifest := w.publish(t, Snapshot(1, 10))
	w.RemoveChunk(t, w.owner, manifest.Chunks[0].Name)
	next := Snapshot(2, 10)
	w.publish(t, next)
	w.requireStored(t, next)
}

func requireRepair(t *testing.T, w world, snapshot registry.Snapshot, want error) {
	t.Helper()
	w.requireStat(t, want)
	w.requireStat(t, want)
	_, err := w.Load(t.Context(), w.owner)
	require.ErrorIs(t, err, want)
	w.publish(t, snapshot)
	w.requireStored(t, snapshot)
}

func testForeignPointer(t *testing.T, w world) {
	untouched := w.OccupyPointer(t, w.owner)
	before := w.Writes()
	w.requireStat(t, storage.ErrConflict)
	_, err := w.Load(t.Context(), w.owner)
	require.ErrorIs(t, err, storage.ErrConflict)
	require.ErrorIs(t, w.tryPublish(t, Snapshot(1, 10)), storage.ErrConflict)
	require.Equal(t, before, w.Writes(), "what cannot succeed is not begun")
	require.NoError(t, w.Delete(t.Context(), w.owner))
	untouched(t)
}

func testForeignChunk(t *testing.T, w world) {
	old, next := Snapshot(1, 10), Snapshot(2, 10)
	name := w.publish(t, next).Chunks[0].Name
	require.NoError(t, w.Delete(t.Context(), w.owner))
	w.publish(t, old)

	untouched := w.OccupyChunk(t, w.owner, name)
	err := w.tryPublish(t, next)
	require.ErrorIs(t, err, storage.ErrConflict)
	require.ErrorContains(t, err, name, "the user needs to know what to remove")
	w.requireStored(t, old)
	w.publish(t, Snapshot(3, 10))
	require.NoError(t, w.Delete(t.Context(), w.owner))
	untouched(t)
}
