package apiserver

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// snapshot is a registry.Snapshot laid out for serving. Nothing in it changes
// after newSnapshot but the cache, which only remembers.
//
// The content stays as it is stored, one record a line in the order of the list:
//
//	content  {record 0}\n{record 1}\n{record 2}\n
//	starts   ^0          ^1          ^2          ^3
//
// so neighbours are copied into a page at once, and only the line breaks between
// them become commas.
type snapshot struct {
	digest       registry.Digest
	digestHeader []string // shared by all responses
	content      []byte
	starts       []uint32
	records      []record
	names        map[string]span
	// newest holds the numbers of all records; those of one name stand at its
	// span, newest first.
	newest []int32
	// all, visible and latest are the lists that are asked for most: numbers of
	// records, ascending. The first two are one where nothing is deleted.
	all, visible, latest []int32
	// updates is the time of the newest update in each block of records.
	updates []int64
	texts   *index.Index
	catalog *browse.Catalog
	cache   cache
}

// record is what has to be known of a record to select it.
type record struct {
	registry.ID
	updated, published int64 // in nanoseconds since 1970
	deleted, latest    bool
}

// span is a run of records, the end excluded.
type span struct{ first, end int32 }

// blockSize is how many records are passed over at once when nothing in them is
// new enough.
const blockSize = 256

// newSnapshot trusts that s has its digest, which who read it has verified.
func newSnapshot(s registry.Snapshot) (*snapshot, error) {
	lines := bytes.Count(s.Content, []byte{'\n'})
	n := &snapshot{
		digest:       s.Digest,
		digestHeader: []string{string(s.Digest)},
		content:      s.Content,
		starts:       append(make([]uint32, 0, lines+1), 0),
		records:      make([]record, 0, lines),
		names:        make(map[string]span),
		updates:      make([]int64, 0, lines/blockSize+1),
	}
	loading := loader{snapshot: n, versions: make(map[string]string)}
	if err := s.Each(loading.add); err != nil {
		return nil, err
	}
	var lists sync.WaitGroup
	lists.Go(func() {
		n.selectLists()
		n.sortVersions()
	})
	n.texts = loading.texts.Build()
	n.catalog = loading.catalog.Build(n.texts)
	lists.Wait()
	return n, nil
}

// loader is what is only needed while a snapshot is laid out.
type loader struct {
	*snapshot
	texts   index.Builder
	catalog browse.Builder
	// versions holds each spelling once: most are those of many servers.
	versions map[string]string
}

// add appends the next record.
func (l *loader) add(p registry.Parsed) error {
	if p.Name == "" || p.Version == "" {
		return fmt.Errorf("record %d has no name or no version", len(l.records)+1)
	}
	at := len(l.records)
	if at > 0 && compare(l.records[at-1].ID, p.ID) >= 0 {
		return fmt.Errorf("record %s@%s is out of order", p.Name, p.Version)
	}
	l.texts.Add(p.Name, wording(p.Title), wording(p.Description))
	l.catalog.Add(at, p)
	l.share(&p.ID)
	r := record{
		ID:        p.ID,
		updated:   nanoseconds(p.Official.UpdatedAt),
		published: nanoseconds(p.Official.PublishedAt),
		deleted:   p.Official.Status == registry.StatusDeleted,
		latest:    p.Official.IsLatest,
	}
	if at%blockSize == 0 {
		l.updates = append(l.updates, r.updated)
	}
	l.updates[at/blockSize] = max(l.updates[at/blockSize], r.updated)
	l.records = append(l.records, r)
	l.starts = append(l.starts, l.starts[at]+uint32(len(p.Line))+1)
	name, known := l.names[p.Name]
	if !known {
		name.first = int32(at)
	}
	name.end = int32(at) + 1
	l.names[p.Name] = name
	return nil
}

// share makes equal texts one.
func (l *loader) share(id *registry.ID) {
	if n := len(l.records); n > 0 && l.records[n-1].Name == id.Name {
		id.Name = l.records[n-1].Name
	}
	known, found := l.versions[id.Version]
	if !found {
		known = id.Version
		l.versions[known] = known
	}
	id.Version = known
}

// wording is the text of a title or description; what is not a text has none.
func wording(literal []byte) string {
	text, err := registry.Text(literal)
	if err != nil {
		return ""
	}
	return text
}

// nanoseconds allows for times that are too far away to be counted.
func nanoseconds(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1700:
		return 0
	case year > 2200:
		return 1<<63 - 1
	}
	return t.UnixNano()
}

func (s *snapshot) selectLists() {
	s.all = make([]int32, len(s.records))
	deleted, latest := 0, 0
	for i, r := range s.records {
		s.all[i] = int32(i)
		if r.deleted {
			deleted++
		} else if r.latest {
			latest++
		}
	}
	s.visible = s.all
	if deleted > 0 {
		s.visible = s.choose(len(s.records)-deleted, func(r record) bool { return !r.deleted })
	}
	s.latest = s.choose(latest, func(r record) bool { return !r.deleted && r.latest })
}

func (s *snapshot) choose(count int, keep func(record) bool) []int32 {
	chosen := make([]int32, 0, count)
	for i, r := range s.records {
		if keep(r) {
			chosen = append(chosen, int32(i))
		}
	}
	return chosen
}

// appendRecords appends the records with commas between them.
func (s *snapshot) appendRecords(out []byte, numbers []int32) []byte {
	for from := 0; from < len(numbers); {
		end := from + 1
		for end < len(numbers) && numbers[end] == numbers[end-1]+1 {
			end++
		}
		first := s.starts[numbers[from]]
		base := len(out)
		out = append(out, s.content[first:s.starts[numbers[end-1]+1]]...)
		for _, n := range numbers[from:end] {
			out[base+int(s.starts[n+1]-first)-1] = ','
		}
		from = end
	}
	return bytes.TrimSuffix(out, []byte{','})
}

// line is one record.
func (s *snapshot) line(number int32) []byte {
	return s.content[s.starts[number] : s.starts[number+1]-1]
}
