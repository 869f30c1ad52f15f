package oracle

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

var write = flag.Bool("write", false, "write the table into docs/conformance.md")

// The users' document says what the list says.
func TestTableInTheDocument(t *testing.T) {
	file := filepath.Join(program.Root(), "docs", "conformance.md")
	document, err := os.ReadFile(file)
	require.NoError(t, err)
	want, err := withTable(string(document), differences())
	require.NoError(t, err)
	if *write {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(document), "run make conformance-docs")
}

func TestEveryDifferenceIsJustified(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range differences() {
		for _, text := range []string{d.what, d.theirs, d.ours, d.why} {
			require.NotEmpty(t, text, d.what)
			require.NotContains(t, text, "|")
			require.NotContains(t, text, "\n")
		}
		require.True(t, strings.HasSuffix(d.why, "."), d.what)
		require.False(t, seen[d.what], d.what)
		seen[d.what] = true
	}
}
