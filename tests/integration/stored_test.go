package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	registrydata "github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// stored are the names of the servers that an API service would serve now, read
// the way it reads them: from the pointer and its chunks, with their digests verified.
func (w *world) stored(ctx context.Context, r *v1alpha1.MCPRegistry) ([]string, error) {
	manager := configmap.New(w.Client, w.Client, w.clock)
	snapshot, err := manager.Load(ctx, storage.Owner{Namespace: r.Namespace, Name: r.Name, UID: r.UID})
	if err != nil {
		return nil, err
	}
	var names []string
	err = snapshot.Each(func(p registrydata.Parsed) error {
		names = append(names, p.Name[len("io.github.stacklok/"):])
		return nil
	})
	return names, err
}

// stores waits until exactly these servers are stored.
func (w *world) stores(t *testing.T, r *v1alpha1.MCPRegistry, names ...string) {
	t.Helper()
	slices.Sort(names)
	cluster.Eventually(t, fmt.Sprintf("%s to store %q", r.Name, names), func(ctx context.Context) error {
		have, err := w.stored(ctx, r)
		if err == nil && !slices.Equal(have, names) {
			err = fmt.Errorf("it stores %q", have)
		}
		return err
	})
}

// manifest is the content of the pointer.
func (w *world) manifest(t *testing.T, r *v1alpha1.MCPRegistry) storage.Manifest {
	t.Helper()
	var pointer corev1.ConfigMap
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.StorageName(r.Name)}, &pointer))
	var m storage.Manifest
	require.NoError(t, json.Unmarshal([]byte(pointer.Data[v1alpha1.StorageKeyManifest]), &m))
	return m
}
