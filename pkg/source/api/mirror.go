package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxEntries bounds the index, which is in memory. The largest known registry
// has a fifth of it.
const maxEntries = 1_000_000

// mirror gathers entries: their text in a spool, what tells them apart in an
// index. Of two entries with the same ID the one that changed last counts, and
// the one read last if they changed at the same time.
type mirror struct {
	*spool
	index map[sum]indexed
	// newest is the latest updatedAt; zero if no entry has any.
	newest time.Time
	// tombstone is true when a deleted entry was seen.
	tombstone bool
}

type indexed struct {
	number  uint32
	content sum
	updated int64 // nanoseconds since 1970, which end in 2262
}

func newMirror(dir string) (*mirror, error) {
	s, err := newSpool(dir)
	if err != nil {
		return nil, err
	}
	return &mirror{spool: s, index: map[sum]indexed{}}, nil
}

// put takes an entry.
func (m *mirror) put(e entry) (err error) {
	m.note(e)
	key := e.key()
	mine := indexed{content: e.content(), updated: nanoseconds(e.updated)}
	old, known := m.index[key]
	switch {
	case known && (old.updated > mine.updated || old.content == mine.content):
		return nil
	case !known && len(m.index) == maxEntries:
		return fault.NewTerminal(source.ReasonTooLarge, fmt.Errorf("it has more than %d entries", maxEntries))
	}
	if known {
		m.drop(old.number)
	}
	if mine.number, err = m.add(e.raw); err != nil {
		return err
	}
	m.index[key] = mine
	return nil
}

func (m *mirror) note(e entry) {
	if e.updated.After(m.newest) {
		m.newest = e.updated
	}
	m.tombstone = m.tombstone || e.status == registry.StatusDeleted
}

// has reports whether there is an entry with this ID.
func (m *mirror) has(id registry.ID) (indexed, bool) {
	i, found := m.index[keyOf(id)]
	return i, found
}

// digest names the content, in whatever order it was read.
func (m *mirror) digest() string {
	contents := make([]sum, 0, len(m.index))
	for _, i := range m.index {
		contents = append(contents, i.content)
	}
	slices.SortFunc(contents, func(a, b sum) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, content := range contents {
		h.Write(content[:])
	}
	return hex.EncodeToString(h.Sum(nil))[:digestLength]
}

// nanoseconds is 0 for no time at all.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
