package storagetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

func cases() map[string]func(*testing.T, world) {
	return map[string]func(*testing.T, world){
		"empty":                        testEmpty,
		"round trip":                   testRoundTrip,
		"same again":                   testSameAgain,
		"new inputs":                   testNewInputs,
		"told to people":               testAbout,
		"described":                    testDescribe,
		"prepare":                      testPrepare,
		"prepare fails":                testPrepareFails,
		"old chunks":                   testOldChunks,
		"back to the previous":         testBack,
		"leftovers of a crash":         testLeftovers,
		"tidied after a crash":         testTidy,
		"tidied, nothing published":    testTidyFirst,
		"tidied, damaged":              testTidyDamaged,
		"two owners":                   testTwoOwners,
		"slots":                        testSlots,
		"delete":                       testDelete,
		"100,000 servers":              testLarge,
		"crash at every write":         testCrash,
		"crash while repairing":        testCrashRepairing,
		"pitfall 3: removed pointer":   testRemovedPointer,
		"pitfall 3: corrupt pointer":   testCorruptPointer,
		"pitfall 3: removed chunk":     testRemovedChunk,
		"pitfall 3: corrupt chunk":     testCorruptChunk,
		"pitfall 3: damage, then news": testDamageThenNews,
		"pitfall 18: foreign pointer":  testForeignPointer,
		"pitfall 18: foreign chunk":    testForeignChunk,
	}
}

func testEmpty(t *testing.T, w world) {
	w.requireStat(t, storage.ErrNotFound)
	_, err := w.Load(t.Context(), w.owner)
	require.ErrorIs(t, err, storage.ErrNotFound)
	require.Zero(t, w.Writes())
}

func testRoundTrip(t *testing.T, w world) {
	for name, servers := range map[string]int{"empty": 0, "small": 3, "several chunks": 6000} {
		t.Run(name, func(t *testing.T) {
			snapshot := Snapshot(1, servers)
			published := w.publish(t, snapshot)
			require.Equal(t, published, w.requireStored(t, snapshot))
			require.Equal(t, origin(), published.Origin)
			require.False(t, published.PublishedAt.IsZero())
			if servers > 1000 {
				require.Greater(t, len(published.Chunks), 2, "the case is about several chunks")
			}
		})
	}
}

func testSameAgain(t *testing.T, w world) {
	snapshot := Snapshot(1, 10)
	first := w.publish(t, snapshot)
	before := w.Writes()
	require.Equal(t, first, w.publish(t, snapshot))
	require.Equal(t, before, w.Writes(), "what is stored already must not be written")
}

func testNewInputs(t *testing.T, w world) {
	w.publish(t, Snapshot(1, 10))
	snapshot := Snapshot(2, 10)
	first := w.publish(t, snapshot)
	before := w.Writes()
	origin := origin()
	origin.Inputs.FilterHash, origin.Revision = "another", "r2"
	second, err := w.Publish(t.Context(), w.owner, snapshot, origin, nil)
	require.NoError(t, err)
	require.Equal(t, before+1, w.Writes(), "pitfall 11: a filter without effect is recorded, in one write")

	want := first
	want.Origin = origin
	require.Equal(t, want, second, "the content did not become current again, and what was before it stays")
	require.Equal(t, want, w.requireStored(t, snapshot))
}

func testPrepare(t *testing.T, w world) {
	old, next := Snapshot(1, 10), Snapshot(2, 10)
	w.publish(t, old)
	calls := 0
	manifest, err := w.Publish(t.Context(), w.owner, next, storage.Origin{}, func(_ context.Context, m storage.Manifest) error {
		calls++
		require.Equal(t, next.Digest, m.Digest)
		w.requireStored(t, old)
		require.NotEmpty(t, m.Chunks, "readers are admitted to what is going to be there")
		require.Equal(t, names(m.Previous), w.Chunks(t, w.owner), "and nothing of it is written before")
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 1, calls)
	require.Equal(t, manifest, w.requireStored(t, next))
}

func testPrepareFails(t *testing.T, w world) {
	old, next := Snapshot(1, 10), Snapshot(2, 10)
	w.publish(t, old)
	refusal := errors.New("no Role")
	_, err := w.Publish(t.Context(), w.owner, next, storage.Origin{}, func(context.Context, storage.Manifest) error { return refusal })
	require.ErrorIs(t, err, refusal)
	require.Equal(t, names(w.requireStored(t, old).Chunks), w.Chunks(t, w.owner), "nothing was written")
	w.publish(t, next)
	w.requireStored(t, next)
}

func testOldChunks(t *testing.T, w world) {
	first := w.publish(t, Snapshot(1, 3000))
	second := w.publish(t, Snapshot(2, 10))
	require.Equal(t, first.Chunks, second.Previous)
	require.Equal(t, names(first.Chunks, second.Chunks), w.Chunks(t, w.owner), "a reader may still load the previous snapshot")
	third := w.publish(t, Snapshot(3, 10))
	require.Equal(t, second.Chunks, third.Previous)
	require.Equal(t, names(second.Chunks, third.Chunks), w.Chunks(t, w.owner), "what is before the previous one is garbage")
}

func testBack(t *testing.T, w world) {
	first, second := Snapshot(1, 10), Snapshot(2, 10)
	w.publish(t, first)
	before := w.publish(t, second)
	back := w.publish(t, first)
	require.Equal(t, before.Chunks, back.Previous)
	w.requireStored(t, first)
	require.Len(t, w.Chunks(t, w.owner), 2)
}

func testLeftovers(t *testing.T, w world) {
	current := Snapshot(1, 10)
	manifest := w.publish(t, current)
	w.FailWrites(1)
	require.Error(t, w.tryPublish(t, Snapshot(2, 10)))
	w.FailWrites(-1)
	require.Len(t, w.Chunks(t, w.owner), 2, "the case is about a chunk that nobody names")
	w.publish(t, current)
	require.Equal(t, names(manifest.Chunks), w.Chunks(t, w.owner))
}

func testTwoOwners(t *testing.T, w world) {
	// One name is the beginning of the other, so prefixes are no way to tell.
	other := world{w.Manager, w.Damager, Owner("acme-registry-storage")}
	mine, theirs := Snapshot(1, 10), Snapshot(2, 20)
	w.publish(t, mine)
	other.publish(t, theirs)
	w.publish(t, Snapshot(3, 10))
	w.publish(t, Snapshot(4, 10))
	other.requireStored(t, theirs)
	require.NoError(t, w.Delete(t.Context(), w.owner))
	other.requireStored(t, theirs)
	w.requireStat(t, storage.ErrNotFound)
}

func testSlots(t *testing.T, w world) {
	served, one, two := w.owner.In(""), w.owner.In("one"), w.owner.In("one-more")
	owners := []storage.Owner{served, one, two}
	for i, owner := range owners {
		for n := range 3 { // so that there is garbage to collect
			world{w.Manager, w.Damager, owner}.publish(t, Snapshot(byte(10*i+n), 10))
		}
	}
	for i, owner := range owners {
		world{w.Manager, w.Damager, owner}.requireStored(t, Snapshot(byte(10*i+2), 10))
		require.Len(t, w.Chunks(t, owner), 2)
	}
	slots, err := w.Slots(t.Context(), w.owner)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "one-more"}, slots)

	require.NoError(t, w.Delete(t.Context(), one))
	slots, err = w.Slots(t.Context(), w.owner)
	require.NoError(t, err)
	require.Equal(t, []string{"one-more"}, slots)
	world{w.Manager, w.Damager, served}.requireStored(t, Snapshot(2, 10))
	world{w.Manager, w.Damager, two}.requireStored(t, Snapshot(22, 10))

	slots, err = w.Slots(t.Context(), Owner("another"))
	require.NoError(t, err)
	require.Empty(t, slots)
}

func testDelete(t *testing.T, w world) {
	require.NoError(t, w.Delete(t.Context(), w.owner), "nothing stored is no error")
	w.publish(t, Snapshot(1, 10))
	w.publish(t, Snapshot(2, 10))
	require.NoError(t, w.Delete(t.Context(), w.owner))
	w.requireStat(t, storage.ErrNotFound)
	require.Empty(t, w.Chunks(t, w.owner))
}

func testLarge(t *testing.T, w world) {
	if testing.Short() || w.owner.Slot != "" {
		t.Skip("100,000 servers take a while")
	}
	snapshot := Snapshot(1, 100_000) // pitfall 30: users hit the limit of one ConfigMap at about 800 servers
	w.publish(t, snapshot)
	w.requireStored(t, snapshot)
}

func names(lists ...[]storage.Chunk) []string {
	var all []string
	for _, list := range lists {
		for _, c := range list {
			all = append(all, c.Name)
		}
	}
	slices.Sort(all)
	return all
}
