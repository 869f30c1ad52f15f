package alerts

import (
	"context"
	"log/slog"
	"sort"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/stretchr/testify/require"
)

const (
	chart = "../../charts/mcp-registry-operator/files/"
	// every is how often rules are evaluated.
	every = time.Minute
)

// load returns the rules over a storage that holds series; see the language of
// promqltest for these.
func load(t *testing.T, series string) []*rules.Group {
	t.Helper()
	storage := promqltest.LoadedStorage(t, "load 1m\n"+series)
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 100_000)
	manager := rules.NewManager(&rules.ManagerOptions{
		Context: t.Context(), Logger: slog.New(slog.DiscardHandler), Parser: parser.NewParser(parser.Options{}),
		AppendableV2: storage, Queryable: storage, QueryFunc: rules.EngineQueryFunc(engine, storage),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	})
	loaded, problems := manager.LoadGroups(every, labels.EmptyLabels(), "", nil, false, chart+"alerts.yaml")
	require.Empty(t, problems)
	groups := make([]*rules.Group, 0, len(loaded))
	for _, group := range loaded {
		groups = append(groups, group)
	}
	return groups
}

// firing evaluates the rules minute by minute and returns the summaries of an
// alert's instances that fire in the end.
func firing(t *testing.T, alert, series string, after time.Duration) []string {
	t.Helper()
	groups := load(t, series)
	for at := time.Duration(0); at <= after; at += every {
		for _, group := range groups {
			group.Eval(t.Context(), time.Unix(0, 0).Add(at))
		}
	}
	summaries := []string{}
	for _, rule := range alerting(groups) {
		require.NoError(t, rule.LastError(), rule.Name())
		for _, active := range rule.ActiveAlerts() {
			if rule.Name() == alert && active.State == rules.StateFiring {
				summaries = append(summaries, active.Annotations.Get("summary"))
			}
		}
	}
	sort.Strings(summaries)
	return summaries
}

func alerting(groups []*rules.Group) (all []*rules.AlertingRule) {
	for _, group := range groups {
		all = append(all, group.AlertingRules()...)
	}
	return all
}
