package apiserver

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// snapshot is a registry.Snapshot laid out for serving. Nothing in it changes
// after newSnapshot.
type snapshot struct {
	digest       registry.Digest
	digestHeader []string // shared by all responses
	records      []record
	names        map[string]span
	// newest holds the numbers of all records; those of one name stand at its
	// span, newest first.
	newest []int32

	// The selections that can be asked for without looking at records.
	all, visible, latest listing

	words haystack
}

// record is what has to be known of a record to select it.
type record struct {
	registry.ID
	updated, published time.Time
	deleted, latest    bool
}

// span is a run of records, the end excluded.
type span struct{ first, end int }

func newSnapshot(s registry.Snapshot) (*snapshot, error) {
	if got := registry.DigestOf(s.Content); got != s.Digest {
		return nil, fmt.Errorf("its content has digest %s", got)
	}
	lines := bytes.Count(s.Content, []byte{'\n'})
	n := &snapshot{
		digest:       s.Digest,
		digestHeader: []string{string(s.Digest)},
		records:      make([]record, 0, lines),
		names:        make(map[string]span),
		all:          newListing(lines, len(s.Content)),
	}
	if err := s.Each(n.add); err != nil {
		return nil, err
	}
	n.words.close()
	n.visible = n.pick(func(r record) bool { return !r.deleted })
	n.latest = n.pick(func(r record) bool { return !r.deleted && r.latest })
	n.sortVersions()
	return n, nil
}

// add appends the next record.
func (s *snapshot) add(p registry.Parsed) error {
	if p.Name == "" || p.Version == "" {
		return fmt.Errorf("record %d has no name or no version", len(s.records)+1)
	}
	at := len(s.records)
	if at > 0 && compare(s.records[at-1].ID, p.ID) >= 0 {
		return fmt.Errorf("record %s@%s is out of order", p.Name, p.Version)
	}
	s.records = append(s.records, record{
		ID:        p.ID,
		updated:   p.Official.UpdatedAt,
		published: p.Official.PublishedAt,
		deleted:   p.Official.Status == registry.StatusDeleted,
		latest:    p.Official.IsLatest,
	})
	s.all.add(at, p.Line)
	name, known := s.names[p.Name]
	if !known {
		name.first = at
	}
	name.end = at + 1
	s.names[p.Name] = name
	return s.words.add(p.Name, p.Server)
}

// pick lays out the records that keep wants; if that is all of them, they are
// shared instead of copied.
func (s *snapshot) pick(keep func(record) bool) listing {
	wanted, size := 0, 0
	for i, r := range s.records {
		if keep(r) {
			wanted++
			size += s.all.starts[i+1] - s.all.starts[i]
		}
	}
	if wanted == len(s.records) {
		return s.all
	}
	picked := newListing(wanted, size)
	for i, r := range s.records {
		if keep(r) {
			picked.add(i, s.all.run(i, i+1))
		}
	}
	return picked
}

func (s *snapshot) sortVersions() {
	s.newest = make([]int32, len(s.records))
	for i := range s.newest {
		s.newest[i] = int32(i)
	}
	for _, name := range s.names {
		if name.end-name.first > 1 {
			slices.SortFunc(s.newest[name.first:name.end], func(a, b int32) int {
				return newerFirst(s.records[a], s.records[b])
			})
		}
	}
}

// newerFirst orders the versions of one name: the latest, then semantic ones by
// precedence, then the others by publication, then by spelling.
func newerFirst(a, b record) int {
	if a.latest != b.latest {
		if a.latest {
			return -1
		}
		return 1
	}
	// Compare puts what is not semantic below what is.
	if order := semver.Compare(semantic(b.Version), semantic(a.Version)); order != 0 {
		return order
	}
	return cmp.Or(b.published.Compare(a.published), strings.Compare(b.Version, a.Version))
}

func semantic(version string) string { return "v" + strings.TrimPrefix(version, "v") }

// position returns the number of the first record after id.
func (s *snapshot) position(id registry.ID) int {
	at, found := slices.BinarySearchFunc(s.records, id, func(r record, id registry.ID) int {
		return compare(r.ID, id)
	})
	if found {
		at++
	}
	return at
}

// compare orders IDs as tuples, which is the order of a snapshot.
func compare(a, b registry.ID) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
}
