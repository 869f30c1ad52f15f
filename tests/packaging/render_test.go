package packaging

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// TestBothRenderAlike: Helm 4 finds nothing wrong with the chart and makes the same
// objects of it as Helm 3, in every mode.
func TestBothRenderAlike(t *testing.T) {
	if os.Getenv("E2E_PACKAGING") == "" {
		t.Skip("set E2E_PACKAGING=1 to run the helm programs; make e2e-packaging does")
	}
	w := &world{Cluster: &cluster.Cluster{}}
	three, four := w.helm(t, "HELM3").in("tools"), w.helm(t, "HELM4").in("tools")
	modes, err := filepath.Glob(filepath.Join(cluster.Chart(t), "ci", "*-values.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, modes)
	for _, values := range modes {
		t.Run(filepath.Base(values), func(t *testing.T) {
			flags := []string{cluster.Chart(t), "--values", values, "--kube-version", "v1.37.2"}
			four.run(t, append([]string{"lint", "--strict"}, flags...)...)
			for _, kind := range []string{"ServiceMonitor", "PodMonitor", "PrometheusRule"} {
				flags = append(flags, "--api-versions", "monitoring.coreos.com/v1/"+kind)
			}
			template := append([]string{"template", "registries"}, flags...)
			require.Equal(t, withoutBlanks(three.run(t, template...)), withoutBlanks(four.run(t, template...)))
		})
	}
}

// withoutBlanks removes empty lines, of which Helm 4 leaves more.
func withoutBlanks(text string) string {
	return regexp.MustCompile(`(?m)^\s*\n`).ReplaceAllString(text, "")
}
