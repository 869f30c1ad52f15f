package limit

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	// sets times ways is how many clients are told apart: 65,536, in 2 MB.
	sets = 8192
	ways = 8
)

// table counts by the generic cell rate algorithm: of each client it keeps only
// the moment at which its debt will be paid off. A client whose moment has
// passed is as good as one that was never seen, so nothing has to be cleaned up.
//
// It is set-associative, like a processor's cache: a client has a place in one
// set, and when its set is full it takes the place of the client with the
// smallest debt. Only that one is forgotten, and what it gains is its debt. The
// hash has a secret seed, so nobody can aim at a set.
type table struct {
	seed maphash.Seed
	sets [sets]set
}

type set struct {
	mu    sync.Mutex
	slots [ways]slot
}

// slot is one client. paid is in nanoseconds of the limiter's clock.
type slot struct {
	client netip.Addr
	paid   int64
}

func newTable() *table { return &table{seed: maphash.MakeSeed()} }

// take charges client with cost at the time now, if its debt then is at most
// most. Otherwise it returns how long to wait for that.
func (t *table) take(client netip.Addr, now, cost, most int64) (wait time.Duration) {
	s := &t.sets[maphash.Comparable(t.seed, client)%sets]
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(client)
	paid := max(found.paid, now) + cost
	if over := paid - now - most; over > 0 {
		return time.Duration(over)
	}
	found.client, found.paid = client, paid
	return 0
}

// find returns the slot of client, with no debt if it is a new one.
func (s *set) find(client netip.Addr) *slot {
	least := &s.slots[0]
	for i := range s.slots {
		slot := &s.slots[i]
		if slot.client == client {
			return slot
		}
		if slot.paid < least.paid {
			least = slot
		}
	}
	*least = slot{client: client}
	return least
}
