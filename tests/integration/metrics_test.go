package integration

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// metric returns a metric of one registry; for a counter by reason, the sum.
func (w *world) metric(name string, r *v1alpha1.MCPRegistry) (sum float64, found bool, err error) {
	all := prometheus.NewRegistry()
	if err := all.Register(w.metrics); err != nil {
		return 0, false, err
	}
	families, err := all.Gather()
	if err != nil {
		return 0, false, err
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && isOf(m, r) {
				sum, found = sum+m.GetGauge().GetValue()+m.GetCounter().GetValue(), true
			}
		}
	}
	return sum, found, nil
}

func isOf(m *dto.Metric, r *v1alpha1.MCPRegistry) bool {
	labels := map[string]string{}
	for _, pair := range m.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels["namespace"] == r.Namespace && labels["name"] == r.Name
}

// measures waits until a metric has a value.
func (w *world) measures(t *testing.T, name string, r *v1alpha1.MCPRegistry, want float64) {
	t.Helper()
	cluster.Eventually(t, fmt.Sprintf("%s of %s to be %v", name, r.Name, want), func(context.Context) error {
		have, found, err := w.metric(name, r)
		if err == nil && (!found || have != want) {
			err = fmt.Errorf("it is %v", have)
		}
		return err
	})
}

// measured is the life of a registry as Prometheus sees it.
func measured(t *testing.T, w *world) {
	source, r := w.synced(t, "one", "two")
	w.Ready(t, r)
	for name, want := range map[string]float64{
		"mcp_registry_ready": 1, "mcp_registry_serving": 1, "mcp_registry_servers": 2, "mcp_registry_failing_sources": 0,
		"mcp_registry_sync_consecutive_failures": 0,
	} {
		w.measures(t, name, r, want)
	}
	syncs, _, err := w.metric("mcp_registry_syncs_total", r)
	require.NoError(t, err)
	require.GreaterOrEqual(t, syncs, 1.0, "one more when the watch is behind")
	require.NoError(t, w.Client.Delete(t.Context(), source))
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, no, v1alpha1.ReasonSourceUnavailable)
	w.measures(t, "mcp_registry_ready", r, 0)
	w.measures(t, "mcp_registry_serving", r, 1)
	w.measures(t, "mcp_registry_failing_sources", r, 1)
	failures, _, err := w.metric("mcp_registry_sync_failures_total", r)
	require.NoError(t, err)
	require.GreaterOrEqual(t, failures, 1.0)

	require.NoError(t, w.Client.Delete(t.Context(), r))
	cluster.Eventually(t, "the metrics to be gone", func(context.Context) error {
		_, found, err := w.metric("mcp_registry_syncs_total", r)
		if err == nil && found {
			err = errors.New("they are still there")
		}
		return err
	})
}
