package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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

// TestSchemaIsClosed: values.yaml and values.schema.json know the same values, at
// every depth, so that a misspelled one is refused wherever it is.
func TestSchemaIsClosed(t *testing.T) {
	var schema map[string]any
	require.NoError(t, json.Unmarshal(read(t, "values.schema.json"), &schema))
	delete(schema["properties"].(map[string]any), "global")  // Helm adds it to the values of every chart
	delete(schema["properties"].(map[string]any), "enabled") // the condition of a chart that depends on this one
	var want []string
	for _, s := range settings(t) {
		want = append(want, s.path)
	}
	definitions := schema["definitions"].(map[string]any)
	require.ElementsMatch(t, want, schemaPaths(t, "", schema, definitions))
}

// schemaPaths lists the values that a schema knows.
func schemaPaths(t *testing.T, path string, schema, definitions map[string]any) (found []string) {
	t.Helper()
	if reference, ok := schema["$ref"].(string); ok {
		schema = definitions[strings.TrimPrefix(reference, "#/definitions/")].(map[string]any)
	}
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) == 0 || freeForm[path] {
		return []string{path}
	}
	require.Equal(t, false, schema["additionalProperties"], "%q takes keys that it does not know", path)
	for key, value := range properties {
		below := strings.TrimPrefix(path+"."+key, ".")
		found = append(found, schemaPaths(t, below, value.(map[string]any), definitions)...)
	}
	return found
}

// freeForm are values whose keys are Kubernetes' and not ours.
var freeForm = map[string]bool{
	"resources": true, "podSecurityContext": true, "securityContext": true, "metrics.dashboard.labels": true,
}

func toJSONLine(t *testing.T, value any) string {
	t.Helper()
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartPath, name))
	require.NoError(t, err)
	return text
}
