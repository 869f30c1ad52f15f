package storagetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// testAbout has the same records with other rejected entries beside them.
func testAbout(t *testing.T, w world) {
	snapshot := Snapshot(1, 10)
	first := w.publish(t, snapshot)
	for why, change := range map[string]func(*registry.About){
		"a count":         func(a *registry.About) { a.Sources[0].Rejected++ },
		"a reason":        func(a *registry.About) { a.Rejected[0].Reason = "version: it is missing" },
		"nothing is left": func(a *registry.About) { a.Rejected = nil },
		"hostile texts": func(a *registry.About) {
			a.Rejected = make([]registry.RejectedEntry, 10_000)
			a.Rejected[0].Reason = "\xff\u2028<script>"
		},
	} {
		news := origin()
		change(&news.About)
		before := w.Writes()
		for range 2 {
			published, err := w.Publish(t.Context(), w.owner, snapshot, news, nil)
			require.NoError(t, err, why)
			want := first
			want.Origin = news
			want.About = news.Bounded()
			require.Equal(t, want, published, "%s: the content is not new for that", why)
			require.Equal(t, want, w.requireStored(t, snapshot), why)
		}
		require.Equal(t, before+1, w.Writes(), "%s is news once, for one write", why)
	}
}

func testDescribe(t *testing.T, w world) {
	_, err := w.Describe(t.Context(), w.owner, registry.About{})
	require.ErrorIs(t, err, storage.ErrNotFound, "there is nothing to describe")
	require.Zero(t, w.Writes())

	w.publish(t, Snapshot(1, 10))
	snapshot := Snapshot(2, 10)
	want := w.publish(t, snapshot)
	same, err := w.Describe(t.Context(), w.owner, want.About)
	require.NoError(t, err)
	require.Equal(t, want, same)

	before := w.Writes()
	want.DisplayName = "Another name"
	described, err := w.Describe(t.Context(), w.owner, want.About)
	require.NoError(t, err)
	require.Equal(t, want, described)
	require.Equal(t, want, w.requireStored(t, snapshot), "only that has changed")
	require.Equal(t, before+1, w.Writes())

	w.RemoveChunk(t, w.owner, want.Chunks[0].Name)
	before = w.Writes()
	_, err = w.Describe(t.Context(), w.owner, registry.About{})
	require.ErrorIs(t, err, storage.ErrDamaged, "what is damaged is repaired first")
	require.Equal(t, before, w.Writes())
}
