package oracle

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
)

// The history: every difference is explained by the list, and everything in the
// list still explains one.
func TestSameAnswersAboutTheHistory(t *testing.T) {
	waves := corpus.History()
	snapshots, err := corpus.Snapshots(waves)
	require.NoError(t, err)
	server, ours := corpus.Serve(t, snapshots[0])
	theirs := startOfficial(t, ours+"/v0/servers")
	for i := range waves[1:] {
		theirs.learn(t, waves[i+1])
		require.NoError(t, server.Load(snapshots[i+1]))
	}
	final := snapshots[len(snapshots)-1]
	theirs.setTimes(t, final)

	checkPreflights(t, theirs.url, ours)
	questions := append(questionsAbout(final, "search=example/s", "search=SERVER-0", "search=rich"), edgeQuestions()...)
	require.Greater(t, len(questions), 200)
	used := compare(t, questions, theirs.url, ours)
	for i, d := range differences() {
		require.NotZero(t, used[i], "this difference is no more, take it off the list: %s", d.what)
	}
}

// compare asks all questions and returns how often each difference was met.
func compare(t *testing.T, questions []question, theirs, ours string) []int {
	t.Helper()
	known := differences()
	used := make([]int, len(known))
	same := 0
	seen := map[question]bool{}
	for _, q := range questions {
		require.False(t, seen[q], "asked twice: %s", q)
		seen[q] = true
		v := judge(q, q.ask(t, theirs), q.ask(t, ours), known)
		if v.unexplained != "" {
			t.Errorf("a difference that is not listed: %.2000s", v.unexplained)
		}
		if v.same {
			same++
		}
		for _, i := range v.by {
			used[i]++
		}
	}
	t.Logf("%d questions, %d answered exactly alike", len(questions), same)
	for i, d := range known {
		t.Logf("%4d × %s", used[i], d.what)
	}
	return used
}

// The real catalogue. What the official registry does not publish, because a
// publisher may say no more than 4 KB there, goes into its database directly.
func TestSameAnswersAboutARealCatalogue(t *testing.T) {
	snapshot := corpus.Real(t, "toolhive-catalog-2026-11-03.json")
	_, ours := corpus.Serve(t, snapshot)
	theirs := startOfficial(t, ours+"/v0/servers")
	t.Logf("%d of %d entries were refused and inserted", theirs.insertMissing(t, snapshot), snapshot.Servers)
	theirs.learn(t, corpus.Wave{Changed: statusesOf(t, snapshot)})
	theirs.setTimes(t, snapshot)
	compare(t, questionsAbout(snapshot, "search=stacklok/g", "search=STACKLOK", "search=kubernetes"), theirs.url, ours)
}

// statusesOf are the statuses that a publisher would have to set.
func statusesOf(t *testing.T, snapshot registry.Snapshot) []corpus.Change {
	t.Helper()
	var changes []corpus.Change
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		if p.Official.Status != registry.StatusActive {
			changes = append(changes, corpus.Change{ID: p.ID, Status: p.Official.Status})
		}
		return nil
	}))
	return changes
}

// checkPreflights asks as browsers do; the answers are headers, which questions
// do not look at.
func checkPreflights(t *testing.T, bases ...string) {
	t.Helper()
	for _, base := range bases {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, base+api, nil)
		require.NoError(t, err)
		request.Header.Set("Origin", "https://example.com")
		request.Header.Set("Access-Control-Request-Method", http.MethodGet)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusNoContent, response.StatusCode, base)
		require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"), base)
	}
}
