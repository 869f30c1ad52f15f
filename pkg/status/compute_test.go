package status

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

var (
	t0     = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	inputs = storage.Inputs{SourceHash: "s", FilterHash: "f"}
	stored = storage.Manifest{Digest: "sha256:abc", Servers: 3, Origin: storage.Origin{Inputs: inputs}}
	gone   = fault.NewRetry(v1alpha1.ReasonSourceUnavailable, errors.New("the ConfigMap is gone"))
)

// served are the facts of a registry with which all is well.
func served() Facts {
	return Facts{
		Now: t0, Generation: 2, Stored: stored, Whole: true, Inputs: inputs,
		API: API{Exists: true, Ready: true, ReadyReplicas: 1, Endpoint: "http://r-api"},
	}
}

func synced() *Attempt {
	return &Attempt{Reason: v1alpha1.DueNeverSynced, Trigger: "t1", Started: t0, Result: sync.Result{
		Sources: []sync.SourceResult{{
			Type: "git", Fetched: true, Parsed: true, Revision: "r1", Data: &registry.SourceState{Type: "git", Servers: 4},
		}},
		Stored:  stored,
		Changes: registry.Changes{Added: []string{"a@1", "b@1", "c@1"}},
	}}
}

func failed(err error, fetched, parsed bool) *Attempt {
	return &Attempt{Reason: v1alpha1.DueRetry, Started: t0, Err: err, Result: sync.Result{
		Sources: []sync.SourceResult{{Type: "git", Fetched: fetched, Parsed: parsed, Err: err}},
	}}
}

func TestCompute(t *testing.T) {
	terminal := func(reason string) error { return fault.NewTerminal(reason, errors.New("mend it")) }
	tests := map[string]struct {
		why        string
		change     func(*Facts)
		ready      metav1.ConditionStatus
		reason     string
		phase      v1alpha1.Phase
		stalled    bool
		apiReady   bool
		syncFailed bool
	}{
		"all well": {
			why: "Ready is True when what is wanted is stored and served", change: func(f *Facts) { f.Attempt = synced() },
			ready: metav1.ConditionTrue, reason: v1alpha1.ReasonSucceeded, phase: v1alpha1.PhaseReady, apiReady: true,
		},
		"nothing yet": {
			why:    "a new registry is pending, not failed",
			change: func(f *Facts) { f.Stored, f.Whole, f.API = storage.Manifest{}, false, API{} },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonProgressing, phase: v1alpha1.PhasePending,
		},
		"source gone": {
			why:    "staleness and outage are told apart: not Ready, but the API is",
			change: func(f *Facts) { f.Attempt = failed(gone, false, false) },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonSourceUnavailable,
			phase: v1alpha1.PhaseDegraded, apiReady: true, syncFailed: true,
		},
		"not a registry": {
			why:    "a person must mend the data: Stalled",
			change: func(f *Facts) { f.Attempt = failed(terminal(v1alpha1.ReasonInvalidData), true, false) },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonInvalidData,
			phase: v1alpha1.PhaseDegraded, stalled: true, apiReady: true, syncFailed: true,
		},
		"empty source": {
			why:    "pitfall 5: an empty source is not Ready with 0 servers",
			change: func(f *Facts) { f.Attempt = failed(terminal(v1alpha1.ReasonEmptyHeld), true, true) },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonEmptyHeld,
			phase: v1alpha1.PhaseDegraded, stalled: true, apiReady: true, syncFailed: true,
		},
		"filter not applied yet": {
			why:    "pitfall 4: data that went through another filter is not Ready",
			change: func(f *Facts) { f.Inputs.FilterHash = "other" },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonProgressing, phase: v1alpha1.PhaseSyncing, apiReady: true,
		},
		"broken roll-out": {
			why:    "pitfall 20: Ready needs the present revision of the Deployment",
			change: func(f *Facts) { f.API.Ready, f.API.Message = false, "1 of 2 Pods updated" },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonAPINotReady, phase: v1alpha1.PhaseSyncing,
		},
		"invalid spec": {
			why:    "an invalid spec stalls, and the API goes on serving",
			change: func(f *Facts) { f.SpecErr = terminal(v1alpha1.ReasonInvalidSpec) },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonInvalidSpec,
			phase: v1alpha1.PhaseDegraded, stalled: true, apiReady: true,
		},
		"name conflict": {
			why: "pitfall 18: a foreign object in our place stalls",
			change: func(f *Facts) {
				f.API = API{Err: terminal(v1alpha1.ReasonNameConflict)}
			},
			ready: metav1.ConditionFalse, reason: v1alpha1.ReasonNameConflict, phase: v1alpha1.PhaseFailed, stalled: true,
		},
		"pinned": {
			why: "a person chose it, so it is what is wanted; the reason says so",
			change: func(f *Facts) {
				f.Attempt = failed(gone, false, false)
				f.Pinned, f.Stored.Pinned, f.Stored.Inputs = true, true, storage.Inputs{}
			},
			ready: metav1.ConditionTrue, reason: v1alpha1.ReasonPinned, phase: v1alpha1.PhaseReady, apiReady: true, syncFailed: true,
		},
		"pinned to what is not kept": {
			why:    "only a person can choose another",
			change: func(f *Facts) { f.Pinned, f.PinErr = true, terminal(v1alpha1.ReasonRollbackUnavailable) },
			ready:  metav1.ConditionFalse, reason: v1alpha1.ReasonRollbackUnavailable,
			phase: v1alpha1.PhaseDegraded, stalled: true, apiReady: true,
		},
		"suspended": {
			why:    "a suspended registry that serves what is wanted is Ready",
			change: func(f *Facts) { f.Suspended = true },
			ready:  metav1.ConditionTrue, reason: v1alpha1.ReasonSucceeded, phase: v1alpha1.PhaseSuspended, apiReady: true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f := served()
			tc.change(&f)
			s := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
			ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
			require.Equal(t, tc.ready, ready.Status, tc.why)
			require.Equal(t, tc.reason, ready.Reason, tc.why)
			require.Equal(t, tc.phase, s.Phase, tc.why)
			require.Equal(t, tc.stalled, meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled), tc.why)
			require.Equal(t, tc.apiReady, meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionAPIReady), tc.why)
			require.Equal(t, tc.syncFailed, meta.IsStatusConditionFalse(s.Conditions, v1alpha1.ConditionSyncSuccessful), tc.why)
			requireKstatus(t, s)
			require.Equal(t, s, Compute("r", s, withoutAttempt(f)), "pitfall 14: the same facts again change nothing")
		})
	}
}

// Who asks for a sync by hand that is not made now is told what it waits for.
func TestWaitingTriggerIsTold(t *testing.T) {
	f := served()
	f.Pinned, f.Waiting = true, "now"
	s := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	const told = `until spec.rollbackTo is cleared; the sync that was asked for by hand ("now") waits for that`
	require.Contains(t, s.Message, told)
	require.Contains(t, meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady).Message, told)

	f.Suspended, f.Waiting = true, strings.Repeat("x", 1000)
	s = Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	require.Contains(t, s.Message, `…") waits for spec.suspend to be false`)
	require.Less(t, len(s.Message), 300)
}

// requireKstatus checks what generic tools rely on.
func requireKstatus(t *testing.T, s v1alpha1.MCPRegistryStatus) {
	t.Helper()
	require.NotEmpty(t, s.Message)
	ready := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReady)
	reconciling := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReconciling)
	stalled := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionStalled)
	require.False(t, ready && (reconciling != nil || stalled != nil), "Ready leaves nothing to do")
	require.False(t, reconciling != nil && stalled != nil, "work is under way or stuck, not both")
	require.True(t, ready || reconciling != nil || stalled != nil, "what is not Ready says why")
	for _, c := range s.Conditions {
		require.Equal(t, s.ObservedGeneration, c.ObservedGeneration, c.Type)
		require.LessOrEqual(t, len([]rune(c.Message)), limitOf(c.Reason), c.Type)
		require.NotEmpty(t, c.Message, c.Type)
	}
}

func withoutAttempt(f Facts) Facts {
	f.Attempt = nil
	return f
}

func TestComputeRecovers(t *testing.T) {
	f := served()
	f.Attempt = failed(gone, false, false)
	f.Attempt.Watched = map[string]source.Revision{"": "absent"}
	down := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	require.EqualValues(t, 1, down.SyncStatus.AttemptCount)
	require.Equal(t, "absent", down.SyncStatus.Revision)
	again := Compute("r", down, f)
	require.EqualValues(t, 2, again.SyncStatus.AttemptCount)

	f.Attempt = &Attempt{Reason: v1alpha1.DueSourceChanged, Started: t0, Result: sync.Result{
		Sources: []sync.SourceResult{{Type: "git", Fetched: true, Parsed: true, Unchanged: true, Revision: "r1"}}, Unchanged: true,
	}}
	up := Compute("r", again, f)
	require.True(t, meta.IsStatusConditionTrue(up.Conditions, v1alpha1.ConditionSyncSuccessful), "pitfall 7: SyncSuccessful returns to True")
	require.True(t, meta.IsStatusConditionTrue(up.Conditions, v1alpha1.ConditionReady), "pitfall 1: the same bytes are enough")
	require.Zero(t, up.SyncStatus.AttemptCount)
	require.Equal(t, v1alpha1.PhaseReady, up.Phase)
}

func TestComputeRecordsAttempt(t *testing.T) {
	f := served()
	f.Attempt = synced()
	rejected := []registry.RejectedEntry{{Entry: "bad", Reason: strings.Repeat("long ", 100)}}
	f.Attempt.Result.Sources[0].Rejected, f.Attempt.Result.Sources[0].Data.Rejected = rejected, 1
	f.Attempt.Result.Stored.Rejected = rejected
	f.Next = t0.Add(time.Hour)
	s := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	require.Equal(t, "t1", s.LastManualSyncTrigger)
	require.Equal(t, "r-registry-storage", s.StorageRef.ConfigMapRef.Name)
	require.Equal(t, &v1alpha1.Changes{Added: 3, AddedNames: []string{"a@1", "b@1", "c@1"}}, s.SyncStatus.Changes)
	require.EqualValues(t, 3, s.SyncStatus.ServerCount)
	require.EqualValues(t, 1, s.SyncStatus.RejectedCount)
	require.Contains(t, s.SyncStatus.Message, `"bad"`)
	require.LessOrEqual(t, len([]rune(s.SyncStatus.Message)), 300)
	require.Equal(t, t0.Add(time.Hour), s.SyncStatus.NextSyncTime.Time)
	require.Equal(t, t0, s.APIStatus.ReadySince.Time)

	broken := withoutAttempt(f)
	broken.API.Ready, broken.API.Message = false, "no Pod is available"
	later := Compute("r", s, broken)
	require.Equal(t, v1alpha1.APIUnhealthy, later.APIStatus.Phase)
	require.Nil(t, later.APIStatus.ReadySince)
}

func TestComputeTriggerEchoedOnFailure(t *testing.T) {
	f := served()
	f.Attempt = failed(gone, false, false)
	f.Attempt.Trigger = "please"
	require.Equal(t, "please", Compute("r", v1alpha1.MCPRegistryStatus{}, f).LastManualSyncTrigger)
}

func TestComputeMessagesAreOneLine(t *testing.T) {
	f := served()
	f.SpecErr = fault.NewTerminal(v1alpha1.ReasonInvalidSpec, errors.Join(errors.New("spec.a is wrong"), errors.New("spec.b is too")))
	require.Equal(t, "Serving the last good data: spec.a is wrong; spec.b is too", Compute("r", v1alpha1.MCPRegistryStatus{}, f).Message)
}
