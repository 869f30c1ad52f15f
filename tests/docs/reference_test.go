package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated part of the reference again")

const (
	reference = "../../docs/reference/registry.md"
	apiFolder = "../../api/v1alpha1"
	marker    = "<!-- generated: do not edit below this line -->\n"
)

// sections are the tables of the reference: constants with a common prefix.
var sections = []struct{ title, prefix string }{
	{"Annotations", "Annotation"},
	{"Labels", "Label"},
	{"Phases", "Phase"},
	{"Conditions", "Condition"},
	{"Reasons of conditions and events", "Reason"},
	{"Why a sync was due: `status.syncStatus.reason`", "Due"},
}

// TestReferenceIsTheCode is pitfall 36: the documented annotation was never the
// one in the code, and documented phases and reasons did not exist.
func TestReferenceIsTheCode(t *testing.T) {
	text, err := os.ReadFile(reference)
	require.NoError(t, err)
	intro, _, found := strings.Cut(string(text), marker)
	require.True(t, found, "%s has no line %q", reference, marker)

	want := intro + marker + tables(stringConstants(t, apiFolder))
	if *update {
		require.NoError(t, os.WriteFile(reference, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run make generate")
}

// constant is an exported string constant with its comment.
type constant struct{ name, value, comment string }

func tables(constants []constant) string {
	// A comment links to other constants by name; a reader wants their values.
	var names []string
	for _, c := range constants {
		names = append(names, "["+c.name+"]", "`"+c.value+"`")
	}
	values := strings.NewReplacer(names...)

	var out strings.Builder
	for _, section := range sections {
		fmt.Fprintf(&out, "\n## %s\n\n| value | meaning |\n|---|---|\n", section.title)
		for _, c := range constants {
			if strings.HasPrefix(c.name, section.prefix) {
				fmt.Fprintf(&out, "| `%s` | %s |\n", c.value, values.Replace(c.comment))
			}
		}
	}
	return out.String()
}

func stringConstants(t *testing.T, folder string) []constant {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	var found []constant
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, declaration := range parsed.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
				found = append(found, inGroup(t, group)...)
			}
		}
	}
	return found
}

func inGroup(t *testing.T, group *ast.GenDecl) []constant {
	t.Helper()
	var found []constant
	for _, item := range group.Specs {
		spec := item.(*ast.ValueSpec)
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		found = append(found, constant{spec.Names[0].Name, value, meaning(spec)})
	}
	return found
}

// meaning is the comment of a constant as one line, without the constant's name.
func meaning(spec *ast.ValueSpec) string {
	text := strings.Join(strings.Fields(spec.Doc.Text()), " ")
	name := spec.Names[0].Name
	for _, prefix := range []string{name + ": ", name + " is ", name + " "} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return rest
		}
	}
	return text
}
