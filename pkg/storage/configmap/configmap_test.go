package configmap_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/storagetest"
)

var owner = storagetest.Owner("acme")

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(*testing.T) (storage.Manager, storagetest.Damager) {
		c := newCluster()
		return c.manager(), c
	})
}

func publish(t *testing.T, m *configmap.Manager, snapshot registry.Snapshot) storage.Manifest {
	t.Helper()
	manifest, err := m.Publish(t.Context(), owner, snapshot, storage.Origin{Revision: "r1"}, nil)
	require.NoError(t, err)
	return manifest
}

func TestObjects(t *testing.T) {
	c := newCluster()
	manifest := publish(t, c.manager(), storagetest.Snapshot(1, 3000))
	require.Equal(t, noon, manifest.PublishedAt)

	pointer := c.pointer(t, owner)
	require.Nil(t, pointer.Immutable)
	var stored storage.Manifest
	require.NoError(t, json.Unmarshal([]byte(pointer.Data["manifest.json"]), &stored))
	require.Equal(t, manifest, stored)

	require.Greater(t, len(manifest.Chunks), 1)
	for i, described := range manifest.Chunks {
		require.Equal(t, chunk.Name("acme-registry-storage", manifest.Digest, i), described.Name)
		cm := c.get(t, owner, described.Name)
		require.True(t, *cm.Immutable)
		require.Len(t, cm.BinaryData["data"], described.Size)
		require.LessOrEqual(t, described.Size, 900<<10)
		require.Equal(t, pointer.Labels, cm.Labels)
		require.Equal(t, pointer.OwnerReferences, cm.OwnerReferences)
	}
	require.Equal(t, map[string]string{
		"toolhive.stacklok.dev/registry": "acme", "app.kubernetes.io/managed-by": "mcp-registry-operator",
		"app.kubernetes.io/component": "registry-storage", "app.kubernetes.io/name": "mcp-registry",
	}, pointer.Labels)
	require.Equal(t, []metav1.OwnerReference{{
		APIVersion: "toolhive.stacklok.dev/v1alpha1", Kind: "MCPRegistry", Name: "acme", UID: owner.UID,
		Controller: new(true), BlockOwnerDeletion: new(true),
	}}, pointer.OwnerReferences)
}

func TestLostLabelsAreRepaired(t *testing.T) {
	for name, strip := range map[string]func(m storage.Manifest) string{
		"pointer": func(storage.Manifest) string { return v1alpha1.StorageName(owner.Name) },
		"chunk":   func(m storage.Manifest) string { return m.Chunks[0].Name },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster()
			m := c.manager()
			snapshot := storagetest.Snapshot(1, 10)
			cm := c.get(t, owner, strip(publish(t, m, snapshot)))
			delete(cm.Labels, v1alpha1.LabelManagedBy)
			require.NoError(t, c.Update(t.Context(), cm))

			_, err := m.Stat(t.Context(), owner)
			require.ErrorIs(t, err, storage.ErrDamaged, "without labels the cache does not see it")
			_, err = m.Load(t.Context(), owner)
			require.NoError(t, err, "the content is whole all the same")
			publish(t, m, snapshot)
			_, err = m.Stat(t.Context(), owner)
			require.NoError(t, err)
		})
	}
}

func TestPointerMadeImmutableIsReplaced(t *testing.T) {
	c := newCluster()
	m := c.manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	pointer := c.pointer(t, owner)
	pointer.Immutable = new(true)
	require.NoError(t, c.Update(t.Context(), pointer))

	next := publish(t, m, storagetest.Snapshot(2, 10))
	got, err := m.Stat(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, next, got)
}

func TestAnnotationsOfOthersStay(t *testing.T) {
	c := newCluster()
	m := c.manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	pointer := c.pointer(t, owner)
	pointer.Annotations = map[string]string{"example.com/backup": "yes"}
	require.NoError(t, c.Update(t.Context(), pointer))
	publish(t, m, storagetest.Snapshot(2, 10))
	require.Equal(t, pointer.Annotations, c.pointer(t, owner).Annotations)
}

func TestTwoWritersDoNotOverwriteEachOther(t *testing.T) {
	for name, first := range map[string]bool{"first publish": true, "later publish": false} {
		t.Run(name, func(t *testing.T) {
			c := newCluster()
			slow, fast := c.manager(), c.manager()
			if !first {
				publish(t, slow, storagetest.Snapshot(1, 10))
			}
			_, err := slow.Publish(t.Context(), owner, storagetest.Snapshot(2, 10), storage.Origin{}, func(context.Context, storage.Manifest) error {
				publish(t, fast, storagetest.Snapshot(3, 10))
				return nil
			})
			require.Error(t, err, "two leaders are possible; the slower one must look again")
			require.Equal(t, first, !apierrors.IsConflict(err))
			require.NotErrorIs(t, err, storage.ErrConflict, "the other writer is us")

			publish(t, slow, storagetest.Snapshot(2, 10))
			got, err := fast.Stat(t.Context(), owner)
			require.NoError(t, err)
			require.Equal(t, storagetest.Snapshot(2, 10).Digest, got.Digest)
		})
	}
}

func TestRegistryMadeAgain(t *testing.T) {
	c := newCluster()
	m := c.manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	again := owner
	again.UID = "another"
	_, err := m.Stat(t.Context(), again)
	require.ErrorIs(t, err, storage.ErrConflict, "what the first one left belongs to the garbage collector")
}

func TestManifestOfAnotherRegistry(t *testing.T) {
	c := newCluster()
	m := c.manager()
	publish(t, m, storagetest.Snapshot(1, 10))
	other := storagetest.Owner("other")
	_, err := m.Publish(t.Context(), other, storagetest.Snapshot(2, 10), storage.Origin{}, nil)
	require.NoError(t, err)

	pointer := c.pointer(t, owner)
	pointer.Data = c.pointer(t, other).Data
	require.NoError(t, c.Update(t.Context(), pointer))
	known, err := m.Stat(t.Context(), owner)
	require.ErrorIs(t, err, storage.ErrDamaged, "names in a manifest are granted to the API service")
	require.Empty(t, known.Chunks)
}
