package chart

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// marker is the line of the README below which the table of values begins.
const marker = "<!-- made from values.yaml by make generate: edit the comments there -->\n"

// setting is a value that can be set.
type setting struct {
	path, comment, standard string
}

// TestReadmeListsTheValues: the table in the README is made from values.yaml.
func TestReadmeListsTheValues(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, found := strings.Cut(text, marker)
	require.True(t, found, "README.md has no line %q", marker)
	_, after, found := strings.Cut(rest, "\n## ")
	require.True(t, found, "README.md has no section after the values")

	var table strings.Builder
	table.WriteString("\n| value | default | meaning |\n|---|---|---|\n")
	for _, s := range settings(t) {
		require.NotEmpty(t, s.comment, "%s has no comment in values.yaml", s.path)
		table.WriteString("| `" + s.path + "` | " + s.standard + " | " + s.comment + " |\n")
	}
	want := before + marker + table.String() + "\n## " + after
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(chartPath, "README.md"), []byte(want), 0o644))
		return
	}
	require.Equal(t, want, text, "run make generate")
}

// settings lists the values in the order of values.yaml.
func settings(t *testing.T) []setting {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(read(t, "values.yaml"), &document))
	require.Len(t, document.Content, 1)
	return walk(t, "", document.Content[0])
}

func walk(t *testing.T, prefix string, mapping *yaml.Node) (found []setting) {
	t.Helper()
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		path := prefix + key.Value
		if value.Kind == yaml.MappingNode && len(value.Content) > 0 && !freeForm[path] {
			found = append(found, walk(t, path+".", value)...)
			continue
		}
		found = append(found, setting{path: path, comment: sentence(key.HeadComment), standard: standard(t, value)})
	}
	return found
}

// sentence makes one line of the last paragraph of a comment; the others are
// about more than one value.
func sentence(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	lines := strings.Split(paragraphs[len(paragraphs)-1], "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(strings.TrimPrefix(lines[i], "#"))
	}
	return strings.ReplaceAll(strings.Join(lines, " "), "|", "\\|")
}

// standard shows a default: short ones as they are, long ones by their keys.
func standard(t *testing.T, value *yaml.Node) string {
	t.Helper()
	var decoded any
	require.NoError(t, value.Decode(&decoded))
	if decoded == "" {
		return ""
	}
	if fields, ok := decoded.(map[string]any); ok && len(fields) > 0 {
		keys := make([]string, 0, len(fields))
		for key := range fields {
			keys = append(keys, "`"+key+"`")
		}
		sort.Strings(keys)
		return "sets " + strings.Join(keys, ", ")
	}
	return "`" + strings.TrimSpace(toJSONLine(t, decoded)) + "`"
}
