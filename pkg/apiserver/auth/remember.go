package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"golang.org/x/sync/singleflight"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"
)

const (
	// goodFor is how long a valid token is believed without asking again: so long
	// may it outlive its revocation.
	goodFor = time.Minute
	// badFor is how long an invalid one is refused without asking again.
	badFor = 10 * time.Second
	// maxGood and maxBad bound the caches. They are apart, so that a flood of bad
	// tokens does not make the verifier judge the good ones anew.
	maxGood = 8192
	maxBad  = 4096
	// judgeTimeout bounds one judgement, which may serve several requests.
	judgeTimeout = 15 * time.Second
)

// remembering asks another verifier once for many requests with the same token.
type remembering struct {
	next    Verifier
	clock   clock.PassiveClock
	good    *cache.LRUExpireCache // until when, by digest
	bad     *cache.LRUExpireCache // why, by digest
	flights singleflight.Group
}

type digest [sha256.Size]byte

// Remember returns a verifier that remembers for a short while what next says,
// and asks it once for all who come with the same token meanwhile. That it
// cannot tell is not remembered.
func Remember(next Verifier) Verifier { return remember(next, clock.RealClock{}) }

func remember(next Verifier, c clock.PassiveClock) *remembering {
	return &remembering{
		next: next, clock: c,
		good: cache.NewLRUExpireCacheWithClock(maxGood, c),
		bad:  cache.NewLRUExpireCacheWithClock(maxBad, c),
	}
}

// Verify implements [Verifier].
func (m *remembering) Verify(ctx context.Context, token string) (time.Time, error) {
	key := digest(sha256.Sum256([]byte(token)))
	if until, err, known := m.recall(key); known {
		return until, err
	}
	flight := m.flights.DoChan(string(key[:]), func() (any, error) {
		// Between our look and this flight another one may have ended.
		if until, err, known := m.recall(key); known {
			return until, err
		}
		return m.judge(context.WithoutCancel(ctx), key, token)
	})
	select {
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case result := <-flight:
		until, _ := result.Val.(time.Time)
		return until, result.Err
	}
}

// recall is what is known of a token.
func (m *remembering) recall(key digest) (until time.Time, err error, known bool) {
	if until, ok := m.good.Get(key); ok {
		return until.(time.Time), nil, true //nolint:forcetypeassert // nothing else is put in
	}
	if why, ok := m.bad.Get(key); ok {
		return time.Time{}, why.(error), true //nolint:forcetypeassert // nothing else is put in
	}
	return time.Time{}, nil, false
}

func (m *remembering) judge(ctx context.Context, key digest, token string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, judgeTimeout)
	defer cancel()
	until, err := m.next.Verify(ctx, token)
	var invalid *InvalidError
	switch {
	case err == nil:
		m.good.Add(key, until, min(goodFor, until.Sub(m.clock.Now())))
	case errors.As(err, &invalid):
		m.bad.Add(key, err, badFor)
	}
	return until, err
}
