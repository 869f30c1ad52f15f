package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	registrydata "github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
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
		if s, err = r.reload(ctx, s); s == nil || err != nil {
			return nil, err
		}
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

// reload loads the live object. What is stored was looked at just now, and is not
// looked at again unless it was another object's of the same name.
func (r *Reconciler) reload(ctx context.Context, s *scope) (*scope, error) {
	live, err := r.loadLive(ctx, client.ObjectKeyFromObject(s.object))
	switch {
	case live == nil || err != nil:
		return nil, err
	case live.owner.UID != s.owner.UID:
		r.inspect(ctx, live)
	default:
		live.facts.Stored, live.facts.Whole, live.facts.StorageErr = s.facts.Stored, s.facts.Whole, s.facts.StorageErr
	}
	return live, nil
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
	watched, err := r.watched(ctx, s)
	if err != nil {
		return sync.Observed{}, err
	}
	consistent, err := r.syncer().Consistent(ctx, s.owner, s.sources, s.facts.Stored)
	if err != nil {
		return sync.Observed{}, err
	}
	st := s.object.Status
	if s.facts.Attempt != nil {
		st = status.Compute(s.object.Name, st, s.facts)
	}
	o := sync.Observed{
		Stored: s.facts.Stored, Whole: s.facts.Whole, Consistent: consistent,
		SourceRevisions: watched, LastRevisions: lastRevisions(st.SyncStatus), Seed: string(s.object.UID),
		LastGeneration: st.ObservedGeneration, LastTrigger: st.LastManualSyncTrigger,
	}
	if last := st.SyncStatus; last != nil {
		o.Failures, o.NotBefore = int(last.AttemptCount), allWait(last.Sources)
		if last.LastAttempt != nil {
			o.LastAttempt = last.LastAttempt.Time
		}
	}
	failed := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionSyncSuccessful)
	if o.Failures > 0 && failed != nil {
		o.Terminal = status.Stalled(st.Conditions, failed.Reason)
		o.Storing = failed.Reason == v1alpha1.ReasonStorageFailed || failed.Reason == v1alpha1.ReasonAPIFailed
		if failed.Reason == v1alpha1.ReasonNameConflict && s.facts.Attempt == nil {
			// Something happened since, and inspect found no conflict: try anew. Right
			// after an attempt it would be a hot loop, for a Role can be in the way too.
			o.Failures = 0
		}
	}
	return o, nil
}

// watched are the present revisions of the sources that are watched.
func (r *Reconciler) watched(ctx context.Context, s *scope) (map[string]source.Revision, error) {
	revisions := map[string]source.Revision{}
	for _, src := range sourcesOf(s.object.Spec) {
		revision, err := r.Sources.Revision(ctx, s.object.Namespace, src.Source)
		if err != nil {
			return nil, fmt.Errorf("looking at the source %q of %s/%s: %w", src.Name, s.object.Namespace, s.object.Name, err)
		}
		if revision != "" {
			revisions[src.Name] = revision
		}
	}
	return revisions, nil
}

// lastRevisions are those that the last attempt saw, by the source's name.
func lastRevisions(last *v1alpha1.SyncStatus) map[string]source.Revision {
	if last == nil {
		return nil
	}
	// An earlier version of the operator recorded only this one.
	revisions := map[string]source.Revision{"": source.Revision(last.Revision)}
	for _, s := range last.Sources {
		revisions[s.Name] = source.Revision(s.Revision)
	}
	return revisions
}

// notBefore adds until when sources asked to be left alone. After an edit of the
// spec they may be others.
func notBefore(sources []sync.Source, o *v1alpha1.MCPRegistry) []sync.Source {
	last := o.Status.SyncStatus
	if last == nil || o.Status.ObservedGeneration != o.Generation {
		return sources
	}
	sources = slices.Clone(sources)
	for i := range sources {
		for _, s := range last.Sources {
			if s.Name == sources[i].Name && s.RetryAfter != nil {
				sources[i].NotBefore = s.RetryAfter.Time
			}
		}
	}
	return sources
}

// allWait is until when there is no use in asking any source that failed; zero
// if one of them may be asked before.
func allWait(last []v1alpha1.SourceStatus) (first time.Time) {
	for _, s := range last {
		switch {
		case s.Message == "":
		case s.RetryAfter == nil:
			return time.Time{}
		case first.IsZero() || s.RetryAfter.Time.Before(first):
			first = s.RetryAfter.Time
		}
	}
	return first
}

func (r *Reconciler) syncer() *sync.Syncer {
	return &sync.Syncer{Storage: r.Storage, Clock: r.Clock, Memory: r.Memory}
}

// attempt carries one sync out and notes how it went.
func (r *Reconciler) attempt(ctx context.Context, s *scope, d sync.Decision) error {
	watched, err := r.watched(ctx, s)
	if err != nil {
		return err
	}
	started := r.Clock.Now()
	guard := s.guard
	if d.Reason == v1alpha1.DueManual {
		guard.Accepted = registrydata.Digest(s.object.Annotations[v1alpha1.AnnotationAcceptRemoval])
	}
	result, err := r.syncer().Sync(ctx, sync.Request{
		Owner: s.owner, Sources: notBefore(s.sources, s.object),
		Filter: s.filter,
		Inputs: s.wanted.Inputs, DisplayName: s.object.Spec.DisplayName,
		Refetch: d.Refetch, Timeout: s.timeout, Guard: guard,
		Strict:  s.object.Spec.SyncPolicy != nil && s.object.Spec.SyncPolicy.Strict,
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
	if result.Stored.Digest != "" {
		s.facts.Stored, s.facts.Whole = result.Stored, true
	}
	return nil
}

// tidy deletes what was left behind by syncs that were cut off, and the slots of
// sources that the registry no longer has, once what is served is made without them.
func (r *Reconciler) tidy(ctx context.Context, s *scope) {
	if s.facts.StorageErr != nil {
		return
	}
	err := r.Storage.Tidy(ctx, s.owner)
	slots, errSlots := r.Storage.Slots(ctx, s.owner)
	err = errors.Join(err, errSlots)
	current := s.facts.Whole && s.facts.Stored.Inputs == s.wanted.Inputs
	for _, slot := range slots {
		known := slices.ContainsFunc(s.sources, func(src sync.Source) bool { return src.Name == slot })
		switch {
		case known:
			err = errors.Join(err, r.Storage.Tidy(ctx, s.owner.In(slot)))
		case current:
			err = errors.Join(err, r.Storage.Delete(ctx, s.owner.In(slot)))
		}
	}
	if err != nil {
		s.facts.StorageErr = fault.NewRetry(v1alpha1.ReasonStorageFailed, fmt.Errorf("deleting what is needed no more: %w", err))
	}
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
