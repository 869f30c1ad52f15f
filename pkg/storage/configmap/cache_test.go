package configmap_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/storagetest"
)

func TestStatCostsNothingWhileNothingChanges(t *testing.T) {
	c := newCluster()
	m := c.manager()
	want := publish(t, m, storagetest.Snapshot(1, 3000))
	before := c.requests()
	for range 3 {
		got, err := m.Stat(t.Context(), owner)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	publish(t, m, storagetest.Snapshot(1, 3000))
	require.NoError(t, m.Tidy(t.Context(), owner))
	require.Equal(t, before, c.requests(), "idle costs nothing")
}

func TestStatAfterARestart(t *testing.T) {
	c := newCluster()
	want := publish(t, c.manager(), storagetest.Snapshot(1, 3000))
	restarted := c.manager()
	before := c.bodies
	for range 3 {
		got, err := restarted.Stat(t.Context(), owner)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, 1+len(want.Chunks), c.bodies-before, "everything is verified once")
}

func TestForget(t *testing.T) {
	c := newCluster()
	m := c.manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	m.Forget(owner)
	before := c.bodies
	_, err := m.Stat(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, 2, c.bodies-before, "nothing is remembered, so all is read")
}

func TestStatWhenTheCallerChangesTheManifest(t *testing.T) {
	m := newCluster().manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	first, err := m.Stat(t.Context(), owner)
	require.NoError(t, err)
	first.Chunks[0].Name = "spoiled"
	second, err := m.Stat(t.Context(), owner)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

// TestLaggingCache has caches that have not seen our last writes yet.
func TestLaggingCache(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		before int // publishes that the cache has seen
	}{
		"absent": {"just after the first publish the cache knows no object", 0},
		"older":  {"just after a later one it knows the pointer's old version", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster()
			cache := &frozen{Client: fake.NewClientBuilder().Build()}
			m := configmap.New(c.live, cache, clocktesting.NewFakePassiveClock(noon))
			for i := range tc.before {
				manifest := publish(t, m, storagetest.Snapshot(byte(i), 10))
				cache.see(t, c.pointer(t, owner), c.get(t, owner, manifest.Chunks[0].Name))
			}
			want := publish(t, m, storagetest.Snapshot(9, 10))

			bodies := c.bodies
			got, err := m.Stat(t.Context(), owner)
			require.NoError(t, err, tc.why)
			require.Equal(t, want, got)
			require.Equal(t, bodies, c.bodies, "versions are enough to confirm what we wrote ourselves")

			c.RemoveChunk(t, owner, want.Chunks[0].Name)
			_, err = m.Stat(t.Context(), owner)
			require.ErrorIs(t, err, storage.ErrDamaged, "what we wrote is not believed without a look")
			c.RemovePointer(t, owner)
			_, err = m.Stat(t.Context(), owner)
			require.ErrorIs(t, err, storage.ErrNotFound)
		})
	}
}

// frozen is a cache that only knows what it was shown.
type frozen struct{ client.Client }

func (f *frozen) see(t *testing.T, objects ...client.Object) {
	t.Helper()
	// The builder keeps the versions of what it is given; Create would not.
	f.Client = fake.NewClientBuilder().WithObjects(objects...).Build()
}
