package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// storeTimeout bounds one publish, whatever a source was given to answer.
const storeTimeout = 2 * time.Minute

// Syncer carries syncs out.
type Syncer struct {
	Storage storage.Manager
	Clock   clock.PassiveClock
	// Memory is shared by all syncs; nil is no limit.
	Memory *Memory
}

// Sync brings the content of the sources into storage. What a source that fails
// gave last takes part. The error is that of the storage or of the sources that
// failed; the result says how far the sync came, and whether it stored anything
// all the same.
func (s *Syncer) Sync(ctx context.Context, req Request) (Result, error) {
	var result Result
	now, err := s.current(ctx, req.Owner)
	if err != nil {
		return result, err
	}
	parts := s.gather(ctx, req, now)
	for _, p := range parts {
		result.Sources = append(result.Sources, p.SourceResult)
	}
	for _, p := range parts {
		if p.broken != nil {
			return result, p.broken
		}
	}
	failed := failure(parts)
	if nothingToStore(req, now, parts) {
		result.Unchanged = failed == nil
		return result, failed
	}
	err = s.publish(ctx, req, now, parts, &result)
	if err == nil || failed != nil && fault.ReasonOf(err, "") == v1alpha1.ReasonEmptyHeld {
		// Nothing is left because the sources failed; that is what has to be told.
		err = failed
	}
	return result, err
}

// Consistent says whether what is served was made from what the slots of these
// sources hold. It is not when a slot was lost, or when the operator was killed
// between the two; it costs nothing while nothing changes.
func (s *Syncer) Consistent(ctx context.Context, owner storage.Owner, sources []Source, served storage.Manifest) (bool, error) {
	kept := map[string]registry.Digest{}
	for _, src := range sources {
		if src.Name == "" {
			return true, nil
		}
		manifest, err := s.Storage.Stat(ctx, owner.In(src.Name))
		switch {
		case err == nil:
			kept[src.Name] = manifest.Digest
		case !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrDamaged) && !errors.Is(err, storage.ErrConflict):
			return false, storageError(err)
		}
	}
	used := map[string]registry.Digest{}
	for _, state := range served.Sources {
		used[state.Name] = state.Digest
	}
	return maps.Equal(kept, used), nil
}

// nothingToStore says whether what is served was made from just these data.
func nothingToStore(req Request, now current, parts []part) bool {
	states := states(parts)
	if len(states) == 0 {
		return true
	}
	fresh := slices.ContainsFunc(parts, func(p part) bool { return p.fresh })
	return now.whole && !fresh && now.manifest.Inputs == req.Inputs && slices.Equal(now.manifest.Sources, states)
}

// states are those of the data that takes part, bounded as they are stored.
func states(parts []part) []registry.SourceState {
	var about registry.About
	for _, p := range parts {
		if p.Data != nil {
			about.Sources = append(about.Sources, *p.Data)
		}
	}
	return about.Bounded().Sources
}

// failure puts the errors of sources together. One that may pass by itself is
// tried again, whatever else a person must act on; the reason is of what a
// person must act on first.
func failure(parts []part) error {
	var all []part
	for _, p := range parts {
		if p.Err != nil {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	if all[0].Name == "" {
		return all[0].Err
	}
	messages := make([]string, len(all))
	for i, p := range all {
		messages[i] = fmt.Sprintf("source %q: %s%s", p.Name, p.Err, aftermath(p))
	}
	told := all[max(0, slices.IndexFunc(all, func(p part) bool { return fault.ClassOf(p.Err) == fault.Terminal }))]
	reason := fault.ReasonOf(told.Err, source.ReasonUnavailable)
	err := errors.New(strings.Join(messages, "; "))
	if slices.ContainsFunc(all, func(p part) bool { return fault.ClassOf(p.Err) != fault.Terminal }) {
		return fault.NewRetry(reason, err)
	}
	return fault.NewTerminal(reason, err)
}

// aftermath says what is served of a source that failed.
func aftermath(p part) string {
	if p.last.kind == none {
		return " (the registry lacks this source: it never gave any data)"
	}
	return ""
}

func storageError(err error) error {
	if errors.Is(err, storage.ErrConflict) {
		return fault.NewTerminal(v1alpha1.ReasonNameConflict, err)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.NewRetry(v1alpha1.ReasonStorageFailed, fmt.Errorf("storing the snapshot: %w", err))
}
