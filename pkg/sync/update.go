package sync

import (
	"context"
	"fmt"
	"iter"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// fetch reads the source. One that can be read by its changes is given what is
// stored of it, which must not have gone through a filter.
func (s *Syncer) fetch(ctx context.Context, req Request) (source.Content, error) {
	if updater, ok := req.Fetcher.(source.Updater); ok && req.Unfiltered {
		return updater.Update(ctx, req.Known, s.stored(req.Owner))
	}
	return req.Fetcher.Fetch(ctx, req.Known)
}

// stored are the records of an owner, if they are of the wanted revision.
func (s *Syncer) stored(owner storage.Owner) source.Stored {
	return func(ctx context.Context, at source.Revision) iter.Seq2[registry.Parsed, error] {
		manifest, err := s.Storage.Stat(ctx, owner)
		if err == nil && manifest.Revision != string(at) {
			err = fmt.Errorf("revision %q is stored, not %q", manifest.Revision, at)
		}
		var snapshot registry.Snapshot
		if err == nil {
			snapshot, err = s.Storage.Load(ctx, owner)
		}
		if err != nil {
			return func(yield func(registry.Parsed, error) bool) { yield(registry.Parsed{}, err) }
		}
		return snapshot.Records()
	}
}
