package configmap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Manager is the ConfigMap backend. It is safe for concurrent use.
type Manager struct {
	live   client.Client
	meta   client.Reader
	clock  clock.PassiveClock
	memory memory
}

var _ storage.Manager = (*Manager)(nil)

// New returns a backend that reads and writes bodies through live, which must
// not cache. meta serves from informers and is only asked for the
// [k8s.io/apimachinery/pkg/apis/meta/v1.PartialObjectMetadata] of ConfigMaps.
func New(live client.Client, meta client.Reader, clock clock.PassiveClock) *Manager {
	return &Manager{live: live, meta: meta, clock: clock}
}

// Stat implements [storage.Manager]. A chunk that belongs to somebody else is
// damage; only such a pointer is a conflict.
func (m *Manager) Stat(ctx context.Context, owner storage.Owner) (storage.Manifest, error) {
	found, err := m.look(ctx, owner)
	return found.manifest, err
}

// Load implements [storage.Manager].
func (m *Manager) Load(ctx context.Context, owner storage.Owner) (registry.Snapshot, error) {
	_, snapshot, err := m.read(ctx, owner)
	// Lost labels are for Publish to repair; the content is whole.
	if err != nil && !errors.Is(err, errUnlabelled) {
		return registry.Snapshot{}, err
	}
	return snapshot, nil
}

// Delete implements [storage.Manager]. The pointer goes first, so that no reader
// finds one that names missing chunks.
func (m *Manager) Delete(ctx context.Context, owner storage.Owner) error {
	m.Forget(owner)
	pointer, err := m.metadata(ctx, m.live, owner, pointerName(owner))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", owner.Namespace, pointerName(owner), err)
	}
	if err == nil && owned(owner, pointer) {
		if err := m.remove(ctx, pointer); err != nil {
			return err
		}
	}
	return m.collect(ctx, m.live, owner, nil)
}

// Slots implements [storage.Manager], from the cache.
func (m *Manager) Slots(ctx context.Context, registry storage.Owner) ([]string, error) {
	ours := labels(registry.In(""))
	ours[v1alpha1.LabelComponent] = v1alpha1.ComponentSource
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
	if err := m.meta.List(ctx, list, client.InNamespace(registry.Namespace), client.MatchingLabels(ours)); err != nil {
		return nil, fmt.Errorf("listing the stored sources of %s/%s: %w", registry.Namespace, registry.Name, err)
	}
	var slots []string
	for i := range list.Items {
		if name := list.Items[i].Labels[v1alpha1.LabelSource]; name != "" && owned(registry, &list.Items[i]) {
			slots = append(slots, name)
		}
	}
	slices.Sort(slots)
	return slices.Compact(slots), nil
}

// Forget drops what is remembered of owner, whose registry is gone. It is
// always safe: the next look reads everything again.
func (m *Manager) Forget(owner storage.Owner) { m.memory.forget(owner) }
