package configmap

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Tidy implements [storage.Manager]. The cache says whether there may be something;
// only then the pointer is read, for the cache lags behind what we have just written.
func (m *Manager) Tidy(ctx context.Context, owner storage.Owner) error {
	known, _ := m.memory.recall(owner)
	suspects, err := m.unneeded(ctx, m.meta, owner, keep(owner, known.manifest))
	if err != nil || len(suspects) == 0 {
		return err
	}
	current, _, err := m.read(ctx, owner)
	switch {
	case err == nil, errors.Is(err, errUnlabelled), errors.Is(err, storage.ErrNotFound):
		// Without a pointer nobody can read a chunk.
	case errors.Is(err, storage.ErrDamaged), errors.Is(err, storage.ErrConflict):
		return nil // what is needed is not known before that is mended
	default:
		return err
	}
	needed := keep(owner, current.manifest)
	for i := range suspects {
		if needed[suspects[i].Name] {
			continue
		}
		if err := m.remove(ctx, &suspects[i]); err != nil {
			return err
		}
	}
	return nil
}

// collect deletes the owner's chunks that are not in keep. from lists them.
func (m *Manager) collect(ctx context.Context, from client.Reader, owner storage.Owner, keep map[string]bool) error {
	unneeded, err := m.unneeded(ctx, from, owner, keep)
	if err != nil {
		return err
	}
	for i := range unneeded {
		if err := m.remove(ctx, &unneeded[i]); err != nil {
			return err
		}
	}
	return nil
}

// unneeded are the owner's objects that are not in keep.
func (m *Manager) unneeded(ctx context.Context, from client.Reader, owner storage.Owner, keep map[string]bool) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	if err := from.List(ctx, list, client.InNamespace(owner.Namespace), client.MatchingLabels(labels(owner))); err != nil {
		return nil, fmt.Errorf("listing the stored chunks of %s/%s: %w", owner.Namespace, owner.Name, err)
	}
	var unneeded []metav1.PartialObjectMetadata
	for _, obj := range list.Items {
		if !keep[obj.Name] && owned(owner, &obj) {
			unneeded = append(unneeded, obj)
		}
	}
	return unneeded, nil
}
