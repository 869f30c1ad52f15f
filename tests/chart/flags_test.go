package chart

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChartKnowsEveryFlag: a flag that the chart does not set, or a variable
// that no flag reads, is a setting that silently does nothing.
func TestChartKnowsEveryFlag(t *testing.T) {
	var want []string
	for _, name := range managerFlags(t) {
		want = append(want, "MCP_REGISTRY_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
	}
	var set []string
	for name := range environment(t, render(t, defaults())) {
		if !strings.HasPrefix(name, "POD_") {
			set = append(set, name)
		}
	}
	require.ElementsMatch(t, want, set)
}

// managerFlags reads the names of the flags in the manager command's source.
func managerFlags(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../manager.go", nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) < 3 {
			return true
		}
		function, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !strings.HasSuffix(function.Sel.Name, "Var") {
			return true
		}
		if literal, ok := call.Args[1].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			name, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			names = append(names, name)
		}
		return true
	})
	return names
}
