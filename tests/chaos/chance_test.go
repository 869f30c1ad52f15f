package chaos

import (
	"math/rand/v2"
	"sync"
	"time"
)

// chance makes all choices from one seed. It is safe for concurrent use.
type chance struct {
	mu     sync.Mutex
	source *rand.Rand
}

func newChance(seed uint64) *chance { return &chance{source: rand.New(rand.NewPCG(seed, seed))} }

// below is a number from 0 to n-1.
func (c *chance) below(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source.IntN(n)
}

// in says yes so many times in a hundred.
func (c *chance) in(percent int) bool { return c.below(100) < percent }

// between is a duration.
func (c *chance) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.below(int(most-least)))
}

func pick[T any](c *chance, from []T) T { return from[c.below(len(from))] }
