package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func TestValuesAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		why     string
		values  map[string]any
		message string
	}{
		"unknown key": {
			why:     "pitfall 32: a misspelled value is an error and not a silent default",
			values:  map[string]any{"watchNamespace": []any{"a"}},
			message: "watchNamespace",
		},
		"unknown nested key": {
			why:     "the same one level down",
			values:  map[string]any{"image": map[string]any{"name": "x"}},
			message: "name",
		},
		"unknown mode": {
			why:     "an election mode that does not exist would stop the operator at its start",
			values:  map[string]any{"leaderElection": map[string]any{"mode": "leader-for-live"}},
			message: "leaderElection",
		},
		"bad namespace": {
			why:     "a pattern is no namespace",
			values:  map[string]any{"watchNamespaces": []any{"team-*"}},
			message: "watchNamespaces",
		},
		"two without election": {
			why:     "two operators that both work would do everything twice",
			values:  map[string]any{"replicas": 2, "leaderElection": map[string]any{"mode": "off"}},
			message: "leaderElection.mode is off",
		},
		"nameless foreign account": {
			why:     "the roles would be bound to nobody",
			values:  map[string]any{"serviceAccount": map[string]any{"create": false}},
			message: "serviceAccount.name is required",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := install(with(test.values))
			require.ErrorContains(t, err, test.message, test.why)
		})
	}
}

// TestValuesAreDocumented: one fact, three places, so they are compared.
func TestValuesAreDocumented(t *testing.T) {
	var values map[string]any
	require.NoError(t, yaml.Unmarshal(read(t, "values.yaml"), &values))
	want := paths("", values)

	require.Equal(t, want, readmePaths(t), "values in README.md")

	var schema map[string]any
	require.NoError(t, json.Unmarshal(read(t, "values.schema.json"), &schema))
	properties := schema["properties"].(map[string]any)
	delete(properties, "global") // Helm adds it to the values of every chart
	for key := range values {
		require.Contains(t, properties, key, "a value that the schema does not know")
	}
	for key := range properties {
		require.Contains(t, values, key, "a property without a default")
	}
}

// freeForm are values whose keys are Kubernetes' and not ours.
var freeForm = map[string]bool{"resources": true, "podSecurityContext": true, "securityContext": true}

// paths lists the values that can be set, as in image.tag.
func paths(prefix string, values map[string]any) []string {
	var found []string
	for key, value := range values {
		path := prefix + key
		nested, _ := value.(map[string]any)
		if len(nested) == 0 || freeForm[path] {
			found = append(found, path)
			continue
		}
		found = append(found, paths(path+".", nested)...)
	}
	sort.Strings(found)
	return found
}

func readmePaths(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(read(t, "README.md"), -1) {
		found = append(found, string(match[1]))
	}
	sort.Strings(found)
	return found
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartPath, name))
	require.NoError(t, err)
	return text
}
