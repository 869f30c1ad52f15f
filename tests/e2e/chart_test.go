package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// releaseTried: "helm test" passes on an operator that works, for the cluster and
// for one namespace without any right for the cluster, and leaves nothing behind.
func releaseTried(t *testing.T, w *world) {
	require.NoError(t, w.operator.Test(t))
	w.nothingIsLeft(t, operatorNamespace)
	w.operatorIsMeasured(t)

	inside := w.namespace(t, "tried")
	w.upgradeForStory(t, map[string]any{
		"watchNamespaces": []any{inside}, "leaderElection": map[string]any{"nodeLookup": false},
	})
	require.NoError(t, w.operator.Test(t))
	w.nothingIsLeft(t, inside)
}

// nothingIsLeft fails if a test's registry or rights are still there.
func (w *world) nothingIsLeft(t *testing.T, namespace string) {
	t.Helper()
	var registries v1alpha1.MCPRegistryList
	require.NoError(t, w.Client.List(t.Context(), &registries, client.InNamespace(namespace)))
	require.Empty(t, registries.Items)
	var bindings rbacv1.RoleBindingList
	require.NoError(t, w.Client.List(t.Context(), &bindings, client.InNamespace(namespace)))
	for _, binding := range bindings.Items {
		require.NotContains(t, binding.Name, "selftest")
	}
	var accounts corev1.ServiceAccountList
	require.NoError(t, w.Client.List(t.Context(), &accounts, client.InNamespace(operatorNamespace)))
	for _, account := range accounts.Items {
		require.NotContains(t, account.Name, "selftest")
	}
}

// operatorIsMeasured waits until the operator's metrics tell of its syncs.
func (w *world) operatorIsMeasured(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "the operator's metrics", func(ctx context.Context) error {
		var pods corev1.PodList
		err := w.Client.List(ctx, &pods, client.InNamespace(operatorNamespace), client.MatchingLabels{"app.kubernetes.io/component": "operator"})
		if err != nil || len(pods.Items) == 0 {
			return fmt.Errorf("operator's Pods: %d, %w", len(pods.Items), err)
		}
		text, err := fetch(ctx, "http://"+pods.Items[0].Status.PodIP+":8080/metrics")
		for _, metric := range []string{
			"\nmcp_registry_operator_build_info{", "\ncontroller_runtime_max_concurrent_reconciles{controller=\"mcpregistry\"}",
		} {
			if err == nil && !strings.Contains(string(text), metric) {
				err = fmt.Errorf("there is no %s in\n%s", metric, text)
			}
		}
		return err
	})
}
