package docs

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/telemetry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

const (
	metricsPage   = "../../docs/reference/metrics.md"
	metricsPrefix = "mcp_registry_api_"
)

// TestMetricsAreTheDocumentedOnes gathers what an API service in use has.
func TestMetricsAreTheDocumentedOnes(t *testing.T) {
	text, err := os.ReadFile(metricsPage)
	require.NoError(t, err)
	intro, _, found := strings.Cut(string(text), marker)
	require.True(t, found, "%s has no line %q", metricsPage, marker)

	want := intro + marker + metricsTable(t)
	if *update {
		require.NoError(t, os.WriteFile(metricsPage, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run make generate")
}

func metricsTable(t *testing.T) string {
	t.Helper()
	m := telemetry.New("v1.2.3", func() int64 { return 0 }, time.Now)
	m.Observe(nil, apiserver.Observation{Route: "list", Status: 200})
	m.Loaded(storage.Manifest{Digest: "sha256:0", PublishedAt: time.Now()}, time.Second)
	families, err := m.Gatherer().Gather()
	require.NoError(t, err)

	var out strings.Builder
	out.WriteString("\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, family := range families {
		if strings.HasPrefix(family.GetName(), metricsPrefix) {
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
