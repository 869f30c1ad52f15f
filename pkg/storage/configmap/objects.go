package configmap

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

func pointerName(owner storage.Owner) string {
	if owner.Slot != "" {
		return v1alpha1.SourceStorageName(owner.Name, owner.Slot)
	}
	return v1alpha1.StorageName(owner.Name)
}

func key(owner storage.Owner, name string) client.ObjectKey {
	return client.ObjectKey{Namespace: owner.Namespace, Name: name}
}

func labels(owner storage.Owner) map[string]string {
	all := map[string]string{
		v1alpha1.LabelRegistry:   owner.Name,
		v1alpha1.LabelManagedBy:  v1alpha1.ManagedBy,
		v1alpha1.LabelComponent:  v1alpha1.ComponentStorage,
		"app.kubernetes.io/name": "mcp-registry",
	}
	if owner.Slot != "" {
		// Another component, so that what selects the served data selects no slot.
		all[v1alpha1.LabelComponent] = v1alpha1.ComponentSource
		all[v1alpha1.LabelSource] = owner.Slot
	}
	return all
}

func objectMeta(owner storage.Owner, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: owner.Namespace,
		Name:      name,
		Labels:    labels(owner),
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion:         v1alpha1.GroupVersion.String(),
			Kind:               v1alpha1.Kind,
			Name:               owner.Name,
			UID:                owner.UID,
			Controller:         new(true),
			BlockOwnerDeletion: new(true),
		}},
	}
}

func chunkObject(owner storage.Owner, name string, data []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: objectMeta(owner, name),
		Immutable:  new(true),
		BinaryData: map[string][]byte{v1alpha1.StorageKeyChunk: data},
	}
}

func pointerObject(owner storage.Owner, manifest storage.Manifest) (*corev1.ConfigMap, error) {
	data, err := json.Marshal(manifest)
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest of %s/%s: %w", owner.Namespace, owner.Name, err)
	}
	return &corev1.ConfigMap{
		ObjectMeta: objectMeta(owner, pointerName(owner)),
		Data:       map[string]string{v1alpha1.StorageKeyManifest: string(data)},
	}, nil
}

// owned tells our objects from others of the same name. The UID matters: a
// registry that was deleted and made again does not own what the first one left.
func owned(owner storage.Owner, obj metav1.Object) bool {
	ref := metav1.GetControllerOf(obj)
	return ref != nil && ref.UID == owner.UID
}

// labelled says whether obj has our labels. Without them the operator's cache
// does not see it, and it would never be cleaned up.
func labelled(owner storage.Owner, obj metav1.Object) bool {
	has := obj.GetLabels()
	for k, v := range labels(owner) {
		if has[k] != v {
			return false
		}
	}
	return true
}

func conflict(owner storage.Owner, name string) error {
	return fmt.Errorf("%w: ConfigMap %s/%s is not controlled by this MCPRegistry; rename or delete it, or rename the registry", storage.ErrConflict, owner.Namespace, name)
}
