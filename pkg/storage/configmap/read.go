package configmap

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

// errUnlabelled is damage that does not concern the content.
var errUnlabelled = fmt.Errorf("%w: labels are missing", storage.ErrDamaged)

// look returns what is stored, from memory if no object has changed since.
func (m *Manager) look(ctx context.Context, owner storage.Owner) (found, error) {
	known, ok := m.memory.recall(owner)
	if ok && m.unchanged(ctx, owner, known.versions) {
		return known, nil
	}
	current, _, err := m.read(ctx, owner)
	return current, err
}

// unchanged says whether all objects still have these versions. The cache
// answers for nothing; it lags behind our own writes, so where it disagrees the
// API server is asked. An error counts as a change: reading tells which one.
func (m *Manager) unchanged(ctx context.Context, owner storage.Owner, versions map[string]version) bool {
	for name, want := range versions {
		if !m.has(ctx, m.meta, owner, name, want) && !m.has(ctx, m.live, owner, name, want) {
			return false
		}
	}
	return true
}

func (m *Manager) has(ctx context.Context, from client.Reader, owner storage.Owner, name string, want version) bool {
	obj, err := m.metadata(ctx, from, owner, name)
	return err == nil && versionOf(obj) == want
}

func (m *Manager) metadata(ctx context.Context, from client.Reader, owner storage.Owner, name string) (*metav1.PartialObjectMetadata, error) {
	obj := &metav1.PartialObjectMetadata{}
	obj.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	err := from.Get(ctx, key(owner, name), obj)
	return obj, err
}

// read reads and verifies everything, and remembers it if it is whole. With
// [storage.ErrDamaged] it returns what is known; with errUnlabelled, all.
func (m *Manager) read(ctx context.Context, owner storage.Owner) (found, registry.Snapshot, error) {
	m.memory.forget(owner)
	pointer, err := m.readPointer(ctx, owner)
	if err != nil {
		return found{}, registry.Snapshot{}, err
	}
	result := found{versions: map[string]version{pointer.Name: versionOf(pointer)}}
	manifest, err := parse(owner, pointer)
	if err != nil {
		return result, registry.Snapshot{}, err
	}
	result.manifest = manifest

	allLabelled := labelled(owner, pointer)
	snapshot, err := chunk.Join(manifest, func(c storage.Chunk) ([]byte, error) {
		cm, err := m.readChunk(ctx, owner, c.Name)
		if err != nil {
			return nil, err
		}
		result.versions[c.Name] = versionOf(cm)
		allLabelled = allLabelled && labelled(owner, cm)
		return cm.BinaryData[v1alpha1.StorageKeyChunk], nil
	})
	if err != nil {
		return result, registry.Snapshot{}, fmt.Errorf("ConfigMap %s/%s: %w", owner.Namespace, pointer.Name, err)
	}
	if !allLabelled {
		return result, snapshot, errUnlabelled
	}
	m.memory.remember(owner, result)
	return result, snapshot, nil
}

func (m *Manager) readPointer(ctx context.Context, owner storage.Owner) (*corev1.ConfigMap, error) {
	name := pointerName(owner)
	var cm corev1.ConfigMap
	err := m.live.Get(ctx, key(owner, name), &cm)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("%w: ConfigMap %s/%s does not exist", storage.ErrNotFound, owner.Namespace, name)
	case err != nil:
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", owner.Namespace, name, err)
	case !owned(owner, &cm):
		return nil, conflict(owner, name)
	}
	return &cm, nil
}

func (m *Manager) readChunk(ctx context.Context, owner storage.Owner, name string) (*corev1.ConfigMap, error) {
	var cm corev1.ConfigMap
	err := m.live.Get(ctx, key(owner, name), &cm)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("%w: ConfigMap %s/%s does not exist", storage.ErrDamaged, owner.Namespace, name)
	case err != nil:
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", owner.Namespace, name, err)
	case !owned(owner, &cm):
		return nil, fmt.Errorf("%w: ConfigMap %s/%s is not ours", storage.ErrDamaged, owner.Namespace, name)
	}
	return &cm, nil
}

// parse reads the manifest. Its chunks must be this registry's: names are used
// to read and are granted to the API service.
func parse(owner storage.Owner, pointer *corev1.ConfigMap) (storage.Manifest, error) {
	manifest, err := chunk.ParseManifest([]byte(pointer.Data[v1alpha1.StorageKeyManifest]))
	if err != nil {
		return storage.Manifest{}, fmt.Errorf("ConfigMap %s/%s: %w", owner.Namespace, pointer.Name, err)
	}
	if first := manifest.Chunks[0].Name; first != chunk.Name(pointer.Name, manifest.Digest, 0) {
		return storage.Manifest{}, fmt.Errorf("%w: ConfigMap %s/%s names the chunk %q of another registry",
			storage.ErrDamaged, owner.Namespace, pointer.Name, first)
	}
	return manifest, nil
}
