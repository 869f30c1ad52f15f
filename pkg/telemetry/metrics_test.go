package telemetry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/telemetry"
)

// cache is what the operator knows of the cluster.
type cache struct {
	client.Reader
	objects []v1alpha1.MCPRegistry
	err     error
}

func (c *cache) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.MCPRegistryList).Items = c.objects
	return c.err
}

func elected() chan struct{} {
	leads := make(chan struct{})
	close(leads)
	return leads
}

func registryCalled(name string) *v1alpha1.MCPRegistry {
	return &v1alpha1.MCPRegistry{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name}}
}

var synced = metav1.NewTime(time.Unix(1_700_000_000, 0))

func served() v1alpha1.MCPRegistry {
	o := registryCalled("served")
	o.Spec.SyncPolicy = &v1alpha1.SyncPolicy{Interval: "30m"}
	o.Status.Conditions = []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue},
		{Type: v1alpha1.ConditionAPIReady, Status: metav1.ConditionTrue},
	}
	o.Status.SyncStatus = &v1alpha1.SyncStatus{
		ServerCount: 7, RejectedCount: 2, AttemptCount: 3, LastSyncTime: &synced, LastAttempt: &synced,
		Sources: []v1alpha1.SourceStatus{{Name: "a"}, {Name: "b", Message: "gone"}},
	}
	return *o
}

func TestGaugesSayWhatTheStatusSays(t *testing.T) {
	m := telemetry.New(&cache{objects: []v1alpha1.MCPRegistry{served(), *registryCalled("fresh")}}, elected())
	require.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(`
# HELP mcp_registry_ready 1 if the condition Ready is True, else 0.
# TYPE mcp_registry_ready gauge
mcp_registry_ready{name="fresh",namespace="team"} 0
mcp_registry_ready{name="served",namespace="team"} 1
# HELP mcp_registry_servers Server versions stored.
# TYPE mcp_registry_servers gauge
mcp_registry_servers{name="fresh",namespace="team"} 0
mcp_registry_servers{name="served",namespace="team"} 7
# HELP mcp_registry_rejected_entries Entries that the last sync left out because they are not valid.
# TYPE mcp_registry_rejected_entries gauge
mcp_registry_rejected_entries{name="fresh",namespace="team"} 0
mcp_registry_rejected_entries{name="served",namespace="team"} 2
# HELP mcp_registry_failing_sources Sources with which something was wrong at the last sync.
# TYPE mcp_registry_failing_sources gauge
mcp_registry_failing_sources{name="fresh",namespace="team"} 0
mcp_registry_failing_sources{name="served",namespace="team"} 1
# HELP mcp_registry_sync_last_success_timestamp_seconds When a sync last succeeded, also without a change, in seconds since 1970. Absent before the first one.
# TYPE mcp_registry_sync_last_success_timestamp_seconds gauge
mcp_registry_sync_last_success_timestamp_seconds{name="served",namespace="team"} 1.7e+09
# HELP mcp_registry_sync_interval_seconds spec.syncPolicy.interval. Absent without one, and while the registry is suspended.
# TYPE mcp_registry_sync_interval_seconds gauge
mcp_registry_sync_interval_seconds{name="served",namespace="team"} 1800
`), "mcp_registry_ready", "mcp_registry_servers", "mcp_registry_rejected_entries", "mcp_registry_failing_sources",
		"mcp_registry_sync_last_success_timestamp_seconds", "mcp_registry_sync_interval_seconds"))
}

func TestSuspendedRegistriesHaveNoInterval(t *testing.T) {
	o := served()
	o.Spec.Suspend = true
	m := telemetry.New(&cache{objects: []v1alpha1.MCPRegistry{o}}, elected())
	require.Zero(t, testutil.CollectAndCount(m, "mcp_registry_sync_interval_seconds"), "nobody waits for their next sync")
}

func TestFailuresAreCountedByReasonUntilTheRegistryGoes(t *testing.T) {
	c := &cache{objects: []v1alpha1.MCPRegistry{served()}}
	m := telemetry.New(c, elected())
	served, stranger := registryCalled("served"), registryCalled("stranger")
	down := fault.NewRetry(v1alpha1.ReasonSourceUnavailable, errors.New("connection refused by 10.0.0.1"))
	for _, a := range []*status.Attempt{nil, {}, {Err: down}, {Err: down}, {Err: errors.New("unclassified")}} {
		for _, o := range []*v1alpha1.MCPRegistry{served, stranger} {
			o.Status = status.Compute(o.Name, o.Status, status.Facts{Attempt: a})
			m.Attempted(o, a)
		}
	}
	want := `
# HELP mcp_registry_sync_failures_total Failed syncs since the operator started, by the reason that the condition SyncSuccessful showed.
# TYPE mcp_registry_sync_failures_total counter
mcp_registry_sync_failures_total{name="served",namespace="team",reason="SourceUnavailable"} 2
mcp_registry_sync_failures_total{name="served",namespace="team",reason="StorageFailed"} 1
# HELP mcp_registry_syncs_total Syncs since the operator started, good ones and failed ones. Absent before the first one.
# TYPE mcp_registry_syncs_total counter
mcp_registry_syncs_total{name="served",namespace="team"} 4
`
	names := []string{"mcp_registry_sync_failures_total", "mcp_registry_syncs_total"}
	require.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(want), names...), "a registry that is gone has no series")

	c.objects = nil
	require.Zero(t, testutil.CollectAndCount(m))
	c.objects = []v1alpha1.MCPRegistry{*served}
	require.Zero(t, testutil.CollectAndCount(m, names...), "a new registry of the same name begins anew")
}

func TestWhoDoesNotLeadHasNoRegistries(t *testing.T) {
	leads := make(chan struct{})
	m := telemetry.New(&cache{objects: []v1alpha1.MCPRegistry{served()}}, leads)
	require.Zero(t, testutil.CollectAndCount(m))
	close(leads)
	require.NotZero(t, testutil.CollectAndCount(m))
}

func TestACacheThatIsGoneSpoilsNoOtherMetric(t *testing.T) {
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(telemetry.New(&cache{err: errors.New("stopped")}, elected()), telemetry.BuildInfo("v1"))
	families, err := all.Gather()
	require.NoError(t, err)
	require.Len(t, families, 1)
}

func TestNobodyHasToCount(t *testing.T) {
	var m *telemetry.Metrics
	m.Attempted(registryCalled("r"), &status.Attempt{})
}
