package sync

import (
	"context"
	"errors"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/merge"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// publish filters and merges what the sources gave, now or last, and makes it
// what is served.
func (s *Syncer) publish(ctx context.Context, req Request, now current, parts []part, result *Result) error {
	release, err := s.acquireForMerge(ctx, now, parts)
	if err != nil {
		return err
	}
	defer release()
	within, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	servers, conflicts, err := s.merged(within, req, parts)
	if err != nil {
		return err
	}
	if len(servers) == 0 && !req.Guard.AllowEmpty {
		return errEmpty("the sources and the filters leave no server")
	}
	previous, err := s.previous(within, req, now, parts)
	if err != nil {
		return err
	}
	snapshot, changes, err := registry.Compose(servers, previous, s.Clock.Now())
	if err != nil {
		return fault.NewTerminal(v1alpha1.ReasonInvalidData, err)
	}
	stored, err := s.Storage.Publish(within, req.Owner, snapshot, origin(req, now, parts), req.Prepare)
	if err != nil {
		return storageError(err)
	}
	result.Stored, result.Changes, result.Conflicts = stored, changes, conflicts
	return nil
}

// previous is the snapshot that is served, if it is whole.
func (s *Syncer) previous(ctx context.Context, req Request, now current, parts []part) (registry.Snapshot, error) {
	if served := parts[0].served; served != nil {
		return *served, nil
	}
	if now.manifest.Digest == "" {
		return registry.Snapshot{}, nil // there was none a moment ago
	}
	snapshot, err := s.Storage.Load(ctx, req.Owner)
	if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrDamaged) {
		return registry.Snapshot{}, storageError(err)
	}
	return snapshot, nil
}

// acquireForMerge waits for the memory that the contributions and the served
// snapshot need.
func (s *Syncer) acquireForMerge(ctx context.Context, now current, parts []part) (func(), error) {
	total := now.manifest.Size
	for _, p := range parts {
		if p.last.kind == slot {
			total += p.last.manifest.Size
		}
		for _, fresh := range p.servers {
			total += int64(len(fresh.JSON) + len(fresh.Foreign))
		}
	}
	return s.Memory.acquire(ctx, total)
}

func (s *Syncer) merged(ctx context.Context, req Request, parts []part) ([]registry.Server, merge.Conflicts, error) {
	contributions := make([]merge.Part, 0, len(parts))
	for _, p := range parts {
		servers := p.servers
		if !p.fresh {
			stored, err := s.servers(ctx, p.last)
			if err != nil {
				return nil, merge.Conflicts{}, err
			}
			servers = filtered(req, p.source, stored)
		}
		contributions = append(contributions, merge.Part{Source: p.Name, Servers: servers})
	}
	merged, conflicts := merge.Merge(contributions)
	return merged, conflicts, nil
}

// origin is what is recorded of where a snapshot comes from. It holds no time:
// unchanged sources give an equal one, which is not written again.
func origin(req Request, now current, parts []part) storage.Origin {
	o := storage.Origin{
		Inputs: req.Inputs,
		About:  registry.About{DisplayName: req.DisplayName, Sources: states(parts)},
	}
	for _, p := range parts {
		o.Rejected = append(o.Rejected, p.Rejected...)
		if p.Name == "" && p.Data != nil {
			o.Revision = p.Data.Revision
		}
	}
	// Served data that stood in for a source went through an earlier filter: what
	// that kept out is still missing, so the present filter has yet to be applied.
	if slices.ContainsFunc(parts, standsIn) {
		o.Inputs = now.manifest.Inputs
	}
	return o
}

func standsIn(p part) bool {
	return !p.fresh && (p.last.kind == served || p.last.kind == mixed)
}
