package registry

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// indexConfigMap finds the registries whose sources are ConfigMaps, by their
// name, or under bySelector those that select them by labels.
const (
	indexConfigMap = "spec.source.configmap.name"
	bySelector     = "*"
)

// sourceConfigMap gives the keys of the index.
func sourceConfigMap(o client.Object) []string {
	registry, ok := o.(*v1alpha1.MCPRegistry)
	if !ok {
		return nil
	}
	var keys []string
	for _, s := range sourcesOf(registry.Spec) {
		switch {
		case s.ConfigMap == nil:
		case s.ConfigMap.Selector != nil:
			keys = append(keys, bySelector)
		default:
			keys = append(keys, s.ConfigMap.Name)
		}
	}
	return keys
}

// registriesOf returns the registries that a ConfigMap concerns: the one that
// stores its data in it, and those that have it as a source.
func (r *Reconciler) registriesOf(ctx context.Context, o client.Object) []reconcile.Request {
	var found []reconcile.Request
	if owner := metav1.GetControllerOf(o); owner != nil && owner.Kind == v1alpha1.Kind {
		found = append(found, request(o.GetNamespace(), owner.Name))
	}
	for _, item := range r.indexed(ctx, o.GetNamespace(), o.GetName()) {
		found = append(found, request(item.Namespace, item.Name))
	}
	// After a change of labels, this is asked with the old and with the new ones.
	for _, item := range r.indexed(ctx, o.GetNamespace(), bySelector) {
		if selects(sourcesOf(item.Spec), o.GetLabels()) {
			found = append(found, request(item.Namespace, item.Name))
		}
	}
	// A ConfigMap that stands where a registry wants to store its data: when it
	// goes away, the conflict is over.
	return append(found, r.wantingName(ctx, o)...)
}

func (r *Reconciler) indexed(ctx context.Context, namespace, key string) []v1alpha1.MCPRegistry {
	var list v1alpha1.MCPRegistryList
	err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{indexConfigMap: key})
	if err != nil { // the cache cannot fail once it is running
		return nil
	}
	return list.Items
}

func (r *Reconciler) wantingName(ctx context.Context, o client.Object) []reconcile.Request {
	name, found := strings.CutSuffix(o.GetName(), v1alpha1.StorageName(""))
	if !found {
		name, _, found = strings.Cut(o.GetName(), v1alpha1.SourceStorageName("", ""))
	}
	if !found || name == "" {
		return nil
	}
	key := types.NamespacedName{Namespace: o.GetNamespace(), Name: name}
	if r.Client.Get(ctx, key, &v1alpha1.MCPRegistry{}) != nil {
		return nil
	}
	return []reconcile.Request{{NamespacedName: key}}
}
