package configmap

import (
	"bytes"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

const fieldOwner = client.FieldOwner(v1alpha1.ManagedBy)

// writeChunks makes sure that every chunk is stored and returns their versions.
func (m *Manager) writeChunks(ctx context.Context, owner storage.Owner, chunks []storage.Chunk, pieces [][]byte) (map[string]version, error) {
	versions := make(map[string]version, len(chunks)+1)
	for i, c := range chunks {
		v, err := m.writeChunk(ctx, owner, c.Name, pieces[i])
		if err != nil {
			return nil, err
		}
		versions[c.Name] = v
	}
	return versions, nil
}

// writeChunk keeps a chunk that is there and right. One that is wrong cannot be
// corrected, being immutable, so it is replaced.
func (m *Manager) writeChunk(ctx context.Context, owner storage.Owner, name string, data []byte) (version, error) {
	wanted := chunkObject(owner, name, data)
	existing, err := m.create(ctx, owner, wanted)
	if err != nil {
		return version{}, err
	}
	if existing == nil {
		return versionOf(wanted), nil
	}
	if bytes.Equal(existing.BinaryData[v1alpha1.StorageKeyChunk], data) && labelled(owner, existing) {
		return versionOf(existing), nil
	}
	return m.replace(ctx, owner, existing, chunkObject(owner, name, data))
}

// create creates wanted. If an object of that name exists, it is returned if it
// is ours and an error otherwise.
func (m *Manager) create(ctx context.Context, owner storage.Owner, wanted *corev1.ConfigMap) (*corev1.ConfigMap, error) {
	err := m.live.Create(ctx, wanted, fieldOwner)
	if err == nil {
		return nil, nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("creating ConfigMap %s/%s: %w", owner.Namespace, wanted.Name, err)
	}
	var existing corev1.ConfigMap
	if err := m.live.Get(ctx, key(owner, wanted.Name), &existing); err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", owner.Namespace, wanted.Name, err)
	}
	if !owned(owner, &existing) {
		return nil, conflict(owner, wanted.Name)
	}
	return &existing, nil
}

func (m *Manager) replace(ctx context.Context, owner storage.Owner, old client.Object, wanted *corev1.ConfigMap) (version, error) {
	if err := m.remove(ctx, old); err != nil {
		return version{}, err
	}
	existing, err := m.create(ctx, owner, wanted)
	if err != nil {
		return version{}, err
	}
	if existing != nil {
		return version{}, fmt.Errorf("ConfigMap %s/%s came back while it was replaced", owner.Namespace, wanted.Name)
	}
	return versionOf(wanted), nil
}

// flip makes next current in one write and remembers it. The pointer must still
// have the version in next, or be absent if that is zero.
func (m *Manager) flip(ctx context.Context, owner storage.Owner, next found) error {
	wanted, err := pointerObject(owner, next.manifest)
	if err != nil {
		return err
	}
	before := next.versions[wanted.Name]
	if before == (version{}) {
		next.versions[wanted.Name], err = m.createPointer(ctx, owner, wanted)
	} else {
		next.versions[wanted.Name], err = m.updatePointer(ctx, owner, before, wanted)
	}
	if err != nil {
		return err
	}
	m.memory.remember(owner, next)
	return nil
}

func (m *Manager) createPointer(ctx context.Context, owner storage.Owner, wanted *corev1.ConfigMap) (version, error) {
	existing, err := m.create(ctx, owner, wanted)
	if err != nil {
		return version{}, err
	}
	if existing != nil {
		return version{}, fmt.Errorf("ConfigMap %s/%s was created by another writer meanwhile", owner.Namespace, wanted.Name)
	}
	return versionOf(wanted), nil
}

// updatePointer patches, so that annotations of others stay, on the condition
// that nobody has written since.
func (m *Manager) updatePointer(ctx context.Context, owner storage.Owner, before version, wanted *corev1.ConfigMap) (version, error) {
	base := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: owner.Namespace, Name: wanted.Name, UID: before.uid, ResourceVersion: before.resourceVersion,
		OwnerReferences: wanted.OwnerReferences,
	}}
	patched := base.DeepCopy()
	patched.Labels, patched.Data = wanted.Labels, wanted.Data
	err := m.live.Patch(ctx, patched, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}), fieldOwner)
	if apierrors.IsInvalid(err) {
		// Somebody has made the pointer immutable. Readers keep what they have
		// while it is gone.
		return m.replace(ctx, owner, base, wanted)
	}
	if err != nil {
		return version{}, fmt.Errorf("updating ConfigMap %s/%s: %w", owner.Namespace, wanted.Name, err)
	}
	return versionOf(patched), nil
}

// remove deletes exactly this object, not one that has taken its name since.
func (m *Manager) remove(ctx context.Context, obj client.Object) error {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: obj.GetNamespace(), Name: obj.GetName()}}
	err := m.live.Delete(ctx, cm, client.Preconditions{UID: new(obj.GetUID())})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting ConfigMap %s/%s: %w", obj.GetNamespace(), obj.GetName(), err)
	}
	return nil
}
