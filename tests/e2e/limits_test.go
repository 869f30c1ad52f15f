package e2e

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// unsafeSources: the operator cannot be made to talk to what only it can reach
// (pitfall 28).
func unsafeSources(t *testing.T, w *world) {
	ns := w.namespace(t, "unsafe")
	for name, repository := range map[string]string{
		"plain":    "http://git.example.com/acme/registry.git",
		"loopback": "https://127.0.0.1:8081/acme/registry.git",
		"metadata": "https://169.254.169.254/acme/registry.git",
	} {
		r := fixture.FromGit(ns, name, repository, "registry.json")
		w.Create(t, r)
		w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
		t.Logf("%s: %s: %s", repository, r.Status.Phase, r.Status.Message)
	}
}

// limitedToNamespaces: with watchNamespaces the operator has rights there only,
// and works with them.
func limitedToNamespaces(t *testing.T, w *world) {
	inside, outside := w.namespace(t, "inside"), w.namespace(t, "outside")
	w.upgradeForStory(t, map[string]any{"watchNamespaces": []any{inside}})
	ignored := fixture.FromConfigMap(outside, "ignored")
	w.Create(t, fixture.Source(outside, "ignored", fixture.ToolHive("one")), ignored)
	w.proveWorking(t, inside, "team")

	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(ignored), ignored))
	require.Empty(t, ignored.Status.Conditions, "a registry of another namespace was touched")
	operator := serviceAccount(operatorNamespace, w.operatorDeployment(t).Spec.Template.Spec.ServiceAccountName)
	require.True(t, w.may(t, inside, operator, "list", "configmaps", ""))
	require.False(t, w.may(t, outside, operator, "list", "configmaps", ""))
	require.False(t, w.may(t, outside, operator, "create", "roles", ""))
}

// leaseElection: the other way of leader election works too.
func leaseElection(t *testing.T, w *world) {
	w.upgradeForStory(t, map[string]any{"replicas": 2, "leaderElection": map[string]any{"mode": "lease"}})
	cluster.Eventually(t, "two Ready operators", func(ctx context.Context) error { return w.operatorsReady(ctx, 2) })
	w.proveWorking(t, w.namespace(t, "lease"), "team")
	leases, err := w.Clientset.CoordinationV1().Leases(operatorNamespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.NotEmpty(t, leases.Items, fmt.Sprint("no Lease in ", operatorNamespace))
}

// upgradeForStory runs the operator with other values until the story ends.
func (w *world) upgradeForStory(t *testing.T, changed map[string]any) {
	t.Helper()
	values := maps.Clone(w.values)
	maps.Copy(values, changed)
	t.Cleanup(func() { w.operator.Upgrade(t, w.values) })
	w.operator.Upgrade(t, values)
}
