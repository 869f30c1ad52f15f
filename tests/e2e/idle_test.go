package e2e

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const (
	idleDefault = 5 * time.Minute
	// settling lets events, the last status and late notifications pass.
	settling = 30 * time.Second
)

// idle: registries that nothing happens to cost the API server nothing but
// open watches, and their sources nothing at all (pitfalls 14 and 15).
func idle(t *testing.T, w *world) {
	watched := idleDefault
	if text := os.Getenv("E2E_IDLE"); text != "" {
		var err error
		watched, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	ns := w.namespace(t, "idle")
	w.git.Commit("idle/registry.json", fixture.ToolHive("one"))
	setup := w.Audit(t)
	users := []string{serviceAccount(operatorNamespace, w.operatorDeployment(t).Spec.Template.Spec.ServiceAccountName)}
	for i := range 4 {
		name := fmt.Sprintf("team-%d", i)
		r := fixture.FromConfigMap(ns, name)
		if i == 0 {
			r = fixture.FromGit(ns, name, w.git.url, "idle/registry.json")
			r.Spec.Source.Format = v1alpha1.FormatToolHive
		} else {
			w.Create(t, fixture.Source(ns, name, fixture.ToolHive("one")))
		}
		w.Create(t, r)
		w.Ready(t, r)
		users = append(users, serviceAccount(ns, v1alpha1.APIName(name)))
	}
	w.forgetGitRequests(t, ns)
	time.Sleep(settling)

	audit, before := w.Audit(t), w.requestTotals(t)
	time.Sleep(watched)
	printTotals(t, watched, before, w.requestTotals(t))
	require.Empty(t, w.git.Requests(), "requests to the Git server")
	if audit == nil {
		t.Skip("without the audit log it cannot be told whose requests these are: set LOCALCLUSTER_AUDIT_LOG")
	}
	for _, user := range users {
		require.NotEmpty(t, setup.By(t, user), "the audit log does not show what %s did before", user)
	}
	assertOnlyWatches(t, audit, users)
}

func assertOnlyWatches(t *testing.T, audit *cluster.AuditLog, users []string) {
	t.Helper()
	for _, user := range users {
		watches := 0
		for _, request := range audit.By(t, user) {
			require.Equal(t, "watch", request.Verb, "%s", request)
			watches++
		}
		t.Logf("%s: %d requests, all of them watches", user, watches)
	}
}

// counter is a line of the API server's metrics that counts requests.
var counter = regexp.MustCompile(`(?m)^apiserver_request_total\{(.*)\} ([0-9.e+]+)$`)

// requestTotals counts the API server's requests by "verb resource", for the
// resources that the operator and the API services use.
func (w *world) requestTotals(t *testing.T) map[string]float64 {
	t.Helper()
	text, err := w.Clientset.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(t.Context())
	require.NoError(t, err)
	resources := []string{"mcpregistries", "configmaps", "deployments", "services", "serviceaccounts", "roles", "rolebindings", "events"}
	totals := map[string]float64{}
	for _, line := range counter.FindAllStringSubmatch(string(text), -1) {
		resource, verb := label(line[1], "resource"), label(line[1], "verb")
		if !slices.Contains(resources, resource) {
			continue
		}
		number, err := strconv.ParseFloat(line[2], 64)
		require.NoError(t, err)
		totals[verb+" "+resource] += number
	}
	return totals
}

func label(labels, name string) string {
	_, rest, _ := strings.Cut(","+labels, ","+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func printTotals(t *testing.T, during time.Duration, before, after map[string]float64) {
	t.Logf("apiserver_request_total during %s, of all clients together:", during)
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if delta := after[key] - before[key]; delta != 0 || strings.HasSuffix(key, "mcpregistries") {
			t.Logf("  %-24s +%.0f", key, delta)
		}
	}
}
