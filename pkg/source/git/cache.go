package git

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/shelf"
)

// DefaultCacheBytes is how much a [Cache] keeps if nobody says otherwise.
const DefaultCacheBytes = 256 << 20

// Cache keeps packs for all fetchers that have it, so that registries with the same
// repository download a commit once. It is used for a commit that the server has just
// named to the one who asks, or that the spec pins.
type Cache struct {
	packs *shelf.Shelf[packKey, *storedPack]
}

// NewCache returns a cache of at most limit bytes. With 0 it keeps nothing, but who
// wants the same at the same time shares it.
func NewCache(limit int64) *Cache {
	return &Cache{shelf.New[packKey, *storedPack](limit)}
}

// borrow lends a pack that is as it was written. One that is not is thrown away and
// brought again.
func (c *Cache) borrow(
	ctx context.Context, key packKey, bring func() (*storedPack, error),
) (*shelf.Loan[packKey, *storedPack], error) {
	for {
		loan, err := c.packs.Get(ctx, key, bring)
		if err != nil || loan.Fresh {
			return loan, err
		}
		intact := loan.Item().intact(ctx)
		switch {
		case ctx.Err() != nil:
			loan.GiveBack()
			return nil, ctx.Err()
		case intact:
			return loan, nil
		}
		loan.Discard()
		loan.GiveBack()
	}
}

// packKey says whose pack it is, of what, and what was asked of it.
type packKey struct {
	at    location
	login string
	want  plumbing.Hash
	// pinned commits are looked for in all of history, and are told of otherwise.
	pinned                       bool
	maxBytes, maxRepositoryBytes int64
}

func (f *Fetcher) key(goal target) packKey {
	return packKey{
		at: f.at, login: f.cfg.Login, want: goal.want, pinned: f.cfg.Commit != "",
		maxBytes: f.cfg.MaxBytes, maxRepositoryBytes: f.cfg.MaxRepositoryBytes,
	}
}
