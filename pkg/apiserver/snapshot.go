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
//	end of              0^          1^          2^
//
// so neighbours are copied into a page at once, and only the line breaks between
// them become commas.
type snapshot struct {
	digest       registry.Digest
	digestHeader []string // shared by all responses
	content      []byte
	records      []record
	names        names
	versions     labels // each spelling once
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

// record is what has to be known of a record to select it. No pointer is in it:
// there are many, and the garbage collector would look through all of them.
type record struct {
	updated         int64  // in nanoseconds since 1970
	name, version   int32  // which of the snapshot's
	end             uint32 // of its line, the line break included
	deleted, latest bool
}

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
		records:      make([]record, 0, lines),
		names:        newNames(),
		updates:      make([]int64, 0, lines/blockSize+1),
	}
	loading := loader{snapshot: n, published: make([]int64, 0, lines), known: make(map[string]int32)}
	if err := s.Each(loading.add); err != nil {
		return nil, err
	}
	n.names.finish(int32(len(n.records)))
	n.versions.finish()
	var lists sync.WaitGroup
	lists.Go(func() {
		n.selectLists()
		n.sortVersions(loading.published)
	})
	n.texts = loading.texts.Build()
	n.catalog = loading.catalog.Build(n.texts)
	lists.Wait()
	return n, nil
}

// loader is what is only needed while a snapshot is laid out.
type loader struct {
	*snapshot
	texts     index.Builder
	catalog   browse.Builder
	published []int64          // of each record, in nanoseconds since 1970
	known     map[string]int32 // the numbers of the versions met so far
	last      registry.ID      // of the record before
}

// add appends the next record.
func (l *loader) add(p registry.Parsed) error {
	if p.Name == "" || p.Version == "" {
		return fmt.Errorf("record %d has no name or no version", len(l.records)+1)
	}
	at := len(l.records)
	if at > 0 && compare(l.last, p.ID) >= 0 {
		return fmt.Errorf("record %s@%s is out of order", p.Name, p.Version)
	}
	l.texts.Add(p.Name, wording(p.Title), wording(p.Description))
	l.catalog.Add(at, p)
	r := record{
		updated: nanoseconds(p.Official.UpdatedAt),
		version: l.versionNumber(p.Version),
		end:     l.start(int32(at)) + uint32(len(p.Line)) + 1,
		deleted: p.Official.Status == registry.StatusDeleted,
		latest:  p.Official.IsLatest,
	}
	if p.Name != l.last.Name {
		l.names.add(p.Name, int32(at))
	}
	r.name = l.names.count() - 1
	if at%blockSize == 0 {
		l.updates = append(l.updates, r.updated)
	}
	l.updates[at/blockSize] = max(l.updates[at/blockSize], r.updated)
	l.records = append(l.records, r)
	l.published = append(l.published, nanoseconds(p.Official.PublishedAt))
	l.last = p.ID
	return nil
}

// versionNumber keeps each spelling once: most versions are those of many servers.
func (l *loader) versionNumber(text string) int32 {
	number, known := l.known[text]
	if !known {
		number = l.versions.add(text)
		l.known[text] = number
	}
	return number
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
		first := s.start(numbers[from])
		base := len(out)
		out = append(out, s.content[first:s.records[numbers[end-1]].end]...)
		for _, n := range numbers[from:end] {
			out[base+int(s.records[n].end-first)-1] = ','
		}
		from = end
	}
	return bytes.TrimSuffix(out, []byte{','})
}

// start is where the line of a record begins.
func (s *snapshot) start(number int32) uint32 {
	if number == 0 {
		return 0
	}
	return s.records[number-1].end
}

// line is one record.
func (s *snapshot) line(number int32) []byte {
	return s.content[s.start(number) : s.records[number].end-1]
}
