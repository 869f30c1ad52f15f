package sync

import (
	"context"
	"errors"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// lastGood is the data of a source that takes part when the source gives none.
type lastGood struct {
	kind lastGoodKind
	// owner and manifest are where it is stored; zero without any.
	owner    storage.Owner
	manifest storage.Manifest
}

type lastGoodKind int

const (
	// none: the source never gave any data.
	none lastGoodKind = iota
	// mixed: the served data was made from this source and others. It stands in
	// for a slot that was lost while the source is down.
	mixed
	// served: the served data was made from this source alone.
	served
	// slot: the source's own slot.
	slot
)

// current is what a registry serves.
type current struct {
	manifest storage.Manifest
	// whole is true when it is there and matches its digests.
	whole bool
}

func (s *Syncer) current(ctx context.Context, owner storage.Owner) (current, error) {
	manifest, err := s.Storage.Stat(ctx, owner)
	if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrDamaged) {
		return current{}, storageError(err)
	}
	return current{manifest: manifest, whole: err == nil}, nil
}

// lastGood finds the last good data of a source.
func (s *Syncer) lastGood(ctx context.Context, req Request, src Source, now current) (lastGood, error) {
	if src.Name != "" {
		owner := req.Owner.In(src.Name)
		manifest, err := s.Storage.Stat(ctx, owner)
		switch {
		case err == nil:
			return lastGood{kind: slot, owner: owner, manifest: manifest}, nil
		case !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrDamaged):
			return lastGood{}, storageError(err)
		}
	}
	if kind := standIn(now, src, req.only()); kind != none {
		return lastGood{kind: kind, owner: req.Owner, manifest: now.manifest}, nil
	}
	return lastGood{}, nil
}

// standIn says whether the served data can stand in for a source's own.
func standIn(now current, src Source, only bool) lastGoodKind {
	switch {
	case !now.whole:
		return none
	case only, now.manifest.Inputs.SourceHash == src.Hash:
		return served
	case slices.ContainsFunc(now.manifest.Sources, func(s registry.SourceState) bool { return s.Name == src.Name }):
		return mixed
	}
	return none
}

// known is the revision that need not be read again: that of the last good
// data, if the data is all that is wanted of the source, and was stored by a
// version of the operator that recorded its sources.
func (l lastGood) known(req Request, src Source) source.Revision {
	inputs := l.manifest.Inputs
	fits := l.kind == slot && inputs.SourceHash == src.Hash ||
		l.kind == served && src.Name == "" && inputs == req.Inputs
	if req.Refetch || !fits || len(l.manifest.Sources) == 0 {
		return ""
	}
	return source.Revision(l.manifest.Revision)
}

// baseline says whether the data is what the spec's source held before, so that
// a loss is the source's doing and not that of a person who edited the spec.
func (l lastGood) baseline(src Source) bool {
	return (l.kind == slot || l.kind == served) && l.manifest.Inputs.SourceHash == src.Hash
}

// state describes the data as it is told to people.
func (l lastGood) state(src Source) *registry.SourceState {
	if l.kind == none {
		return nil
	}
	state := registry.SourceState{Name: src.Name, Type: src.Type}
	for _, recorded := range l.manifest.Sources {
		if recorded.Name == src.Name || l.kind == served {
			state = recorded
		}
	}
	state.Name = src.Name
	if l.kind == slot {
		state.Digest = l.manifest.Digest
	}
	return &state
}

// rejected are the entries that were left out of the data.
func (l lastGood) rejected(src Source) []registry.RejectedEntry {
	var found []registry.RejectedEntry
	for _, r := range l.manifest.Rejected {
		if r.Source == src.Name {
			found = append(found, r)
		}
	}
	return found
}

// servers reads the data.
func (s *Syncer) servers(ctx context.Context, l lastGood) ([]registry.Server, error) {
	if l.kind == none {
		return nil, nil
	}
	snapshot, err := s.Storage.Load(ctx, l.owner)
	if err != nil {
		return nil, storageError(err)
	}
	return restore(snapshot)
}

func restore(snapshot registry.Snapshot) ([]registry.Server, error) {
	restored, err := format.Restore(snapshot)
	if err != nil {
		return nil, fault.NewRetry(v1alpha1.ReasonStorageFailed, err)
	}
	return restored, nil
}
