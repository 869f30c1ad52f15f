package sync

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Request is one sync to carry out.
type Request struct {
	Owner   storage.Owner
	Fetcher source.Fetcher
	Format  format.Format
	Filter  *filter.Filter
	// Inputs are recorded with the snapshot.
	Inputs storage.Inputs
	// SourceType and DisplayName are recorded for people.
	SourceType, DisplayName string
	// Known is the revision that the stored snapshot was made from; "" reads
	// the source in any case.
	Known source.Revision
	// Unfiltered is true when what is stored is all that the source has.
	Unfiltered bool
	// AllowEmpty lets a snapshot without servers be stored.
	AllowEmpty bool
	// Prepare runs before a new snapshot becomes current.
	Prepare storage.Prepare
}

// Result is what a sync found, as far as it came.
type Result struct {
	// Fetched is true when the source answered, Parsed when its content is a registry.
	Fetched, Parsed bool
	// Unchanged is true when the source is still at the known revision.
	Unchanged bool
	// Revision of the source.
	Revision source.Revision
	// Stored is the manifest of what is stored now; only after success, and
	// not when Unchanged.
	Stored storage.Manifest
	// Changes against the snapshot stored before.
	Changes registry.Changes
	// Rejected entries, with reasons.
	Rejected []registry.Rejection
}

// Syncer carries syncs out.
type Syncer struct {
	Storage storage.Manager
	Clock   clock.PassiveClock
}

// Sync brings the content of the source into storage. On error the stored
// snapshot is what it was before, and the result says how far the sync came.
func (s *Syncer) Sync(ctx context.Context, req Request) (Result, error) {
	var result Result
	content, err := s.fetch(ctx, req)
	if err != nil {
		return result, fetchError(ctx, err)
	}
	defer func() { _ = content.Close() }()
	result.Fetched, result.Revision = true, content.Revision
	if content.Unchanged {
		result.Parsed, result.Unchanged = true, true
		return result, nil
	}
	catalog, err := parse(req.Format, content)
	if err != nil {
		return result, fmt.Errorf("reading the source as %s: %w", req.Format, err)
	}
	result.Parsed, result.Rejected = true, catalog.Rejected
	servers := req.Filter.Apply(catalog.Servers)
	if len(servers) == 0 && !req.AllowEmpty {
		return result, emptyHeld(catalog)
	}
	err = s.store(ctx, req, servers, origin(req, content.Revision, catalog), &result)
	return result, err
}

// parse reads the files of a source one after the other.
func parse(f format.Format, content source.Content) (registry.Catalog, error) {
	var all registry.Catalog
	for _, file := range content.Files {
		data, err := file.Bytes()
		if err != nil {
			return registry.Catalog{}, fault.NewRetry(source.ReasonUnavailable, err)
		}
		catalog, err := format.Parse(f, data)
		if err != nil {
			return registry.Catalog{}, err
		}
		all.Servers = append(all.Servers, catalog.Servers...)
		all.Rejected = append(all.Rejected, catalog.Rejected...)
	}
	return all, nil
}

func (s *Syncer) store(ctx context.Context, req Request, servers []registry.Server, origin storage.Origin, result *Result) error {
	previous, err := s.Storage.Load(ctx, req.Owner)
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrDamaged):
		previous = registry.Snapshot{}
	case err != nil:
		return storageError(err)
	}
	snapshot, changes, err := registry.Build(servers, previous, s.Clock.Now())
	if err != nil {
		return fault.NewTerminal(v1alpha1.ReasonInvalidData, err)
	}
	stored, err := s.Storage.Publish(ctx, req.Owner, snapshot, origin, req.Prepare)
	if err != nil {
		return storageError(err)
	}
	result.Stored, result.Changes = stored, changes
	return nil
}

// origin is what is recorded of where a snapshot comes from. It holds no time:
// an unchanged source gives an equal one, which is not written again.
func origin(req Request, revision source.Revision, c registry.Catalog) storage.Origin {
	about := registry.About{
		DisplayName: req.DisplayName,
		Sources: []registry.SourceState{{
			Type: req.SourceType, Revision: string(revision), Servers: len(c.Servers), Rejected: len(c.Rejected),
		}},
	}
	for _, r := range c.Rejected[:min(len(c.Rejected), registry.MaxRejectedEntries)] {
		about.Rejected = append(about.Rejected, registry.RejectedEntry{Entry: r.Entry, Reason: r.Reason})
	}
	return storage.Origin{Inputs: req.Inputs, Revision: string(revision), About: about}
}

func emptyHeld(c registry.Catalog) error {
	cause := "the source has no servers"
	switch {
	case len(c.Servers) > 0:
		cause = fmt.Sprintf("the filter lets none of the source's %d servers through", len(c.Servers))
	case len(c.Rejected) > 0:
		first := c.Rejected[0]
		cause = fmt.Sprintf("none of the source's %d entries is valid (%s: %s)", len(c.Rejected), first.Entry, first.Reason)
	}
	return fault.NewTerminal(v1alpha1.ReasonEmptyHeld, fmt.Errorf(
		"%s; nothing was stored. Mend it, or set syncPolicy.allowEmpty if an empty registry is meant", cause))
}

func fetchError(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.NewRetry(source.ReasonUnavailable, fmt.Errorf(
			"the source did not answer within syncPolicy.timeout: %w", err))
	}
	return err
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
