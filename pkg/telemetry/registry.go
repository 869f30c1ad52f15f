package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// gauge is a number that the spec and the status of a registry give.
type gauge struct {
	desc *prometheus.Desc
	// of returns it, or false where a registry has none.
	of func(*v1alpha1.MCPRegistry) (value float64, exists bool)
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("mcp_registry", "", name), help,
		append([]string{"namespace", "name"}, labels...), nil)
}

var (
	syncs = describe("syncs_total",
		"Syncs since the operator started, good ones and failed ones. Absent before the first one.")
	failures = describe("sync_failures_total",
		"Failed syncs since the operator started, by the reason that the condition SyncSuccessful showed.", "reason")
)

var gauges = []gauge{
	{describe("ready", "1 if the condition Ready is True, else 0."), condition(v1alpha1.ConditionReady)},
	{describe("stalled", "1 if the condition Stalled is True, else 0: a person has to act."), condition(v1alpha1.ConditionStalled)},
	{describe("serving", "1 if the condition APIReady is True, else 0."), condition(v1alpha1.ConditionAPIReady)},
	{describe("suspended", "1 if spec.suspend is true, else 0."), func(o *v1alpha1.MCPRegistry) (float64, bool) {
		return number(o.Spec.Suspend), true
	}},
	{describe("servers", "Server versions stored."), fromSync(func(s *v1alpha1.SyncStatus) float64 {
		return float64(s.ServerCount)
	})},
	{describe("rejected_entries", "Entries that the last sync left out because they are not valid."), fromSync(func(s *v1alpha1.SyncStatus) float64 {
		return float64(s.RejectedCount)
	})},
	{describe("failing_sources", "Sources with which something was wrong at the last sync."), fromSync(failingSources)},
	{describe("sync_consecutive_failures", "Failed syncs since the last good one."), fromSync(func(s *v1alpha1.SyncStatus) float64 {
		return float64(s.AttemptCount)
	})},
	{
		describe("sync_last_success_timestamp_seconds", "When a sync last succeeded, also without a change, in seconds since 1970. Absent before the first one."),
		func(o *v1alpha1.MCPRegistry) (float64, bool) {
			return moment(o, func(s *v1alpha1.SyncStatus) *metav1.Time { return s.LastSyncTime })
		},
	},
	{
		describe("sync_last_attempt_timestamp_seconds", "When the last sync started, in seconds since 1970. Absent before the first one."),
		func(o *v1alpha1.MCPRegistry) (float64, bool) {
			return moment(o, func(s *v1alpha1.SyncStatus) *metav1.Time { return s.LastAttempt })
		},
	},
	{
		describe("sync_interval_seconds", "spec.syncPolicy.interval. Absent without one, and while the registry is suspended."),
		interval,
	},
}

func collectGauges(o *v1alpha1.MCPRegistry, to chan<- prometheus.Metric) {
	for _, g := range gauges {
		if value, exists := g.of(o); exists {
			to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, o.Namespace, o.Name)
		}
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func condition(kind string) func(*v1alpha1.MCPRegistry) (float64, bool) {
	return func(o *v1alpha1.MCPRegistry) (float64, bool) {
		return number(meta.IsStatusConditionTrue(o.Status.Conditions, kind)), true
	}
}

func fromSync(of func(*v1alpha1.SyncStatus) float64) func(*v1alpha1.MCPRegistry) (float64, bool) {
	return func(o *v1alpha1.MCPRegistry) (float64, bool) {
		if o.Status.SyncStatus == nil {
			return 0, true
		}
		return of(o.Status.SyncStatus), true
	}
}

func failingSources(s *v1alpha1.SyncStatus) (failing float64) {
	for i := range s.Sources {
		failing += number(s.Sources[i].Message != "")
	}
	return failing
}

func moment(o *v1alpha1.MCPRegistry, of func(*v1alpha1.SyncStatus) *metav1.Time) (float64, bool) {
	if o.Status.SyncStatus == nil {
		return 0, false
	}
	at := of(o.Status.SyncStatus)
	if at.IsZero() {
		return 0, false
	}
	return float64(at.Unix()), true
}

func interval(o *v1alpha1.MCPRegistry) (float64, bool) {
	if o.Spec.SyncPolicy == nil || o.Spec.Suspend {
		return 0, false
	}
	every, err := time.ParseDuration(o.Spec.SyncPolicy.Interval)
	return every.Seconds(), err == nil && every > 0
}
