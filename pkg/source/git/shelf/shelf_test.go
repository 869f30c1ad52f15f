package shelf_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/shelf"
)

// jar notices what is done to it after it was closed.
type jar struct {
	size   int64
	closed atomic.Int32
}

func (j *jar) Size() int64  { return j.size }
func (j *jar) Close() error { j.closed.Add(1); return nil }

type jars = shelf.Shelf[string, *jar]

func bring(j *jar) func() (*jar, error) { return func() (*jar, error) { return j, nil } }

func unwanted() (*jar, error) { return nil, errors.New("it is fetched again") }

// put fetches a jar and gives it back.
func put(t *testing.T, s *jars, key string, size int64) *jar {
	t.Helper()
	j := &jar{size: size}
	loan, err := s.Get(t.Context(), key, bring(j))
	require.NoError(t, err)
	require.True(t, loan.Fresh)
	loan.GiveBack()
	return j
}

func holds(t *testing.T, s *jars, key string) bool {
	t.Helper()
	loan, err := s.Get(t.Context(), key, unwanted)
	if err != nil {
		return false
	}
	require.False(t, loan.Fresh)
	require.Zero(t, loan.Item().closed.Load())
	loan.GiveBack()
	return true
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	s := shelf.New[string, *jar](10)
	a, b := put(t, s, "a", 4), put(t, s, "b", 4)
	require.True(t, holds(t, s, "a"), "and a is now the one used last")
	put(t, s, "c", 4)
	require.False(t, holds(t, s, "b"))
	require.True(t, holds(t, s, "a"))
	require.True(t, holds(t, s, "c"))
	require.EqualValues(t, 1, b.closed.Load())
	require.Zero(t, a.closed.Load())

	big := put(t, s, "big", 11)
	require.False(t, holds(t, s, "big"), "it has no room even alone")
	require.EqualValues(t, 1, big.closed.Load())
}

func TestLentIsNotClosed(t *testing.T) {
	s := shelf.New[string, *jar](4)
	lent, err := s.Get(t.Context(), "lent", bring(&jar{size: 3}))
	require.NoError(t, err)
	put(t, s, "other", 4)
	require.Zero(t, lent.Item().closed.Load())
	require.True(t, holds(t, s, "lent"), "what is lent can be lent again")
	lent.GiveBack()
	require.True(t, holds(t, s, "lent"), "there is room again")
	require.False(t, holds(t, s, "other"))
}

func TestDiscard(t *testing.T) {
	s := shelf.New[string, *jar](10)
	broken := put(t, s, "a", 1)
	one, err := s.Get(t.Context(), "a", unwanted)
	require.NoError(t, err)
	two, err := s.Get(t.Context(), "a", unwanted)
	require.NoError(t, err)
	one.Discard()
	one.GiveBack()
	require.Zero(t, broken.closed.Load(), "another one still reads it")
	put(t, s, "a", 1)
	two.Discard()
	two.GiveBack()
	require.EqualValues(t, 1, broken.closed.Load())
	require.True(t, holds(t, s, "a"), "what was fetched since is another one")
}

// TestTogether: all who want the same at the same time share one fetch and its
// result, even where nothing is kept.
func TestTogether(t *testing.T) {
	for name, failure := range map[string]error{"success": nil, "failure": errors.New("down")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := shelf.New[string, *jar](0)
				var fetches atomic.Int32
				j, landing := &jar{size: 1}, make(chan struct{})
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						loan, err := s.Get(t.Context(), "a", func() (*jar, error) { fetches.Add(1); <-landing; return j, failure })
						require.ErrorIs(t, err, failure)
						if err == nil {
							require.Zero(t, loan.Item().closed.Load())
							loan.GiveBack()
						}
					})
				}
				synctest.Wait()
				close(landing)
				all.Wait()
				require.EqualValues(t, 1, fetches.Load())
				if failure == nil {
					require.EqualValues(t, 1, j.closed.Load())
				}
			})
		})
	}
}

// TestWhoFetchesGivesUp: that one registry is deleted, or meets a bug, is nothing to
// the others that wait for its fetch.
func TestWhoFetchesGivesUp(t *testing.T) {
	for name, end := range map[string]func(context.Context) (*jar, error){
		"cancelled": func(ctx context.Context) (*jar, error) { <-ctx.Done(); return nil, ctx.Err() },
		"panics":    func(ctx context.Context) (*jar, error) { <-ctx.Done(); panic("a bug") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := shelf.New[string, *jar](10)
				ctx, cancel := context.WithCancel(t.Context())
				var all sync.WaitGroup
				all.Go(func() {
					defer func() { _ = recover() }()
					loan, err := s.Get(ctx, "a", func() (*jar, error) { return end(ctx) })
					require.Error(t, err)
					require.Nil(t, loan)
				})
				synctest.Wait()
				for range 3 {
					all.Go(func() {
						loan, err := s.Get(t.Context(), "a", bring(&jar{size: 1}))
						require.NoError(t, err)
						loan.GiveBack()
					})
				}
				synctest.Wait()
				cancel()
				all.Wait()
			})
		})
	}
}

func TestWhoWaitsGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := shelf.New[string, *jar](0)
		j, landing := &jar{size: 1}, make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			loan, err := s.Get(t.Context(), "a", func() (*jar, error) { <-landing; return j, nil })
			require.NoError(t, err)
			loan.GiveBack()
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			_, err := s.Get(ctx, "a", unwanted)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(landing)
		all.Wait()
		require.EqualValues(t, 1, j.closed.Load(), "nobody is counted who is gone")
	})
}

// TestMany: what is lent is never closed, everything is closed in the end but what is
// kept, and that is no more than the limit. Run it with -race.
func TestMany(t *testing.T) {
	const limit = 20
	s := shelf.New[string, *jar](limit)
	var made sync.Map
	var all sync.WaitGroup
	for worker := range 8 {
		random := rand.New(rand.NewPCG(uint64(worker), 1))
		all.Go(func() {
			for range 2_000 {
				borrow(t, s, random, &made)
			}
		})
	}
	all.Wait()
	var kept int64
	made.Range(func(key, _ any) bool {
		j := key.(*jar)
		require.LessOrEqual(t, j.closed.Load(), int32(1))
		if j.closed.Load() == 0 {
			kept += j.size
		}
		return true
	})
	require.LessOrEqual(t, kept, int64(limit))
}

// borrow does to the shelf what a registry may do to it.
func borrow(t *testing.T, s *jars, random *rand.Rand, made *sync.Map) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if random.IntN(5) == 0 {
		cancel()
	}
	loan, err := s.Get(ctx, string(rune('a'+random.IntN(12))), func() (*jar, error) {
		if random.IntN(4) == 0 || ctx.Err() != nil {
			return nil, errors.Join(errors.New("down"), ctx.Err())
		}
		j := &jar{size: 1 + random.Int64N(8)}
		made.Store(j, true)
		return j, nil
	})
	if err != nil {
		return
	}
	require.Zero(t, loan.Item().closed.Load())
	if random.IntN(10) == 0 {
		loan.Discard()
	}
	require.Zero(t, loan.Item().closed.Load())
	loan.GiveBack()
}
