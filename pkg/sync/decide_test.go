package sync

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

var (
	t0     = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	inputs = storage.Inputs{SourceHash: "source", FilterHash: "filter"}
)

type revisions = map[string]source.Revision

// settled is a registry that was synced at t0 and needs nothing.
func settled() (Wanted, Observed) {
	return Wanted{Generation: 1, Inputs: inputs, Interval: time.Hour},
		Observed{
			Stored: storage.Manifest{Digest: "sha256:x", Origin: storage.Origin{Inputs: inputs}}, Whole: true, Consistent: true,
			LastGeneration: 1, LastAttempt: t0, LastRevisions: revisions{"": "r1"}, Seed: "uid",
		}
}

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		why     string
		after   time.Duration
		change  func(*Wanted, *Observed)
		reason  string // "" means not due
		refetch bool
		noNext  bool
	}{
		"settled": {why: "nothing to do before the interval is over", after: 50 * time.Minute},
		"never synced": {
			why: "a new registry syncs at once", reason: v1alpha1.DueNeverSynced, refetch: true,
			change: func(_ *Wanted, o *Observed) { *o = Observed{Seed: "uid"} },
		},
		"interval elapsed": {why: "pitfall 2: the interval is honoured", after: 67 * time.Minute, reason: v1alpha1.DueIntervalElapsed},
		"interval goes on after many unchanged looks": {
			why: "pitfall 2: polling does not end with a look that found no change", after: 67 * time.Minute,
			change: func(_ *Wanted, o *Observed) { o.LastRevisions = revisions{"": "r9"} }, reason: v1alpha1.DueIntervalElapsed,
		},
		"no interval": {
			why: "without an interval only changes and people cause syncs", after: 1000 * time.Hour,
			change: func(w *Wanted, _ *Observed) { w.Interval = 0 }, noNext: true,
		},
		"manual": {
			why:    "a new value of the annotation syncs at once and reads again",
			change: func(w *Wanted, _ *Observed) { w.Trigger = "now" }, reason: v1alpha1.DueManual, refetch: true,
		},
		"manual, done": {
			why:    "an old value of the annotation does nothing",
			change: func(w *Wanted, o *Observed) { w.Trigger, o.LastTrigger = "now", "now" },
		},
		"storing failed": {
			why: "a conflict in the Kubernetes API is over in a moment", after: 6 * time.Second, reason: v1alpha1.DueRetry,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Storing = 1, true },
		},
		"storing failed, just now": {
			why: "an overloaded Kubernetes API is not asked at once", after: 4 * time.Second,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Storing = 1, true },
		},
		"manual during back-off": {
			why: "a person does not wait for the back-off", reason: v1alpha1.DueManual, refetch: true,
			change: func(w *Wanted, o *Observed) { w.Trigger, o.Failures = "now", 5 },
		},
		"suspended": {
			why: "suspend stops everything, also what a person asks for", after: 1000 * time.Hour, noNext: true,
			change: func(w *Wanted, o *Observed) { w.Suspended, w.Trigger, o.Whole = true, "now", false },
		},
		"pinned": {
			why: "what a person chose is not replaced, whatever is due", after: 1000 * time.Hour, noNext: true,
			change: func(w *Wanted, o *Observed) { w.Pinned, w.Trigger, w.Inputs.FilterHash = true, "now", "other" },
		},
		"no longer pinned": {
			why: "the registry goes back to what its sources say", reason: v1alpha1.DueRollbackEnded,
			change: func(w *Wanted, o *Observed) {
				w.Generation, o.Stored.Pinned, o.Stored.Inputs = 2, true, storage.Inputs{}
			},
		},
		"storage gone": {
			why:    "pitfall 3: deleted or damaged storage is restored whatever status says",
			change: func(_ *Wanted, o *Observed) { o.Whole = false }, reason: v1alpha1.DueStorageDamaged,
		},
		"filter changed": {
			why: "pitfall 11: the same data through another filter is a change", reason: v1alpha1.DueFilterChanged,
			change: func(w *Wanted, _ *Observed) { w.Generation, w.Inputs.FilterHash = 2, "other" },
		},
		"filter changed while the source was down": {
			why: "pitfall 4: what could not be applied stays wanted, generation observed or not", reason: v1alpha1.DueFilterChanged,
			change: func(w *Wanted, o *Observed) { w.Generation, o.LastGeneration, w.Inputs.FilterHash = 2, 2, "other" },
		},
		"source changed in the spec": {
			why: "another source is fetched at once, also during a back-off", reason: v1alpha1.DueSpecChanged,
			change: func(w *Wanted, o *Observed) { w.Generation, w.Inputs.SourceHash, o.Failures = 2, "other", 3 },
		},
		"display name changed": {
			why:    "an edit that does not concern the data causes no sync",
			change: func(w *Wanted, _ *Observed) { w.Generation = 2 },
		},
		"edited while failing": {
			why: "any edit of a failing registry may be the remedy", reason: v1alpha1.DueSpecChanged,
			change: func(w *Wanted, o *Observed) { w.Generation, o.Failures, o.Terminal = 2, 1, true },
		},
		"watched source changed": {
			why:    "pitfall 16: an edit of a source ConfigMap is synced at once",
			change: func(_ *Wanted, o *Observed) { o.SourceRevisions = revisions{"": "r2"} }, reason: v1alpha1.DueSourceChanged,
		},
		"watched source back with the same bytes": {
			why: "pitfall 1: a source that is back ends the failure at once", reason: v1alpha1.DueSourceChanged,
			change: func(_ *Wanted, o *Observed) {
				o.SourceRevisions, o.LastRevisions, o.Failures = revisions{"": "r2"}, revisions{"": "absent"}, 1
			},
		},
		"one of several watched sources changed": {
			why: "an edit of any source is synced at once", reason: v1alpha1.DueSourceChanged,
			change: func(_ *Wanted, o *Observed) {
				o.SourceRevisions, o.LastRevisions = revisions{"a": "r1", "b": "r2"}, revisions{"a": "r1", "b": "r1", "c": "r7"}
			},
		},
		"watched sources unchanged": {
			why: "sources that are not watched have no say",
			change: func(_ *Wanted, o *Observed) {
				o.SourceRevisions, o.LastRevisions = revisions{"a": "r1"}, revisions{"a": "r1", "git": "r1"}
			},
		},
		"slot lost": {
			why:    "pitfall 3: the last good data of a source is restored too",
			change: func(_ *Wanted, o *Observed) { o.Consistent = false }, reason: v1alpha1.DueStorageDamaged,
		},
		"slot lost while the source fails": {
			why: "trying harder than the back-off does not bring it back", after: time.Minute,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Consistent = 1, false },
		},
		"failing, pause not over": {
			why: "pitfall 13: a failing source is left alone for a while", after: 4 * time.Minute,
			change: func(_ *Wanted, o *Observed) { o.Failures = 1 },
		},
		"failing, pause over": {
			why: "pitfall 1: a failure is always tried again", after: 6 * time.Minute, reason: v1alpha1.DueRetry,
			change: func(_ *Wanted, o *Observed) { o.Failures = 1 },
		},
		"failing without interval, pause over": {
			why: "pitfall 1: retries do not need an interval", after: 6 * time.Minute, reason: v1alpha1.DueRetry,
			change: func(w *Wanted, o *Observed) { w.Interval, o.Failures = 0, 1 },
		},
		"asked to wait": {
			why: "a source that says when it may be asked again is not asked before", after: time.Hour + 59*time.Minute,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.NotBefore = 1, t0.Add(2*time.Hour) },
		},
		"asked to wait, pause over": {
			why: "nor much later", after: 2 * time.Hour, reason: v1alpha1.DueRetry,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.NotBefore = 1, t0.Add(2*time.Hour) },
		},
		"terminal failure": {
			why: "what a person must mend is not tried again before the interval", after: 50 * time.Minute,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Terminal = 1, true },
		},
		"terminal failure, interval over": {
			why: "the source may have been mended out of our sight", after: 67 * time.Minute, reason: v1alpha1.DueIntervalElapsed,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Terminal = 1, true },
		},
		"storage gone while the source fails": {
			why: "pitfall 9: damage does not turn a back-off into a hot loop", after: time.Minute,
			change: func(_ *Wanted, o *Observed) { o.Failures, o.Whole = 2, false },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w, o := settled()
			if tc.change != nil {
				tc.change(&w, &o)
			}
			now := t0.Add(tc.after)
			d := Decide(now, w, o)
			require.Equal(t, tc.reason != "", d.Due, tc.why)
			require.Equal(t, tc.reason, d.Reason, tc.why)
			require.Equal(t, tc.refetch, d.Refetch, tc.why)
			if !d.Due {
				require.Equal(t, tc.noNext, d.Next.IsZero(), "a registry that is not due says when it is")
				require.False(t, !d.Next.IsZero() && !d.Next.After(now), "the next look lies ahead")
			}
		})
	}
}

func TestDecideIsStable(t *testing.T) {
	w, o := settled()
	first := Decide(t0, w, o)
	require.Equal(t, first.Next, Decide(t0.Add(30*time.Minute), w, o).Next,
		"the next time does not wander, so that status does not change")
	o.Seed = "another"
	require.NotEqual(t, first.Next, Decide(t0, w, o).Next,
		"pitfall 13: registries do not all poll at the same moment")
}

func TestBackoff(t *testing.T) {
	near := func(want, got time.Duration) {
		t.Helper()
		require.InDelta(t, want.Seconds(), got.Seconds(), want.Seconds()*jitterShare+1)
	}
	for failures, want := range map[int]time.Duration{
		1: 5 * time.Minute, 2: 10 * time.Minute, 3: 20 * time.Minute, 4: 40 * time.Minute,
		5: time.Hour, 50: time.Hour, 1 << 30: time.Hour,
	} {
		near(want, Backoff(firstRetry, failures, 0, "seed"))
		near(want, Backoff(firstRetry, failures, 24*time.Hour, "seed"))
	}
	near(5*time.Second, Backoff(firstStoring, 1, 0, "seed"))
	near(20*time.Second, Backoff(firstStoring, 3, 0, "seed"))
	near(time.Hour, Backoff(firstStoring, 1<<30, 0, "seed"))
	near(30*time.Second, Backoff(firstRetry, 1, 30*time.Second, "seed"))
	near(15*time.Minute, Backoff(firstRetry, 9, 15*time.Minute, "seed"))
}
