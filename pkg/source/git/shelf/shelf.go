package shelf

import (
	"context"
	"errors"
	"io"
	"sync"
)

// Item is something to keep.
type Item interface {
	io.Closer
	// Size is what it counts towards the limit. It never changes.
	Size() int64
}

// Shelf keeps items by their keys. Its methods may be called at the same time.
type Shelf[K comparable, V Item] struct {
	limit int64

	mu      sync.Mutex
	size    int64 // of all places
	lends   int64
	places  map[K]*place[K, V]
	flights map[K]*flight[K, V]
}

// New returns an empty shelf. With a limit of 0 it keeps nothing, but those who
// want the same at the same time still share it.
func New[K comparable, V Item](limit int64) *Shelf[K, V] {
	return &Shelf[K, V]{limit: limit, places: map[K]*place[K, V]{}, flights: map[K]*flight[K, V]{}}
}

// place is where an item stands.
type place[K comparable, V Item] struct {
	key  K
	item V
	// lent counts who has it now; last is when it was lent, in lends.
	lent int
	last int64
	// gone is true once it is off the shelf. It is closed when nobody has it any more.
	gone bool
}

// flight is a fetch that is under way. All but done and waiting are set before done
// is closed.
type flight[K comparable, V Item] struct {
	done    chan struct{}
	waiting int
	place   *place[K, V]
	err     error
	// given up says that err is only about who was fetching.
	givenUp bool
}

// Get lends what is kept under key, or has fetch bring it. Others who want the same
// meanwhile get the same answer, but not that somebody else's context has ended.
func (s *Shelf[K, V]) Get(ctx context.Context, key K, fetch func() (V, error)) (*Loan[K, V], error) {
	for {
		s.mu.Lock()
		if p, ok := s.places[key]; ok {
			s.lend(p, 1)
			s.mu.Unlock()
			return &Loan[K, V]{shelf: s, place: p}, nil
		}
		f, busy := s.flights[key]
		if !busy {
			f = &flight[K, V]{done: make(chan struct{})}
			s.flights[key] = f
			s.mu.Unlock()
			return s.lead(ctx, key, f, fetch)
		}
		f.waiting++
		s.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			s.leave(f)
			return nil, ctx.Err()
		}
		if f.place != nil {
			return &Loan[K, V]{shelf: s, place: f.place}, nil
		}
		if !f.givenUp {
			return nil, f.err
		}
	}
}

// lead fetches. A panic too ends the flight, or those who wait would wait for ever.
func (s *Shelf[K, V]) lead(ctx context.Context, key K, f *flight[K, V], fetch func() (V, error)) (loan *Loan[K, V], err error) {
	var item V
	f.err, f.givenUp = errors.New("the fetch did not end"), true
	defer func() {
		s.land(key, f, item)
		if f.place != nil {
			loan = &Loan[K, V]{shelf: s, place: f.place, Fresh: true}
		}
	}()
	item, f.err = fetch()
	f.givenUp = f.err != nil && ctx.Err() != nil
	return nil, f.err
}

// land tells those who wait how the flight has ended.
func (s *Shelf[K, V]) land(key K, f *flight[K, V], item V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flights, key)
	if f.err == nil {
		f.place = s.put(key, item, 1+f.waiting)
	}
	close(f.done)
}

// leave is for one who waits no longer.
func (s *Shelf[K, V]) leave(f *flight[K, V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.place != nil { // it landed at the same moment, and counted this one
		s.giveBack(f.place)
	}
}

// put makes room for an item and lends it.
func (s *Shelf[K, V]) put(key K, item V, lent int) *place[K, V] {
	p := &place[K, V]{key: key, item: item}
	s.places[key] = p
	s.size += item.Size()
	s.lend(p, lent)
	s.tidy()
	return p
}

func (s *Shelf[K, V]) lend(p *place[K, V], to int) {
	s.lends++
	p.lent, p.last = p.lent+to, s.lends
}

func (s *Shelf[K, V]) giveBack(p *place[K, V]) {
	p.lent--
	if p.gone && p.lent == 0 {
		_ = p.item.Close() // there is nobody left whom it concerns
	}
	s.tidy()
}

// tidy takes off what is over the limit and lent to nobody.
func (s *Shelf[K, V]) tidy() {
	for s.size > s.limit {
		oldest := s.oldest()
		if oldest == nil {
			return
		}
		s.takeOff(oldest)
		_ = oldest.item.Close()
	}
}

// oldest is what was not lent for the longest time; nil if all is lent.
func (s *Shelf[K, V]) oldest() *place[K, V] {
	var oldest *place[K, V]
	for _, p := range s.places {
		if p.lent == 0 && (oldest == nil || p.last < oldest.last) {
			oldest = p
		}
	}
	return oldest
}

func (s *Shelf[K, V]) takeOff(p *place[K, V]) {
	p.gone = true
	delete(s.places, p.key)
	s.size -= p.item.Size()
}

// Waiting is how many wait for what somebody else is fetching.
func (s *Shelf[K, V]) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.flights {
		n += f.waiting
	}
	return n
}
