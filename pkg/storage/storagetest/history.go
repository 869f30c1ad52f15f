package storagetest

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

func historyCases() map[string]func(*testing.T, world) {
	return map[string]func(*testing.T, world){
		"history":                    testHistory,
		"restore":                    testRestore,
		"restore the current one":    testRestoreCurrent,
		"restore what is not kept":   testRestoreNotKept,
		"restore what is damaged":    testRestoreDamaged,
		"restore over damage":        testRestoreOverDamage,
		"crash at every restore":     testCrashRestoring,
		"prepare before the restore": testRestorePrepares,
	}
}

// keeping is the world with an owner that keeps two earlier snapshots, of which
// the first n were published.
func (w world) keeping(t *testing.T, n int) world {
	t.Helper()
	w.owner.Keep = 2
	for i := range n {
		w.publish(t, Snapshot(byte(i+1), 10))
	}
	return w
}

func digests(history []storage.Past) []registry.Digest {
	var all []registry.Digest
	for _, p := range history {
		all = append(all, p.Digest)
	}
	return all
}

func digestsOf(seeds ...byte) []registry.Digest {
	var all []registry.Digest
	for _, seed := range seeds {
		all = append(all, Snapshot(seed, 10).Digest)
	}
	return all
}

func testHistory(t *testing.T, w world) {
	w = w.keeping(t, 5)
	manifest := w.requireStored(t, Snapshot(5, 10))
	require.Equal(t, digestsOf(4, 3), digests(manifest.History), "the last two are kept, the latest first")
	require.Equal(t, 10, manifest.History[0].Servers)
	require.Equal(t, origin().Revision, manifest.History[0].Revision)
	require.False(t, manifest.History[0].PublishedAt.IsZero())
	require.Len(t, w.Chunks(t, w.owner), 3, "what is before them is garbage")

	w.publish(t, Snapshot(4, 10))
	require.Equal(t, digestsOf(5, 3), digests(w.requireStored(t, Snapshot(4, 10)).History), "each is kept once")
	w.owner.Keep = 0
	w.publish(t, Snapshot(6, 10))
	require.Empty(t, w.requireStored(t, Snapshot(6, 10)).History)
	require.Len(t, w.Chunks(t, w.owner), 2, "the previous one stays for readers")
}

func testRestore(t *testing.T, w world) {
	w = w.keeping(t, 3)
	back, err := w.Restore(t.Context(), w.owner, Snapshot(1, 10).Digest, nil)
	require.NoError(t, err)
	require.True(t, back.Pinned)
	require.Zero(t, back.Inputs, "it was made from what is not wanted now")
	require.Equal(t, origin().DisplayName, back.DisplayName)
	require.Equal(t, digestsOf(3, 2), digests(back.History), "what was current can be chosen again")
	require.Equal(t, back, w.requireStored(t, Snapshot(1, 10)))

	writes := w.Writes()
	again, err := w.Restore(t.Context(), w.owner, back.Digest, nil)
	require.NoError(t, err)
	require.Equal(t, back, again)
	require.Equal(t, writes, w.Writes(), "what is so already is not written again")

	next := w.publish(t, Snapshot(4, 10))
	require.False(t, next.Pinned)
	require.Equal(t, digestsOf(1, 3), digests(next.History))
}

func testRestoreCurrent(t *testing.T, w world) {
	w = w.keeping(t, 2)
	want := w.requireStored(t, Snapshot(2, 10))
	pinned, err := w.Restore(t.Context(), w.owner, want.Digest, nil)
	require.NoError(t, err)
	want.Pinned, want.Inputs = true, storage.Inputs{}
	require.Equal(t, want, pinned, "it only is said to be chosen")
	unpinned := w.publish(t, Snapshot(2, 10))
	require.False(t, unpinned.Pinned)
	require.Equal(t, origin().Inputs, unpinned.Inputs)
}

func testRestoreNotKept(t *testing.T, w world) {
	_, err := w.Restore(t.Context(), w.owner, Snapshot(1, 10).Digest, nil)
	require.ErrorIs(t, err, storage.ErrNotFound, "there is nothing at all")
	w = w.keeping(t, 4)
	before := w.Writes()
	_, err = w.Restore(t.Context(), w.owner, Snapshot(1, 10).Digest, nil)
	require.ErrorIs(t, err, storage.ErrNotKept)
	require.Equal(t, before, w.Writes())
	w.requireStored(t, Snapshot(4, 10))
}

func testRestoreDamaged(t *testing.T, w world) {
	w = w.keeping(t, 3)
	old := w.requireStored(t, Snapshot(3, 10)).History[1]
	w.CorruptChunk(t, w.owner, old.Chunks[0].Name)
	_, err := w.Restore(t.Context(), w.owner, old.Digest, nil)
	require.ErrorIs(t, err, storage.ErrDamaged)
	w.requireStored(t, Snapshot(3, 10))
}

func testRestoreOverDamage(t *testing.T, w world) {
	w = w.keeping(t, 2)
	current := w.requireStored(t, Snapshot(2, 10))
	w.RemoveChunk(t, w.owner, current.Chunks[0].Name)
	back, err := w.Restore(t.Context(), w.owner, Snapshot(1, 10).Digest, nil)
	require.NoError(t, err, "an earlier snapshot is better than none")
	require.Empty(t, back.History, "what is damaged is not kept")
	w.requireStored(t, Snapshot(1, 10))
}

func testCrashRestoring(t *testing.T, w world) {
	for n := 0; ; n++ {
		require.NoError(t, w.Delete(t.Context(), w.owner))
		w := w.keeping(t, 4)
		want := digestsOf(4, 3)[1]
		w.FailWrites(n)
		_, err := w.Restore(t.Context(), w.owner, want, nil)
		w.FailWrites(-1)
		if err == nil {
			require.GreaterOrEqual(t, n, 1)
			w.requireStored(t, Snapshot(3, 10))
			return
		}
		w.requireStored(t, Snapshot(4, 10))
	}
}

func testRestorePrepares(t *testing.T, w world) {
	w = w.keeping(t, 2)
	calls := 0
	_, err := w.Restore(t.Context(), w.owner, Snapshot(1, 10).Digest, func(_ context.Context, m storage.Manifest) error {
		calls++
		w.requireStored(t, Snapshot(2, 10))
		stored := w.Chunks(t, w.owner)
		for _, c := range slices.Concat(m.Chunks, m.Previous) {
			require.Contains(t, stored, c.Name, "readers are admitted to what is there")
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 1, calls)
}
