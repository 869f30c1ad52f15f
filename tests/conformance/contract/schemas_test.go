package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

var write = flag.Bool("write", false, "write the schemas that the operator checks entries by")

// The operator checks entries by what the published schemas demand.
func TestEmbeddedSchemas(t *testing.T) {
	folder := filepath.Join(program.Module(t, officialModule), "internal", "validators", "schemas")
	published, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, published)
	ours := filepath.Join("..", "..", "..", "pkg", "schema", "schemas")
	for _, file := range published {
		name := filepath.Base(file)
		want := constraints(t, file)
		if *write {
			require.NoError(t, os.WriteFile(filepath.Join(ours, name), want, 0o600))
		}
		got, err := os.ReadFile(filepath.Join(ours, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), name)
	}
	embedded, err := filepath.Glob(filepath.Join(ours, "*.json"))
	require.NoError(t, err)
	require.Len(t, embedded, len(published))
}

// constraints are what a schema says about validity, in one spelling.
func constraints(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var schema any
	require.NoError(t, json.Unmarshal(data, &schema))
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	require.NoError(t, encoder.Encode(withoutNotes(schema)))
	return out.Bytes()
}

// withoutNotes leaves out the keywords that are for people. Properties and
// definitions may have the same names.
func withoutNotes(schema any) any {
	switch schema := schema.(type) {
	case []any:
		for i := range schema {
			schema[i] = withoutNotes(schema[i])
		}
	case map[string]any:
		for keyword, value := range schema {
			switch named, ok := value.(map[string]any); {
			case slices.Contains([]string{"$comment", "title", "description", "default", "example", "examples"}, keyword):
				delete(schema, keyword)
			case ok && (keyword == "properties" || keyword == "definitions"):
				for name := range named {
					named[name] = withoutNotes(named[name])
				}
			default:
				schema[keyword] = withoutNotes(value)
			}
		}
	}
	return schema
}
