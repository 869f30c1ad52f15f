package format

import (
	"errors"
	"runtime"
	"sync"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	// batchSize is about how many bytes of a list are read at a time.
	batchSize = 256 << 10
	// smallEntry is how many bytes an entry has, hardly less; a list may begin
	// with any number of smaller ones to claim memory.
	smallEntry = 512
)

// batch is a run of elements of a list.
type batch struct {
	raw     [][]byte
	entries []entry
	// size is how many bytes they take, of so many that are left.
	size, left int
	// done is closed when the entries are there, or what read them panicked.
	done     chan struct{}
	panicked any
}

// read is a reader of one element; it may use the respeller, which nobody else does.
type read func(r *registry.Respeller, raw []byte) entry

// inParallel reads the elements of an opened list on all processors and hands
// them to take in their order, with their position from 1. reserve is told once,
// if there are many, how many there may be.
func (s *stream) inParallel(read read, reserve func(int), take func(position int, e entry) error) error {
	work, waiting := make(chan *batch), &window{size: runtime.GOMAXPROCS(0) + 1, take: take, reserve: reserve}
	var running sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			var r registry.Respeller
			for b := range work {
				b.read(&r, read)
			}
		})
	}
	defer running.Wait()
	defer close(work)
	s.shared = true // an entry is kept where it was read from
	err := s.batches(func(b *batch) error {
		work <- b
		return waiting.add(b)
	})
	// What came before a mistake in the list's own text comes first.
	if waited := waiting.finish(); waited != nil {
		err = waited
	}
	s.shared = false
	if errors.Is(err, errNotJSON) {
		return s.invalid()
	}
	return err
}

// batches cuts an opened list.
func (s *stream) batches(send func(*batch) error) error {
	b := &batch{done: make(chan struct{}), left: len(s.text) - s.pos}
	err := s.each(']', func(int) error {
		raw := s.extent()
		if len(raw) == 0 {
			return s.invalid()
		}
		b.raw = append(b.raw, raw)
		if b.size = b.left - (len(s.text) - s.pos); b.size < batchSize {
			return nil
		}
		full := b
		b = &batch{done: make(chan struct{}), raw: make([][]byte, 0, len(full.raw)), left: full.left - full.size}
		return send(full)
	})
	if len(b.raw) > 0 {
		if sent := send(b); err == nil {
			err = sent
		}
	}
	return err
}

func (b *batch) read(r *registry.Respeller, read read) {
	defer close(b.done)
	// A panic is that of whoever parses, who may know what to do.
	defer func() { b.panicked = recover() }()
	b.entries = make([]entry, len(b.raw))
	for i, raw := range b.raw {
		b.entries[i] = read(r, raw)
	}
}

// window is the batches that are being read.
type window struct {
	size    int
	open    []*batch
	taken   int
	failure error
	take    func(position int, e entry) error
	reserve func(entries int)
}

// add waits for the oldest batch if there are many.
func (w *window) add(b *batch) error {
	if w.open = append(w.open, b); len(w.open) > w.size {
		w.next()
	}
	return w.failure
}

// finish waits for all batches; the error is the first of all.
func (w *window) finish() error {
	for len(w.open) > 0 {
		w.next()
	}
	return w.failure
}

func (w *window) next() {
	b := w.open[0]
	w.open = w.open[1:]
	<-b.done
	if b.panicked != nil {
		panic(b.panicked)
	}
	if w.taken == 0 && b.left > b.size {
		w.reserve(min(len(b.entries)*(b.left/b.size+1), b.left/smallEntry))
	}
	for _, e := range b.entries {
		if w.failure != nil {
			return
		}
		w.taken++
		w.failure = w.take(w.taken, e)
	}
}
