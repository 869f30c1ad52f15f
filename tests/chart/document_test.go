package chart

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// TestDocumentedValues: the values that the document about installing shows are
// values of this chart.
func TestDocumentedValues(t *testing.T) {
	document, err := os.ReadFile("../../docs/install.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllSubmatch(document, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		var values map[string]any
		require.NoError(t, yaml.Unmarshal(block[1], &values))
		render(t, with(values))
	}
}
