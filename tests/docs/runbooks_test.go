package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const runbooks = "../../docs/runbooks/"

// rule is one alert of the chart.
type rule struct {
	Alert               string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (all []rule) {
	t.Helper()
	text, err := os.ReadFile("../../charts/mcp-registry-operator/files/alerts.yaml")
	require.NoError(t, err)
	var file struct{ Groups []struct{ Rules []rule } }
	require.NoError(t, yaml.Unmarshal(text, &file))
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

// TestEachAlertHasARunbook: who is woken up finds a page that says what to do.
func TestEachAlertHasARunbook(t *testing.T) {
	index, err := os.ReadFile(runbooks + "README.md")
	require.NoError(t, err)
	want := []string{runbooks + "README.md"}
	for _, alert := range alerts(t) {
		page := alert.Alert + ".md"
		require.Equal(t, "https://github.com/mcp-registry-operator/mcp-registry-operator/blob/main/docs/runbooks/"+page,
			alert.Annotations["runbook_url"], alert.Alert)
		require.Contains(t, string(index), "| ["+alert.Alert+"]("+page+") | "+alert.Labels["severity"]+" |")
		want = append(want, runbooks+page)
	}
	pages, err := filepath.Glob(runbooks + "*.md")
	require.NoError(t, err)
	for i := range want {
		want[i] = filepath.Clean(want[i])
	}
	require.ElementsMatch(t, want, pages, "pages and alerts")
}

// TestRunbooksNameReasonsThatExist: the words of a page are those of the status.
func TestRunbooksNameReasonsThatExist(t *testing.T) {
	reference, err := os.ReadFile("../../docs/reference/registry.md")
	require.NoError(t, err)
	reason := regexp.MustCompile("(?m)^- \\*\\*`([A-Z][A-Za-z]+)`")
	for _, alert := range alerts(t) {
		text, err := os.ReadFile(runbooks + alert.Alert + ".md")
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "# "+alert.Alert+"\n"), alert.Alert)
		for _, match := range reason.FindAllSubmatch(text, -1) {
			require.Contains(t, string(reference), "`"+string(match[1])+"`", "%s.md", alert.Alert)
		}
	}
}
