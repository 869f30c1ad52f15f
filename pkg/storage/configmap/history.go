package configmap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

// maxRevision bounds what is kept of a revision, which people read.
const maxRevision = 256

// history is what stays kept when next follows current: current itself, if it is
// whole, and what was kept before, each digest once.
func history(owner storage.Owner, current storage.Manifest, whole bool, next registry.Digest) []storage.Past {
	var all []storage.Past
	if whole {
		all = append(all, past(current))
	}
	all = append(all, current.History...)
	seen := map[registry.Digest]bool{next: true}
	var kept []storage.Past
	chunks := 0
	for _, p := range all {
		if chunks += len(p.Chunks); len(kept) == owner.Keep || chunks > chunk.MaxKept {
			break
		}
		if !seen[p.Digest] {
			kept, seen[p.Digest] = append(kept, p), true
		}
	}
	return kept
}

func past(m storage.Manifest) storage.Past {
	revision := m.Revision
	if len(revision) > maxRevision {
		revision = strings.ToValidUTF8(revision[:maxRevision], "")
	}
	return storage.Past{
		Digest: m.Digest, Servers: m.Servers, Size: m.Size, Revision: revision,
		PublishedAt: m.PublishedAt, Chunks: m.Chunks,
	}
}

// Restore implements [storage.Manager].
func (m *Manager) Restore(ctx context.Context, owner storage.Owner, digest registry.Digest, prepare storage.Prepare) (storage.Manifest, error) {
	current, err := m.look(ctx, owner)
	if err != nil && !errors.Is(err, storage.ErrDamaged) {
		return storage.Manifest{}, err
	}
	about := registry.About{DisplayName: current.manifest.DisplayName}
	if err == nil && current.manifest.Digest == digest {
		origin := current.manifest.Origin
		origin.Inputs, origin.Pinned = storage.Inputs{}, true
		return m.record(ctx, owner, current, origin)
	}
	at := slices.IndexFunc(current.manifest.History, func(p storage.Past) bool { return p.Digest == digest })
	if at < 0 {
		return storage.Manifest{}, fmt.Errorf("%w: %s", storage.ErrNotKept, digest)
	}
	kept := current.manifest.History[at]
	next := storage.Manifest{
		Digest: kept.Digest, Servers: kept.Servers, Size: kept.Size, Chunks: kept.Chunks,
		Origin:      storage.Origin{Revision: kept.Revision, Pinned: true, About: about},
		PublishedAt: m.clock.Now().UTC().Truncate(time.Second),
		Previous:    current.manifest.Chunks,
		History:     history(owner, current.manifest, err == nil, digest),
	}
	versions, err := m.verify(ctx, owner, next)
	if err != nil {
		return storage.Manifest{}, err
	}
	versions[pointerName(owner)] = current.versions[pointerName(owner)]
	if err := admit(ctx, next, prepare); err != nil {
		return storage.Manifest{}, err
	}
	return m.install(ctx, owner, found{next, versions})
}

// verify reads the chunks of a snapshot and returns their versions.
func (m *Manager) verify(ctx context.Context, owner storage.Owner, manifest storage.Manifest) (map[string]version, error) {
	versions := map[string]version{}
	_, err := chunk.Join(manifest, func(c storage.Chunk) ([]byte, error) {
		cm, err := m.readChunk(ctx, owner, c.Name)
		if err != nil {
			return nil, err
		}
		versions[c.Name] = versionOf(cm)
		return cm.BinaryData[v1alpha1.StorageKeyChunk], nil
	})
	if err != nil {
		return nil, fmt.Errorf("snapshot %s of %s/%s: %w", manifest.Digest, owner.Namespace, owner.Name, err)
	}
	return versions, nil
}
