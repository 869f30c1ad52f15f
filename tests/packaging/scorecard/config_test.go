package scorecard

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// step is one test of the bundle's configuration.
type step struct {
	Image      string            `json:"image"`
	Entrypoint []string          `json:"entrypoint"`
	Labels     map[string]string `json:"labels"`
}

// configured are all tests that the bundle names.
func configured(t *testing.T) []step {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cluster.Root(t), "bundle", "tests", "scorecard", "config.yaml"))
	require.NoError(t, err)
	var config struct {
		Stages []struct {
			Tests []step `json:"tests"`
		} `json:"stages"`
	}
	require.NoError(t, yaml.Unmarshal(data, &config))
	var steps []step
	for _, stage := range config.Stages {
		steps = append(steps, stage.Tests...)
	}
	require.Len(t, steps, 10)
	return steps
}

// custom is the image of our own tests.
func custom(t *testing.T) string { return image(t, "custom") }

func image(t *testing.T, suite string) string {
	t.Helper()
	for _, s := range configured(t) {
		if s.Labels["suite"] == suite {
			return s.Image
		}
	}
	require.Fail(t, "no such suite", "%s", suite)
	return ""
}

// status is what a test prints.
type status struct {
	Results []struct {
		Name, Log, State    string
		Errors, Suggestions []string
	}
}

// wantsStatus suggests that examples should have a status. They are what people
// write, and nobody writes a status.
const wantsStatus = "olm-status-descriptors-test"

// passed wants every result of a test to be good, without suggestions.
func passed(t *testing.T, name string, s status) {
	t.Helper()
	require.NotEmpty(t, s.Results, "%s has no result", name)
	for _, r := range s.Results {
		text, _ := json.Marshal(r)
		require.Equal(t, "pass", r.State, "%s: %s", name, text)
		if name != wantsStatus {
			require.Empty(t, r.Suggestions, "%s: %s", name, text)
		}
	}
}

// program is the path of a program that make has built.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "%s is not set: run make e2e-packaging", variable)
	return path
}

func requireAsked(t *testing.T) {
	t.Helper()
	if os.Getenv("E2E_PACKAGING") == "" {
		t.Skip("set E2E_PACKAGING=1 and the programs to use; make e2e-packaging does both")
	}
}
