package status

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/merge"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// several is a result of sources that are all well, by name.
func several(names ...string) []sync.SourceResult {
	var all []sync.SourceResult
	for _, name := range names {
		all = append(all, sync.SourceResult{
			Name: name, Type: "git", Fetched: true, Parsed: true, Revision: source.Revision("r of " + name),
			Data: &registry.SourceState{Name: name, Digest: registry.Digest("sha256:" + name), Servers: 2},
		})
	}
	return all
}

func TestConditionsOfSeveralSources(t *testing.T) {
	down := fault.NewRetry(v1alpha1.ReasonSourceUnavailable, errors.New("no route"))
	broken := fault.NewTerminal(v1alpha1.ReasonInvalidData, errors.New("not JSON"))
	held := fault.NewTerminal(v1alpha1.ReasonShrinkHeld, errors.New("9 of 10 would go"))
	type want map[string]string // of conditions that are False, the text that they contain
	tests := map[string]struct {
		why    string
		change func([]sync.SourceResult)
		want   want
	}{
		"all well": {why: "nothing is False", change: func([]sync.SourceResult) {}},
		"one down": {
			why: "the condition names the source that failed, and no other", change: func(s []sync.SourceResult) {
				s[1].Fetched, s[1].Parsed, s[1].Err = false, false, down
			},
			want: want{v1alpha1.ConditionSourceAvailable: `source "b": no route`},
		},
		"two down": {
			why: "it names all that failed", change: func(s []sync.SourceResult) {
				for i := range 2 {
					s[i].Fetched, s[i].Parsed, s[i].Err = false, false, down
				}
			},
			want: want{v1alpha1.ConditionSourceAvailable: `source "a": no route; source "b": no route`},
		},
		"one down, one broken": {
			why: "each trouble has its condition", change: func(s []sync.SourceResult) {
				s[0].Fetched, s[0].Parsed, s[0].Err = false, false, down
				s[2].Parsed, s[2].Err = false, broken
			},
			want: want{v1alpha1.ConditionSourceAvailable: `source "a": no route`, v1alpha1.ConditionDataValid: `source "c": not JSON`},
		},
		"one held": {
			why: "the source is there and its data is valid; it is only not believed", change: func(s []sync.SourceResult) { s[0].Err = held },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f := served()
			sources := several("a", "b", "c")
			tc.change(sources)
			f.Attempt = &Attempt{Started: t0, Result: sync.Result{Sources: sources}}
			for _, s := range sources {
				f.Attempt.Err = errors.Join(f.Attempt.Err, s.Err)
			}
			s := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
			for _, kind := range []string{v1alpha1.ConditionSourceAvailable, v1alpha1.ConditionDataValid} {
				c := meta.FindStatusCondition(s.Conditions, kind)
				text, isFalse := tc.want[kind]
				require.Equal(t, isFalse, c.Status == metav1.ConditionFalse, "%s: %s", tc.why, kind)
				if isFalse {
					require.Equal(t, text, c.Message, tc.why)
				}
			}
			requireKstatus(t, s)
			require.Equal(t, s, Compute("r", s, withoutAttempt(f)), "pitfall 14: the same facts again change nothing")
		})
	}
}

func TestStatusOfSources(t *testing.T) {
	f := served()
	f.Attempt = &Attempt{Started: t0, Result: sync.Result{Sources: several("a", "b"), Stored: stored}}
	first := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	require.Empty(t, first.SyncStatus.Revision, "several sources have no revision in common")
	at := metav1.NewTime(t0)
	a := v1alpha1.SourceStatus{Name: "a", Type: "git", Revision: "r of a", Digest: "sha256:a", Servers: 2, LastSyncTime: &at}
	require.Equal(t, a, first.SyncStatus.Sources[0])

	f.Attempt.Started = t0.Add(time.Hour)
	failing := &f.Attempt.Result.Sources[1]
	failing.Fetched, failing.Parsed, failing.Revision = false, false, ""
	failing.Err, failing.NotBefore = fault.NewWait(v1alpha1.ReasonSourceUnavailable, time.Hour, errors.New("busy")), t0.Add(2*time.Hour)
	f.Attempt.Err = failing.Err
	later := Compute("r", first, f)
	b, until := later.SyncStatus.Sources[1], metav1.NewTime(t0.Add(2*time.Hour))
	require.Equal(t, v1alpha1.SourceStatus{
		Name: "b", Type: "git", Revision: "r of b", Digest: "sha256:b", Servers: 2, LastSyncTime: &at,
		RetryAfter: &until, Message: "Its last good data is served: busy",
	}, b)
	require.Equal(t, t0.Add(time.Hour), later.SyncStatus.Sources[0].LastSyncTime.Time)

	f.Attempt.Result.Sources = f.Attempt.Result.Sources[:1]
	require.Len(t, Compute("r", later, f).SyncStatus.Sources, 1, "a removed source is forgotten")
}

func TestListsAreBounded(t *testing.T) {
	f := served()
	f.Attempt = synced()
	r := &f.Attempt.Result
	r.Changes = registry.Changes{}
	for i := range 1000 {
		name := fmt.Sprintf("io.test/%03d@1", i)
		r.Changes.Added, r.Changes.Removed = append(r.Changes.Added, name), append(r.Changes.Removed, name)
		r.Conflicts.Listed = append(r.Conflicts.Listed, merge.Conflict{ID: registry.ID{Name: name, Version: "1"}, Winner: "a", Loser: "b"})
		r.Sources[0].Rejected = append(r.Sources[0].Rejected, registry.RejectedEntry{Entry: name, Reason: strings.Repeat("long ", 20)})
	}
	r.Conflicts.Total, r.Sources[0].Data.Rejected = 1000, 1000
	s := Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	require.EqualValues(t, 1000, s.SyncStatus.Changes.Added)
	require.Len(t, s.SyncStatus.Changes.AddedNames, 10)
	require.Len(t, s.SyncStatus.Conflicts.First, 10)
	valid := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionDataValid)
	require.Equal(t, metav1.ConditionTrue, valid.Status)
	require.Contains(t, valid.Message, "1000 entries were rejected, the first are: io.test/000@1: long ")
	require.Contains(t, valid.Message, "io.test/009@1: ")
	require.LessOrEqual(t, len(valid.Message), 2000)

	r.Sources[0].Err = fault.NewTerminal(v1alpha1.ReasonShrinkHeld, errors.New(strings.Repeat("x", 1000)+"=$(date)"))
	f.Attempt.Err = r.Sources[0].Err
	s = Compute("r", v1alpha1.MCPRegistryStatus{}, f)
	for _, text := range []string{s.Message, s.SyncStatus.Message} {
		require.True(t, strings.HasSuffix(text, "=$(date)"), "a command is only of use as a whole")
	}
}
