package alerts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// api are the labels that Prometheus adds to the metrics of an API Pod.
const api = `namespace="team",toolhive_stacklok_dev_registry="tools"`

func TestAlerts(t *testing.T) {
	covered := map[string][2]bool{}
	for name, test := range map[string]struct {
		why    string
		alert  string
		series string
		after  time.Duration
		want   []string
	}{
		"not serving": {
			why: "clients get no answer", alert: "MCPRegistryNotServing", after: 11 * time.Minute,
			series: `mcp_registry_serving{namespace="team",name="tools"} 0x20
				mcp_registry_serving{namespace="team",name="other"} 1x20`,
			want: []string{"The registry team/tools has no API service that answers."},
		},
		"new registry": {
			why: "the first Pods need a moment", alert: "MCPRegistryNotServing", after: 20 * time.Minute,
			series: `mcp_registry_serving{namespace="team",name="tools"} 0x5 1x20`,
		},
		"new leader": {
			why: "for a moment two replicas tell of one registry: one that ended and one that works", alert: "MCPRegistryNotServing", after: 15 * time.Minute,
			series: `mcp_registry_serving{namespace="team",name="tools",pod="old"} 0x20
				mcp_registry_serving{namespace="team",name="tools",pod="new"} 1x20`,
		},
		"stalled": {
			why: "nothing gets better by itself", alert: "MCPRegistryStalled", after: 6 * time.Minute,
			series: `mcp_registry_stalled{namespace="team",name="tools"} 1x20
				mcp_registry_suspended{namespace="team",name="tools"} 0x20`,
			want: []string{"The registry team/tools waits for a person: its spec, a Secret or its source has to change."},
		},
		"stalled and suspended": {
			why: "somebody has suspended it and knows", alert: "MCPRegistryStalled", after: 20 * time.Minute,
			series: `mcp_registry_stalled{namespace="team",name="tools"} 1x20
				mcp_registry_suspended{namespace="team",name="tools"} 1x20`,
		},
		"not ready": {
			why: "a source that is away for half an hour", alert: "MCPRegistryNotReady", after: 31 * time.Minute,
			series: `mcp_registry_ready{namespace="team",name="tools"} 0x40
				mcp_registry_stalled{namespace="team",name="tools"} 0x40`,
			want: []string{"The registry team/tools has not been what its spec asks for during the last half hour."},
		},
		"not ready and stalled": {
			why: "MCPRegistryStalled says so already", alert: "MCPRegistryNotReady", after: 31 * time.Minute,
			series: `mcp_registry_ready{namespace="team",name="tools"} 0x40
				mcp_registry_stalled{namespace="team",name="tools"} 1x40`,
		},
		"not ready for a while": {
			why: "it was ready in between", alert: "MCPRegistryNotReady", after: 50 * time.Minute,
			series: `mcp_registry_ready{namespace="team",name="tools"} 0x25 1x2 0x25`,
		},
		"stale": {
			why: "an interval of ten minutes, and nothing for an hour", alert: "MCPRegistrySyncStale", after: time.Hour,
			series: `mcp_registry_sync_last_success_timestamp_seconds{namespace="team",name="tools"} 0x70
				mcp_registry_sync_interval_seconds{namespace="team",name="tools"} 600x70`,
			want: []string{"The registry team/tools was last synced 1h 0m 0s ago, which is more than three intervals."},
		},
		"fresh": {
			why: "it is synced every ten minutes", alert: "MCPRegistrySyncStale", after: time.Hour,
			series: `mcp_registry_sync_last_success_timestamp_seconds{namespace="team",name="tools"} 0+60x70
				mcp_registry_sync_interval_seconds{namespace="team",name="tools"} 600x70`,
		},
		"no interval": {
			why: "it is synced when something changes", alert: "MCPRegistrySyncStale", after: time.Hour,
			series: `mcp_registry_sync_last_success_timestamp_seconds{namespace="team",name="tools"} 0x70`,
		},
		"rejected": {
			why: "somebody should mend these entries", alert: "MCPRegistryRejectedEntries", after: 61 * time.Minute,
			series: `mcp_registry_rejected_entries{namespace="team",name="tools"} 3x70
				mcp_registry_rejected_entries{namespace="team",name="other"} 0x70`,
			want: []string{"The registry team/tools leaves 3 entries of its sources out, because they are not valid."},
		},
		"rejected and mended": {
			why: "somebody is at work on them", alert: "MCPRegistryRejectedEntries", after: 70 * time.Minute,
			series: `mcp_registry_rejected_entries{namespace="team",name="tools"} 3x30 0x50`,
		},
		"API errors": {
			why: "a tenth of the answers are errors", alert: "MCPRegistryAPIErrors", after: 20 * time.Minute,
			series: `mcp_registry_api_requests_total{code="200",` + api + `} 0+90x30
				mcp_registry_api_requests_total{code="500",` + api + `} 0+10x30`,
			want: []string{"The API service of the registry team/tools answers 10% of its requests with an error of its own."},
		},
		"client errors": {
			why: "what clients do wrong wakes nobody up", alert: "MCPRegistryAPIErrors", after: 20 * time.Minute,
			series: `mcp_registry_api_requests_total{code="200",` + api + `} 0+10x30
				mcp_registry_api_requests_total{code="404",` + api + `} 0+90x30
				mcp_registry_api_requests_total{code="500",` + api + `} 0x30`,
		},
		"API slow": {
			why: "one in fifty takes more than two seconds", alert: "MCPRegistryAPISlow", after: 25 * time.Minute,
			series: `mcp_registry_api_request_duration_seconds_bucket{le="0.5",route="list",` + api + `} 0+98x30
				mcp_registry_api_request_duration_seconds_bucket{le="2",route="list",` + api + `} 0+98x30
				mcp_registry_api_request_duration_seconds_bucket{le="4",route="list",` + api + `} 0+100x30
				mcp_registry_api_request_duration_seconds_bucket{le="+Inf",route="list",` + api + `} 0+100x30`,
			want: []string{"One in a hundred requests to the registry team/tools takes 3s or longer."},
		},
		"API fast": {
			why: "one in a thousand is not the rule", alert: "MCPRegistryAPISlow", after: 25 * time.Minute,
			series: `mcp_registry_api_request_duration_seconds_bucket{le="0.5",route="list",` + api + `} 0+999x30
				mcp_registry_api_request_duration_seconds_bucket{le="2",route="list",` + api + `} 0+1000x30
				mcp_registry_api_request_duration_seconds_bucket{le="+Inf",route="list",` + api + `} 0+1000x30`,
		},
		"reload failing": {
			why: "one Pod of two serves old data", alert: "MCPRegistryAPIReloadFailing", after: 11 * time.Minute,
			series: `mcp_registry_api_reload_failing{pod="a",` + api + `} 1x20
				mcp_registry_api_reload_failing{pod="b",` + api + `} 0x20`,
			want: []string{"An API Pod of the registry team/tools cannot follow what the operator stores, and serves what it loaded before."},
		},
		"reload works": {
			why: "a short absence of the Kubernetes API hurts nobody", alert: "MCPRegistryAPIReloadFailing", after: 20 * time.Minute,
			series: `mcp_registry_api_reload_failing{pod="a",` + api + `} 1x8 0x20`,
		},
		"out of step": {
			why: "the answer depends on the Pod", alert: "MCPRegistryAPIOutOfStep", after: 16 * time.Minute,
			series: `mcp_registry_api_snapshot_info{pod="a",digest="1",` + api + `} 1x30
				mcp_registry_api_snapshot_info{pod="b",digest="2",` + api + `} 1x30`,
			want: []string{"The API Pods of the registry team/tools serve 2 different snapshots."},
		},
		"in step": {
			why: "all Pods serve one snapshot", alert: "MCPRegistryAPIOutOfStep", after: 16 * time.Minute,
			series: `mcp_registry_api_snapshot_info{pod="a",digest="1",` + api + `} 1x30
				mcp_registry_api_snapshot_info{pod="b",digest="1",` + api + `} 1x30`,
		},
		"operator gone": {
			why: "its Deployment is gone", alert: "MCPRegistryOperatorDown", after: 6 * time.Minute,
			series: `up{namespace="$namespace",job="other"} 1x20`,
			want:   []string{"No Pod of the operator can be asked for its metrics; the registries serve on, but nobody syncs them."},
		},
		"operator does not answer": {
			why: "its Pod crashes", alert: "MCPRegistryOperatorDown", after: 6 * time.Minute,
			series: `up{namespace="$namespace",job="$job"} 0x20`,
			want:   []string{"No Pod of the operator can be asked for its metrics; the registries serve on, but nobody syncs them."},
		},
		"one of two operators": {
			why: "the other one works", alert: "MCPRegistryOperatorDown", after: 20 * time.Minute,
			series: `up{namespace="$namespace",job="$job",pod="a"} 0x30
				up{namespace="$namespace",job="$job",pod="b"} 1x30`,
		},
		"no leader": {
			why: "the lock of a lost node is in the way", alert: "MCPRegistryOperatorWithoutLeader", after: 11 * time.Minute,
			series: `up{namespace="$namespace",job="$job"} 1x20`,
			want:   []string{"The operator runs, but none of its Pods leads, so that nobody syncs the registries."},
		},
		"a leader": {
			why: "one of two leads", alert: "MCPRegistryOperatorWithoutLeader", after: 11 * time.Minute,
			series: `up{namespace="$namespace",job="$job",pod="a"} 1x20
				up{namespace="$namespace",job="$job",pod="b"} 1x20
				controller_runtime_max_concurrent_reconciles{namespace="$namespace",job="$job",pod="a",controller="mcpregistry"} 4x20`,
		},
		"reconcile errors": {
			why: "every minute a write is refused", alert: "MCPRegistryReconcileErrors", after: 35 * time.Minute,
			series: `controller_runtime_reconcile_errors_total{namespace="$namespace",job="$job",controller="mcpregistry"} 0+1x40`,
			want:   []string{"The operator failed 15 times in 15 minutes to write or read what it needs at the Kubernetes API."},
		},
		"a reconcile error": {
			why: "a conflict now and then is normal", alert: "MCPRegistryReconcileErrors", after: 35 * time.Minute,
			series: `controller_runtime_reconcile_errors_total{namespace="$namespace",job="$job",controller="mcpregistry"} 0x10 1x10 2x20`,
		},
	} {
		seen := covered[test.alert]
		covered[test.alert] = [2]bool{seen[0] || len(test.want) > 0, seen[1] || len(test.want) == 0}
		t.Run(name, func(t *testing.T) {
			if test.want == nil {
				test.want = []string{}
			}
			require.Equal(t, test.want, firing(t, test.alert, test.series, test.after), test.why)
		})
	}
	for _, rule := range alerting(load(t, "")) {
		seen := covered[rule.Name()]
		require.True(t, seen[0], "no test in which %s comes", rule.Name())
		require.True(t, seen[1], "no test in which %s does not come", rule.Name())
	}
}
