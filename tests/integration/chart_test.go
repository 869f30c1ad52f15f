package integration

import (
	"testing"

	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// foreignDefinition: the chart does not overwrite another product's definition of
// the same name, also when Helm is told to take it over, and says what to do. What
// it says to do helps.
func foreignDefinition(t *testing.T, w *world) {
	const partOf = "app.kubernetes.io/part-of"
	label := func(labels map[string]string) {
		var crd apiextensionsv1.CustomResourceDefinition
		require.NoError(t, w.Client.Get(t.Context(), client.ObjectKey{Name: "mcpregistries.toolhive.stacklok.dev"}, &crd))
		before := crd.DeepCopy()
		crd.Labels = labels
		require.NoError(t, w.Client.Patch(t.Context(), &crd, client.MergeFrom(before)))
	}
	rehearse := func(values map[string]any) error { return w.Rehearse(t, "chart-it", "default", values) }
	require.NoError(t, rehearse(nil), "its own definition is taken over")

	label(map[string]string{"helm.sh/chart": "other-crds-0.9.0"})
	err := rehearse(nil)
	require.ErrorContains(t, err, "exists and belongs to another product (other-crds-0.9.0)")
	require.ErrorContains(t, err, "kubectl label crd mcpregistries.toolhive.stacklok.dev "+partOf+"=mcp-registry-operator --overwrite")
	require.NoError(t, rehearse(map[string]any{"crds": map[string]any{"install": false}}))

	label(map[string]string{partOf: "mcp-registry-operator"})
	require.NoError(t, rehearse(nil))
}

// missingMonitors: the chart says what is missing instead of failing half-way.
func missingMonitors(t *testing.T, w *world) {
	on := map[string]any{"enabled": true}
	err := w.Rehearse(t, "chart-it", "default", map[string]any{"metrics": map[string]any{"serviceMonitor": on}})
	require.ErrorContains(t, err, "install the Prometheus Operator first")
}
