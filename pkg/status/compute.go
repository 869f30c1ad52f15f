package status

import (
	"fmt"
	"math"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// Compute returns the status that follows from facts about the registry called
// name, whose status was old. old is not changed.
func Compute(name string, old v1alpha1.MCPRegistryStatus, f Facts) v1alpha1.MCPRegistryStatus {
	s := *old.DeepCopy()
	s.ObservedGeneration = f.Generation
	setSyncStatus(&s, f)
	setAPIStatus(&s, f)
	if f.Stored.Digest != "" {
		s.StorageRef = &v1alpha1.StorageRef{
			Type:         v1alpha1.StorageTypeConfigMap,
			ConfigMapRef: &v1alpha1.LocalReference{Name: v1alpha1.StorageName(name)},
		}
		s.LastAppliedFilterHash = f.Stored.Inputs.FilterHash
	}
	c := conditions{list: &s.Conditions, facts: f}
	c.sync()
	c.api()
	c.ready()
	s.Phase, s.Message = summary(s, f)
	return s
}

func setSyncStatus(s *v1alpha1.MCPRegistryStatus, f Facts) {
	if s.SyncStatus == nil {
		s.SyncStatus = &v1alpha1.SyncStatus{}
	}
	st := s.SyncStatus
	if f.Attempt != nil {
		recordAttempt(s, *f.Attempt)
	}
	if f.Whole {
		st.LastSyncHash = string(f.Stored.Digest)
		st.ServerCount = count(f.Stored.Servers)
	}
	st.NextSyncTime = nil
	if !f.Next.IsZero() {
		next := metav1.NewTime(f.Next.Truncate(1e9))
		st.NextSyncTime = &next
	}
}

func recordAttempt(s *v1alpha1.MCPRegistryStatus, a Attempt) {
	st := s.SyncStatus
	started := metav1.NewTime(a.Started.Truncate(1e9))
	st.LastAttempt, st.Reason = &started, a.Reason
	s.LastManualSyncTrigger = a.Trigger
	switch {
	case a.Result.Fetched:
		st.Revision = string(a.Result.Revision)
	case a.Watched != "":
		// It was seen, though not read: only another revision is news.
		st.Revision = string(a.Watched)
	}
	if a.Err != nil {
		st.Phase, st.Message = v1alpha1.SyncFailed, short(a.Err.Error())
		st.AttemptCount++
		return
	}
	st.Phase, st.AttemptCount, st.LastSyncTime = v1alpha1.SyncComplete, 0, &started
	if a.Result.Unchanged {
		st.Message = "The source is unchanged"
		return
	}
	st.RejectedCount = count(len(a.Result.Rejected))
	st.Message = syncedMessage(a)
	if c := a.Result.Changes; c.Any() {
		st.Changes = &v1alpha1.Changes{Added: count(len(c.Added)), Updated: count(len(c.Updated)), Removed: count(len(c.Removed))}
	}
}

func syncedMessage(a Attempt) string {
	m := fmt.Sprintf("Stored %d servers", a.Result.Stored.Servers)
	if n := len(a.Result.Rejected); n > 0 {
		first := a.Result.Rejected[0]
		m += fmt.Sprintf("; %d entries were rejected, the first is %q: %s", n, first.Entry, first.Reason)
	}
	return short(m)
}

func setAPIStatus(s *v1alpha1.MCPRegistryStatus, f Facts) {
	if s.APIStatus == nil {
		s.APIStatus = &v1alpha1.APIStatus{}
	}
	st := s.APIStatus
	wasReady := st.Phase == v1alpha1.APIReady
	st.ReadyReplicas, st.Endpoint = f.API.ReadyReplicas, f.API.Endpoint
	switch {
	case !f.API.Exists && f.API.Err == nil:
		st.Phase = v1alpha1.APINotStarted
	case f.API.Ready:
		st.Phase = v1alpha1.APIReady
	case wasReady || st.Phase == v1alpha1.APIUnhealthy || f.API.Err != nil:
		st.Phase = v1alpha1.APIUnhealthy
	default:
		st.Phase = v1alpha1.APIDeploying
	}
	switch {
	case st.Phase != v1alpha1.APIReady:
		st.ReadySince = nil
	case !wasReady:
		now := metav1.NewTime(f.Now.Truncate(1e9))
		st.ReadySince = &now
	}
}

// count narrows a size to the API's integer type without wrapping around.
func count(n int) int32 { return int32(min(n, math.MaxInt32)) }

// short keeps a message readable in a terminal: one line, bounded.
func short(m string) string {
	const limit = 300
	m = strings.ReplaceAll(m, "\n", "; ")
	r := []rune(m)
	if len(r) <= limit {
		return m
	}
	return string(r[:limit-1]) + "…"
}
