package sync

import (
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Wanted is what the spec and the annotations ask for.
type Wanted struct {
	// Generation of the spec.
	Generation int64
	// Inputs the stored snapshot should have been made from.
	Inputs storage.Inputs
	// Interval between two looks at the source; 0 means on change and by hand only.
	Interval time.Duration
	// Trigger is the value of the manual sync annotation; "" means none.
	Trigger string
	// Suspended stops syncing.
	Suspended bool
	// Pinned stops syncing too: a person chose an earlier snapshot.
	Pinned bool
}

// Observed is what is there: in storage, at the source (where that is watched)
// and in the record of the last attempt.
type Observed struct {
	// Stored is what is stored; the zero value if nothing is.
	Stored storage.Manifest
	// Whole is true when Stored exists and matches its digests.
	Whole bool
	// Consistent is true when Stored was made from the last good data of all
	// sources, as it is stored.
	Consistent bool
	// SourceRevisions are the revisions that watched sources have now, by name;
	// of a source that is not watched, there is none: one has to go and look.
	SourceRevisions map[string]source.Revision
	// LastRevisions are the revisions that the last attempt saw, by name.
	LastRevisions map[string]source.Revision
	// LastGeneration is the generation that the last attempt was made for.
	LastGeneration int64
	// LastTrigger is the manual trigger that was acted on last.
	LastTrigger string
	// LastAttempt is when the last attempt started; zero if there was none.
	LastAttempt time.Time
	// Failures is the number of failed attempts since the last good one.
	Failures int
	// Storing is true when what failed last was to store.
	Storing bool
	// NotBefore is until when all sources that failed asked to be left alone;
	// zero if one of them did not.
	NotBefore time.Time
	// Terminal is true when the last failure needs a person to act.
	Terminal bool
	// Seed varies the jitter between registries; the registry's UID is good.
	Seed string
}

// Decision says whether a sync is due.
type Decision struct {
	// Due is true when a sync should start now, for Reason.
	Due    bool
	Reason string
	// Refetch is true when the sources must be read even if they are unchanged. What
	// else needs their content finds that it lacks it.
	Refetch bool
	// Next is when to decide again, if nothing happens before; zero means never.
	Next time.Time
}

// check is one line of the list that Decide goes through.
type check func(now time.Time, w Wanted, o Observed) (Decision, bool)

// Decide goes through the checks in order; the first that has an opinion wins.
func Decide(now time.Time, w Wanted, o Observed) Decision {
	checks := []check{
		suspended,      // nothing is due while suspended, or pinned to an earlier snapshot
		manual,         // a person asked: no waiting
		never,          // there was no attempt yet
		specChanged,    // what is wanted has changed since the last attempt
		sourceChanged,  // the watched source has changed since the last attempt
		backingOff,     // the last attempt failed: wait, then try again
		storedOutdated, // what is stored is missing, damaged or made from other inputs or data
		elapsed,        // the interval is over
	}
	for _, c := range checks {
		if d, decided := c(now, w, o); decided {
			return d
		}
	}
	return Decision{}
}

func suspended(_ time.Time, w Wanted, _ Observed) (Decision, bool) {
	return Decision{}, w.Suspended || w.Pinned
}

func manual(_ time.Time, w Wanted, o Observed) (Decision, bool) {
	asked := w.Trigger != "" && w.Trigger != o.LastTrigger
	return due(v1alpha1.DueManual, true), asked
}

func never(_ time.Time, _ Wanted, o Observed) (Decision, bool) {
	return due(v1alpha1.DueNeverSynced, true), o.LastAttempt.IsZero()
}

func specChanged(_ time.Time, w Wanted, o Observed) (Decision, bool) {
	if w.Generation == o.LastGeneration {
		return Decision{}, false
	}
	if d, differ := outdated(w, o); differ {
		return d, true
	}
	// The spec that failed was edited; the edit may be the remedy.
	return due(v1alpha1.DueSpecChanged, false), o.Failures > 0
}

func sourceChanged(_ time.Time, _ Wanted, o Observed) (Decision, bool) {
	for name, revision := range o.SourceRevisions {
		if revision != o.LastRevisions[name] {
			return due(v1alpha1.DueSourceChanged, false), true
		}
	}
	return Decision{}, false
}

// backingOff also covers damage found while the source fails: trying harder
// than the back-off would not bring the source back.
func backingOff(now time.Time, w Wanted, o Observed) (Decision, bool) {
	if o.Failures == 0 {
		return Decision{}, false
	}
	if o.Terminal {
		return elapsed(now, w, o)
	}
	first := firstRetry
	if o.Storing {
		first = firstStoring
	}
	next := o.LastAttempt.Add(Backoff(first, o.Failures, w.Interval, jitterSeed(o)))
	if o.NotBefore.After(next) {
		next = o.NotBefore
	}
	if now.Before(next) {
		return Decision{Next: next}, true
	}
	return due(v1alpha1.DueRetry, false), true
}

func storedOutdated(_ time.Time, w Wanted, o Observed) (Decision, bool) {
	return outdated(w, o)
}

// outdated compares with what is stored, not with what was tried: a filter that
// could not be applied while the source was down stays wanted.
func outdated(w Wanted, o Observed) (Decision, bool) {
	switch {
	case !o.Whole:
		return due(v1alpha1.DueStorageDamaged, false), true
	case o.Stored.Pinned:
		return due(v1alpha1.DueRollbackEnded, false), true
	case w.Inputs.SourceHash != o.Stored.Inputs.SourceHash:
		return due(v1alpha1.DueSpecChanged, false), true
	case w.Inputs.FilterHash != o.Stored.Inputs.FilterHash:
		return due(v1alpha1.DueFilterChanged, false), true
	case !o.Consistent:
		return due(v1alpha1.DueStorageDamaged, false), true
	}
	return Decision{}, false
}

func elapsed(now time.Time, w Wanted, o Observed) (Decision, bool) {
	if w.Interval <= 0 {
		return Decision{}, true
	}
	next := o.LastAttempt.Add(jitter(w.Interval, jitterSeed(o)))
	if now.Before(next) {
		return Decision{Next: next}, true
	}
	return due(v1alpha1.DueIntervalElapsed, false), true
}

func due(reason string, refetch bool) Decision {
	return Decision{Due: true, Reason: reason, Refetch: refetch}
}
