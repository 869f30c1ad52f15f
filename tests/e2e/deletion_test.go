package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// registryDeleted: with a registry goes all that was made for it, by
// Kubernetes' own garbage collection, and nothing else.
func registryDeleted(t *testing.T, w *world) {
	ns := w.namespace(t, "delete")
	r, other := fixture.FromConfigMap(ns, "team"), fixture.FromConfigMap(ns, "other")
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), fixture.Source(ns, "other", fixture.ToolHive("two")), r, other)
	w.Ready(t, r)
	w.Ready(t, other)

	w.deleteAndSeeGone(t, r)
	w.serves(t, other, "two")
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "team"}, &corev1.ConfigMap{}),
		"the source belongs to the user")
}

// invalidRegistryDeleted: a spec that cannot be used does not hold up deletion
// (pitfall 25).
func invalidRegistryDeleted(t *testing.T, w *world) {
	ns := w.namespace(t, "invalid")
	r := fixture.FromConfigMap(ns, "team")
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Ready(t, r)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Include: []string{"[broken"}}}
	})
	w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSpec)
	w.serves(t, r, "one")
	w.deleteAndSeeGone(t, r)
}

func (w *world) deleteAndSeeGone(t *testing.T, r *v1alpha1.MCPRegistry) {
	t.Helper()
	before, err := w.children(t.Context(), r)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(before), 8, "pointer, chunk, Deployment, Service, ServiceAccount, Role, RoleBinding, Pod: %q", before)
	require.NoError(t, w.Client.Delete(t.Context(), r.DeepCopy()))
	took := cluster.Eventually(t, "the children of "+r.Name+" to be gone", func(ctx context.Context) error {
		left, err := w.children(ctx, r)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("there are still %q", left)
		}
		return err
	})
	t.Logf("all %d children are gone after %s", len(before), took)
	err = w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), &v1alpha1.MCPRegistry{})
	require.True(t, client.IgnoreNotFound(err) == nil && err != nil, "the registry is still there: %v", err)
}

// children are all objects that were made for a registry, as "kind name".
func (w *world) children(ctx context.Context, r *v1alpha1.MCPRegistry) ([]string, error) {
	lists := map[string]client.ObjectList{
		"ConfigMap": &corev1.ConfigMapList{}, "Service": &corev1.ServiceList{}, "Pod": &corev1.PodList{},
		"ServiceAccount": &corev1.ServiceAccountList{}, "Deployment": &appsv1.DeploymentList{},
		"ReplicaSet": &appsv1.ReplicaSetList{}, "Role": &rbacv1.RoleList{}, "RoleBinding": &rbacv1.RoleBindingList{},
	}
	var found []string
	for kind, list := range lists {
		err := w.Client.List(ctx, list, client.InNamespace(r.Namespace), client.MatchingLabels{v1alpha1.LabelRegistry: r.Name})
		if err != nil {
			return nil, err
		}
		err = eachItem(list, func(o client.Object) { found = append(found, kind+" "+o.GetName()) })
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
