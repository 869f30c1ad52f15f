package status

import (
	"fmt"
	"math"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
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
	st.History = nil
	for _, p := range f.Stored.History {
		st.History = append(st.History, v1alpha1.PastSnapshot{
			Digest: string(p.Digest), Revision: p.Revision, Servers: count(p.Servers), PublishedAt: metav1.NewTime(p.PublishedAt.Truncate(1e9)),
		})
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
	recordSources(st, a, started)
	recordStored(st, a)
	if a.Err != nil {
		reason := fault.ReasonOf(a.Err, v1alpha1.ReasonStorageFailed)
		st.Phase, st.Message = v1alpha1.SyncFailed, cut(a.Err.Error(), limitOf(reason))
		st.AttemptCount++
		return
	}
	st.Phase, st.AttemptCount, st.LastSyncTime = v1alpha1.SyncComplete, 0, &started
	st.Message = syncedMessage(a)
}

// recordStored notes what a sync changed, if it stored anything.
func recordStored(st *v1alpha1.SyncStatus, a Attempt) {
	if a.Result.Stored.Digest == "" {
		return
	}
	if c := a.Result.Changes; c.Any() {
		st.Changes = &v1alpha1.Changes{
			Added: count(len(c.Added)), Updated: count(len(c.Updated)), Removed: count(len(c.Removed)),
			AddedNames: first(c.Added), UpdatedNames: first(c.Updated), RemovedNames: first(c.Removed),
		}
	}
	st.Conflicts = nil
	if all := a.Result.Conflicts; all.Total > 0 {
		st.Conflicts = &v1alpha1.Conflicts{Count: count(all.Total)}
		for _, c := range all.Listed {
			st.Conflicts.First = append(st.Conflicts.First, c.String())
		}
		st.Conflicts.First = first(st.Conflicts.First)
	}
}

// listed is how many names status lists of each kind.
const listed = 10

func first(names []string) []string { return slices.Clone(names[:min(len(names), listed)]) }

func syncedMessage(a Attempt) string {
	if a.Result.Unchanged {
		if len(a.Result.Sources) > 1 {
			return "The sources are unchanged"
		}
		return "The source is unchanged"
	}
	m := fmt.Sprintf("Stored %d servers", a.Result.Stored.Servers)
	rejected := 0
	for _, s := range a.Result.Stored.Sources {
		rejected += s.Rejected
	}
	if n := len(a.Result.Stored.Rejected); n > 0 {
		first := a.Result.Stored.Rejected[0]
		m += fmt.Sprintf("; %d entries were rejected, the first is %q: %s", max(rejected, n), first.Entry, first.Reason)
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

// short keeps a message readable in a terminal.
func short(m string) string { return cut(m, shortLimit) }

// Limits of messages, in characters.
const (
	shortLimit = 300
	// longLimit is for messages that list entries, or hold a command to copy.
	longLimit = 2000
)

func limitOf(reason string) int {
	if reason == v1alpha1.ReasonShrinkHeld || reason == v1alpha1.ReasonEntriesRejected {
		return longLimit
	}
	return shortLimit
}

// cut makes a message one line, bounded.
func cut(m string, limit int) string {
	m = strings.ReplaceAll(m, "\n", "; ")
	r := []rune(m)
	if len(r) <= limit {
		return m
	}
	return string(r[:limit-1]) + "…"
}
