package docs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	operatortelemetry "github.com/mcp-registry-operator/mcp-registry-operator/pkg/telemetry"
)

// TestMetricsAreTheDocumentedOnes gathers what programs in use have.
func TestMetricsAreTheDocumentedOnes(t *testing.T) {
	for page, test := range map[string]struct {
		prefix   string
		gatherer prometheus.Gatherer
	}{
		"metrics.md":          {"mcp_registry_api_", apiMetrics()},
		"operator-metrics.md": {"mcp_registry_", operatorMetrics()},
	} {
		t.Run(page, func(t *testing.T) {
			file := "../../docs/reference/" + page
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			intro, _, found := strings.Cut(string(text), marker)
			require.True(t, found, "%s has no line %q", file, marker)

			want := intro + marker + metricsTable(t, test.prefix, test.gatherer)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
				return
			}
			require.Equal(t, want, string(text), "run make generate")
		})
	}
}

func apiMetrics() prometheus.Gatherer {
	m := telemetry.New("v1.2.3", func() int64 { return 0 }, time.Now)
	m.Observe(nil, apiserver.Observation{Route: "list", Status: 200})
	m.Loaded(storage.Manifest{Digest: "sha256:0", PublishedAt: time.Now()}, time.Second)
	return m.Gatherer()
}

// cache knows one registry.
type cache struct {
	client.Reader
	registry v1alpha1.MCPRegistry
}

func (c cache) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.MCPRegistryList).Items = []v1alpha1.MCPRegistry{c.registry}
	return nil
}

func operatorMetrics() prometheus.Gatherer {
	now := metav1.Now()
	o := v1alpha1.MCPRegistry{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "tools"}}
	o.Spec.SyncPolicy = &v1alpha1.SyncPolicy{Interval: "1h"}
	failed := &status.Attempt{Started: now.Time, Err: errors.New("no answer")}
	o.Status = status.Compute(o.Name, o.Status, status.Facts{Attempt: failed})
	o.Status.SyncStatus.LastSyncTime = &now

	leads := make(chan struct{})
	close(leads)
	m := operatortelemetry.New(cache{registry: o}, leads)
	m.Attempted(&o, failed)
	all := prometheus.NewRegistry()
	all.MustRegister(m, operatortelemetry.BuildInfo("v1.2.3"))
	return all
}

func metricsTable(t *testing.T, prefix string, from prometheus.Gatherer) string {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)

	var out strings.Builder
	out.WriteString("\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), prefix) {
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", family.GetName(),
				strings.ToLower(family.GetType().String()), labels(family), family.GetHelp())
		}
	}
	return out.String()
}

func labels(family *dto.MetricFamily) string {
	var names []string
	for _, pair := range family.GetMetric()[0].GetLabel() {
		names = append(names, "`"+pair.GetName()+"`")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
