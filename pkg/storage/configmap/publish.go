package configmap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

// Publish implements [storage.Manager]. When the snapshot is stored and whole
// and only its origin differs, the pointer alone is written, without prepare.
// An error after the flip comes with the new manifest: the snapshot is current,
// and the next Publish finishes the cleaning.
func (m *Manager) Publish(ctx context.Context, owner storage.Owner, snapshot registry.Content,
	origin storage.Origin, prepare storage.Prepare,
) (storage.Manifest, error) {
	origin.About = origin.Bounded()
	summary := snapshot.Summary()
	current, err := m.look(ctx, owner)
	switch {
	case err == nil && same(current.manifest, summary):
		return m.refresh(ctx, owner, current, origin)
	case err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrDamaged):
		return storage.Manifest{}, err
	}

	pieces, errSplit := chunk.Split(snapshot)
	if errSplit != nil {
		return storage.Manifest{}, fmt.Errorf("storing the snapshot of %s/%s: %w", owner.Namespace, owner.Name, errSplit)
	}
	next := m.succeed(owner, current.manifest, summary, pieces)
	next.Origin, next.History = origin, history(owner, current.manifest, err == nil, summary.Digest)
	// First the readers: where they cannot be admitted, nothing was written that would
	// have to go again, and no event of its going asks for another try.
	if err := admit(ctx, next, prepare); err != nil {
		return storage.Manifest{}, err
	}
	versions, err := m.writeChunks(ctx, owner, next.Chunks, pieces)
	if err != nil {
		return storage.Manifest{}, err
	}
	versions[pointerName(owner)] = current.versions[pointerName(owner)]
	return m.install(ctx, owner, found{next, versions})
}

// admit lets readers read a snapshot that is about to be current.
func admit(ctx context.Context, next storage.Manifest, prepare storage.Prepare) error {
	if prepare == nil {
		return nil
	}
	if err := prepare(ctx, next); err != nil {
		return fmt.Errorf("preparing readers for snapshot %s: %w", next.Digest, err)
	}
	return nil
}

// install makes what is written current and deletes what is needed no more.
func (m *Manager) install(ctx context.Context, owner storage.Owner, next found) (storage.Manifest, error) {
	if err := m.flip(ctx, owner, next); err != nil {
		return storage.Manifest{}, err
	}
	return next.manifest, m.collect(ctx, m.meta, owner, keep(owner, next.manifest))
}

// refresh records a new origin of a snapshot that is stored already. It also
// deletes what a killed Publish left behind, which the cache knows for nothing.
func (m *Manager) refresh(ctx context.Context, owner storage.Owner, current found, origin storage.Origin) (storage.Manifest, error) {
	manifest, err := m.record(ctx, owner, current, origin)
	if err != nil {
		return storage.Manifest{}, err
	}
	return manifest, m.collect(ctx, m.meta, owner, keep(owner, manifest))
}

// record writes the pointer with another origin, unless it has this one.
func (m *Manager) record(ctx context.Context, owner storage.Owner, current found, origin storage.Origin) (storage.Manifest, error) {
	if current.manifest.SameOrigin(origin) {
		return current.manifest, nil
	}
	current.manifest.Origin = origin
	if err := m.flip(ctx, owner, current); err != nil {
		return storage.Manifest{}, err
	}
	return current.manifest, nil
}

// Describe implements [storage.Manager].
func (m *Manager) Describe(ctx context.Context, owner storage.Owner, about registry.About) (storage.Manifest, error) {
	current, err := m.look(ctx, owner)
	if err != nil {
		return storage.Manifest{}, err
	}
	origin := current.manifest.Origin
	origin.About = about.Bounded()
	return m.record(ctx, owner, current, origin)
}

// succeed makes the manifest that follows current, which is zero if there is
// none. To repair a snapshot does not make it a new one.
func (m *Manager) succeed(owner storage.Owner, current storage.Manifest, snapshot registry.Summary, pieces [][]byte) storage.Manifest {
	next := storage.Manifest{
		Digest:      snapshot.Digest,
		Servers:     snapshot.Servers,
		Size:        snapshot.Size,
		PublishedAt: m.clock.Now().UTC().Truncate(time.Second),
		Chunks:      chunk.Describe(pointerName(owner), snapshot.Digest, pieces),
		Previous:    current.Chunks,
	}
	if current.Digest == snapshot.Digest {
		next.Previous, next.PublishedAt = current.Previous, current.PublishedAt
	}
	return next
}

func same(manifest storage.Manifest, snapshot registry.Summary) bool {
	return manifest.Digest == snapshot.Digest && manifest.Servers == snapshot.Servers
}

// keep is the set of objects that the current and the earlier snapshots need.
func keep(owner storage.Owner, manifest storage.Manifest) map[string]bool {
	names := map[string]bool{pointerName(owner): true}
	all := [][]storage.Chunk{manifest.Chunks, manifest.Previous}
	for _, past := range manifest.History {
		all = append(all, past.Chunks)
	}
	for _, chunks := range all {
		for _, c := range chunks {
			names[c.Name] = true
		}
	}
	return names
}
