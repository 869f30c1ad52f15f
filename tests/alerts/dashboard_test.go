package alerts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// foreign are metrics that Prometheus and controller-runtime make.
var foreign = regexp.MustCompile(`^(up|controller_runtime_.*|workqueue_.*)$`)

// TestMetricsExist: a query for a metric that nobody has is an empty panel, and
// an alert that never comes.
func TestMetricsExist(t *testing.T) {
	documented := documentedMetrics(t)
	queries := dashboardQueries(t)
	for _, rule := range alerting(load(t, "")) {
		queries = append(queries, rule.Query().String())
	}
	require.Greater(t, len(queries), 20)
	queryParser := parser.NewParser(parser.Options{})
	for _, query := range queries {
		parsed, err := queryParser.ParseExpr(strings.ReplaceAll(query, "$__rate_interval", "5m"))
		require.NoError(t, err, query)
		parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
			if selector, ok := node.(*parser.VectorSelector); ok && !foreign.MatchString(selector.Name) {
				require.Contains(t, documented, strings.TrimSuffix(selector.Name, "_bucket"), query)
			}
			return nil
		})
	}
}

// dashboardQueries are those of all panels.
func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile(chart + "dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Type, Title, Description string
			Targets                  []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	for _, panel := range dashboard.Panels {
		if panel.Type == "row" {
			continue
		}
		require.NotEmpty(t, panel.Description, panel.Title)
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

// documentedMetrics are those of the reference, which is made from the programs.
func documentedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, page := range []string{"metrics.md", "operator-metrics.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs/reference", page))
		require.NoError(t, err)
		for _, match := range regexp.MustCompile("(?m)^\\| `(mcp_[a-z_]+)` \\|").FindAllSubmatch(text, -1) {
			found[string(match[1])] = true
		}
	}
	return found
}
