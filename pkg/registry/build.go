package registry

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Composition is a snapshot that is put together of its servers each time it is
// written, so that it need not be in memory beside them.
type Composition struct {
	servers []Server
	// order are the places of the servers in the order of a snapshot; official
	// are in that order.
	order    []int32
	official []Official
	summary  Summary
}

// Compose makes the snapshot of servers, which must not change as long as it is
// used. What previous already holds keeps its times, so unchanged servers give
// unchanged bytes; now is the time of all that is new or changed. servers must
// not hold an ID twice.
func Compose(servers []Server, previous Snapshot, now time.Time) (*Composition, Changes, error) {
	c, changes, err := arrange(servers, previous, now)
	if err != nil {
		return nil, Changes{}, err
	}
	return c, changes, c.summarize()
}

// ComposeStated makes the snapshot of what one source holds, to be merged with others:
// without times, and the latest version of a name is what the source itself states,
// if it does. What follows from all versions cannot be known before the merge.
func ComposeStated(servers []Server) (*Composition, error) {
	c, _, err := arrange(servers, Snapshot{}, time.Time{})
	if err != nil {
		return nil, err
	}
	for i, at := range c.order {
		c.official[i].IsLatest = servers[at].Latest
	}
	return c, c.summarize()
}

func (c *Composition) summarize() error {
	hash := sha256.New()
	size, err := c.WriteTo(hash)
	c.summary = Summary{Digest: DigestOfSum(hash.Sum(nil)), Servers: len(c.servers), Size: size}
	return err
}

// Build is [Compose] with the content in memory.
func Build(servers []Server, previous Snapshot, now time.Time) (Snapshot, Changes, error) {
	c, changes, err := arrange(servers, previous, now)
	if err != nil {
		return Snapshot{}, Changes{}, err
	}
	content := bytes.NewBuffer(make([]byte, 0, c.sizeAtMost()))
	if _, err := c.WriteTo(content); err != nil {
		return Snapshot{}, Changes{}, err
	}
	return New(content.Bytes(), len(servers)), changes, nil
}

// Summary implements [Content].
func (c *Composition) Summary() Summary { return c.summary }

// WriteTo implements [Content].
func (c *Composition) WriteTo(w io.Writer) (int64, error) {
	const enough = 64 << 10
	var lines lineWriter
	written := int64(0)
	for i, at := range c.order {
		s := &c.servers[at]
		if err := lines.add(s.JSON, c.official[i], s.Foreign); err != nil {
			return written, fmt.Errorf("server %s: %w", s.ID(), err)
		}
		if len(lines.text) < enough && i+1 < len(c.order) {
			continue
		}
		n, err := w.Write(lines.text)
		written += int64(n)
		if err != nil {
			return written, err
		}
		lines.text = lines.text[:0]
	}
	return written, nil
}

func (c *Composition) sizeAtMost() int {
	size := 0
	for i := range c.servers {
		// A character of a message takes six bytes at the most.
		size += len(c.servers[i].JSON) + len(c.servers[i].Foreign) + usualOverhead + 6*len(c.servers[i].StatusMessage)
	}
	return size
}

// arrange puts servers in order and decides what the registry itself says of them.
func arrange(servers []Server, previous Snapshot, now time.Time) (*Composition, Changes, error) {
	c, changes, err := arrangeAfter(previous.Content, servers, now)
	if errors.Is(err, errDisorder) { // nothing that was built here
		var content []byte
		if content, err = inOrder(previous); err == nil {
			c, changes, err = arrangeAfter(content, servers, now)
		}
	}
	return c, changes, err
}

func arrangeAfter(previous []byte, servers []Server, now time.Time) (*Composition, Changes, error) {
	now = now.UTC().Truncate(time.Second)
	c := &Composition{servers: servers, order: ordered(servers), official: make([]Official, 0, len(servers))}
	before := earlier{rest: previous}
	var changes Changes
	for rest := c.order; len(rest) > 0; {
		// Which version is the latest shows when all of a name are known.
		n := 1
		for n < len(rest) && servers[rest[n]].Name == servers[rest[0]].Name {
			n++
		}
		if err := c.arrangeName(rest[:n], &before, now, &changes); err != nil {
			return nil, Changes{}, err
		}
		rest = rest[n:]
	}
	if err := before.skipAll(); err != nil {
		return nil, Changes{}, err
	}
	changes.Removed = before.passed
	// "a@1" and "a-b@1" sort differently as tuples and as texts.
	slices.Sort(changes.Added)
	slices.Sort(changes.Updated)
	slices.Sort(changes.Removed)
	return c, changes, nil
}

// arrangeName adds the versions of one name.
func (c *Composition) arrangeName(versions []int32, before *earlier, now time.Time, changes *Changes) error {
	first := len(c.official)
	var best candidate
	latest := first
	for i, at := range versions {
		s := c.servers[at]
		if i > 0 && s.Version == c.servers[versions[i-1]].Version {
			return fmt.Errorf("server %s occurs twice", s.ID())
		}
		old, known, err := before.take(s.ID())
		if err != nil {
			return err
		}
		official := carry(s, old, known, now)
		official.IsLatest = false
		c.official = append(c.official, official)
		note(changes, s, old, known)
		if challenger := candidateOf(s, official.PublishedAt); i == 0 || challenger.newerThan(best) {
			best, latest = challenger, first+i
		}
	}
	c.official[latest].IsLatest = true
	return nil
}

// ordered are the places of servers in the order of a snapshot.
func ordered(servers []Server) []int32 {
	order := make([]int32, len(servers))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return compareIDs(servers[a].ID(), servers[b].ID())
	})
	return order
}

func stated(s Server) Status {
	if s.Status == "" {
		return StatusActive
	}
	return s.Status
}

// carry decides the times of an entry: first seen, last changed, and when its
// status last changed.
func carry(s Server, old Parsed, known bool, now time.Time) Official {
	if !known {
		return Official{
			Status: stated(s), StatusMessage: s.StatusMessage, StatusChangedAt: now, PublishedAt: now, UpdatedAt: now,
		}
	}
	o := old.Official
	if o.Status != stated(s) {
		o.Status, o.StatusChangedAt, o.UpdatedAt = stated(s), now, now
	}
	if rewritten(s, old) {
		o.StatusMessage, o.UpdatedAt = s.StatusMessage, now
	}
	return o
}

// rewritten reports whether a source says something else of an entry than before,
// but for its status.
func rewritten(s Server, old Parsed) bool {
	return !bytes.Equal(old.Server, s.JSON) || !bytes.Equal(old.Foreign, s.Foreign) || s.StatusMessage != old.Official.StatusMessage
}

func note(c *Changes, s Server, old Parsed, known bool) {
	switch {
	case !known:
		c.Added = append(c.Added, s.ID().String())
	case stated(s) != old.Official.Status || rewritten(s, old):
		c.Updated = append(c.Updated, s.ID().String())
	}
}

func compareIDs(a, b ID) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return strings.Compare(a.Version, b.Version)
}
