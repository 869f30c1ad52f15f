package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// inspect finds out what is stored.
func (r *Reconciler) inspect(ctx context.Context, s *scope) {
	stored, err := r.Storage.Stat(ctx, s.owner)
	s.facts.Stored = stored
	switch {
	case err == nil:
		s.facts.Whole = true
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrDamaged):
		// Not an obstacle: the next sync stores it again.
	case errors.Is(err, storage.ErrConflict):
		s.facts.StorageErr = fault.NewTerminal(v1alpha1.ReasonNameConflict, err)
	default:
		s.facts.StorageErr = fault.NewRetry(v1alpha1.ReasonStorageFailed, fmt.Errorf("reading what is stored: %w", err))
	}
}

// sync decides whether a sync is due and carries it out. The cache may be behind
// our own last status, so before the expense of a sync the decision is made
// again with the live object; the scope of that one is returned.
func (r *Reconciler) sync(ctx context.Context, s *scope) (*scope, error) {
	decision, err := r.decide(ctx, s)
	if err != nil {
		return nil, err
	}
	if decision.Due {
		if s, err = r.load(ctx, r.Live, client.ObjectKeyFromObject(s.object)); s == nil || err != nil {
			return nil, err
		}
		r.inspect(ctx, s)
		if decision, err = r.decide(ctx, s); err != nil {
			return nil, err
		}
	}
	if decision.Due {
		if err := r.attempt(ctx, s, decision); err != nil {
			return nil, err
		}
		if decision, err = r.decide(ctx, s); err != nil {
			return nil, err
		}
	}
	s.facts.Next = decision.Next
	if decision.Due {
		// The world moved on during the attempt, or the cache has yet to catch
		// up with what the attempt saw.
		s.facts.Next = r.Clock.Now().Add(time.Second)
	}
	return s, nil
}

func (r *Reconciler) decide(ctx context.Context, s *scope) (sync.Decision, error) {
	if s.facts.SpecErr != nil || s.facts.StorageErr != nil {
		return sync.Decision{}, nil //nolint:nilerr // both are facts for the status, not failures to decide
	}
	observed, err := r.observe(ctx, s)
	if err != nil {
		return sync.Decision{}, err
	}
	return sync.Decide(r.Clock.Now(), s.wanted, observed), nil
}

// observe puts together what Decide compares with, as it stands after the
// attempt if there was one.
func (r *Reconciler) observe(ctx context.Context, s *scope) (sync.Observed, error) {
	watched, err := r.Sources.Revision(ctx, s.object.Namespace, defaulted(s.object.Spec.Source))
	if err != nil {
		return sync.Observed{}, fmt.Errorf("looking at the source of %s/%s: %w", s.object.Namespace, s.object.Name, err)
	}
	st := s.object.Status
	if s.facts.Attempt != nil {
		st = status.Compute(s.object.Name, st, s.facts)
	}
	o := sync.Observed{
		Stored: s.facts.Stored, Whole: s.facts.Whole,
		SourceRevision: watched, Seed: string(s.object.UID),
		LastGeneration: st.ObservedGeneration, LastTrigger: st.LastManualSyncTrigger,
	}
	last := st.SyncStatus
	if last == nil {
		return o, nil
	}
	o.LastRevision, o.Failures = source.Revision(last.Revision), int(last.AttemptCount)
	if last.LastAttempt != nil {
		o.LastAttempt = last.LastAttempt.Time
	}
	failed := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionSyncSuccessful)
	if o.Failures > 0 && failed != nil {
		o.Terminal = status.Stalled(st.Conditions, failed.Reason)
		if failed.Reason == v1alpha1.ReasonNameConflict && s.facts.Attempt == nil {
			// Something happened since, and inspect found no conflict: try anew. Right
			// after an attempt it would be a hot loop, for a Role can be in the way too.
			o.Failures = 0
		}
	}
	return o, nil
}

// attempt carries one sync out and notes how it went.
func (r *Reconciler) attempt(ctx context.Context, s *scope, d sync.Decision) error {
	watched, err := r.Sources.Revision(ctx, s.object.Namespace, defaulted(s.object.Spec.Source))
	if err != nil {
		return err
	}
	started := r.Clock.Now()
	within, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	syncer := sync.Syncer{Storage: r.Storage, Clock: r.Clock}
	result, err := syncer.Sync(within, sync.Request{
		Owner: s.owner, Fetcher: s.fetcher, Format: s.format, Filter: s.filter,
		Inputs: s.wanted.Inputs, Known: known(s, d), Unfiltered: s.object.Spec.Filter == nil, AllowEmpty: s.allowEmpty,
		SourceType: defaulted(s.object.Spec.Source).Type, DisplayName: s.object.Spec.DisplayName,
		Prepare: func(ctx context.Context, next storage.Manifest) error { return r.grant(ctx, s, next) },
	})
	if ctx.Err() != nil {
		// The operator is stopping: the attempt says nothing about the source.
		return ctx.Err()
	}
	s.facts.Attempt = &status.Attempt{
		Reason: d.Reason, Trigger: s.trigger, Watched: watched,
		Started: started.Truncate(time.Second), Result: result, Err: err,
	}
	if err == nil && !result.Unchanged {
		s.facts.Stored, s.facts.Whole = result.Stored, true
	}
	return nil
}

// known is the revision that need not be read again: that of the stored
// snapshot, if the snapshot is whole and made from what is wanted, and by a
// version of the operator that recorded its sources.
func known(s *scope, d sync.Decision) source.Revision {
	if d.Refetch || !s.facts.Whole || s.facts.Stored.Inputs != s.wanted.Inputs || len(s.facts.Stored.Sources) == 0 {
		return ""
	}
	return source.Revision(s.facts.Stored.Revision)
}

// describe records a changed display name with what is stored. That needs no
// sync, so it works while the source is down, and the Pods tell it without a
// restart.
func (r *Reconciler) describe(ctx context.Context, s *scope) {
	if !s.facts.Whole {
		return
	}
	about := s.facts.Stored.About
	about.DisplayName = s.object.Spec.DisplayName
	if about = about.Bounded(); about.Equal(s.facts.Stored.About) {
		return
	}
	stored, err := r.Storage.Describe(ctx, s.owner, about)
	if err != nil {
		s.facts.StorageErr = fault.NewRetry(v1alpha1.ReasonStorageFailed, fmt.Errorf("storing the display name: %w", err))
		return
	}
	s.facts.Stored = stored
}
