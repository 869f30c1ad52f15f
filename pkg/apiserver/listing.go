package apiserver

import (
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// listing is a selection of records in list order, laid out so that any run of
// them is a slice:
//
//	arena   {record 0},{record 1},{record 2},
//	starts  ^0         ^1         ^2         ^3
type listing struct {
	arena  []byte
	starts []int
	// numbers holds the number of each record among all records, ascending.
	numbers []int32
}

func newListing(records, size int) listing {
	return listing{
		arena:   make([]byte, 0, size+records),
		starts:  append(make([]int, 0, records+1), 0),
		numbers: make([]int32, 0, records),
	}
}

func (l *listing) add(number int, line []byte) {
	l.arena = append(append(l.arena, line...), ',')
	l.starts = append(l.starts, len(l.arena))
	l.numbers = append(l.numbers, int32(number))
}

// run returns the records from (included) to end (excluded), with commas
// between them.
func (l listing) run(from, end int) []byte {
	if from >= end {
		return nil
	}
	return l.arena[l.starts[from] : l.starts[end]-1]
}

// selection is the records of one page.
type selection struct {
	records []byte // with commas between them
	count   int
	// last is the last record of the page if more follow it.
	last *registry.ID
}

// page returns the records that q asks for.
func (s *snapshot) page(q query) selection {
	from := 0
	if q.after != (registry.ID{}) {
		from = s.position(q.after)
	}
	if l := s.selected(q.filter); l != nil {
		return s.slice(l, from, q.limit)
	}
	return s.gather(s.scan(q.filter, from, q.limit+1), q.limit)
}

// selected returns the listing that is just what f asks for; nil if records
// have to be looked at.
func (s *snapshot) selected(f filter) *listing {
	switch {
	case f.Search != "" || !f.UpdatedSince.IsZero():
		return nil
	case f.Version == "" && f.IncludeDeleted:
		return &s.all
	case f.Version == "":
		return &s.visible
	case f.Version == latestVersion && !f.IncludeDeleted:
		return &s.latest
	}
	return nil
}

func (s *snapshot) slice(l *listing, from, limit int) selection {
	begin, _ := slices.BinarySearch(l.numbers, int32(from))
	end := min(begin+limit, len(l.numbers))
	chosen := selection{records: l.run(begin, end), count: end - begin}
	if end < len(l.numbers) {
		chosen.last = &s.records[l.numbers[end-1]].ID
	}
	return chosen
}

// scan returns the numbers of up to most records that pass f.
func (s *snapshot) scan(f filter, from, most int) []int32 {
	var found []int32
	needle := fold(f.Search)
	for i := from; i < len(s.records) && len(found) < most; i++ {
		if needle != "" {
			if i = s.words.find(needle, i); i < 0 {
				break
			}
		}
		if f.passes(s.records[i]) {
			found = append(found, int32(i))
		}
	}
	return found
}

// gather copies up to limit of the records together.
func (s *snapshot) gather(numbers []int32, limit int) selection {
	var chosen selection
	if len(numbers) > limit {
		numbers = numbers[:limit]
		chosen.last = &s.records[numbers[limit-1]].ID
	}
	size := 0
	for _, n := range numbers {
		size += len(s.all.run(int(n), int(n)+1)) + 1
	}
	chosen.count = len(numbers)
	chosen.records = make([]byte, 0, size)
	for i, n := range numbers {
		if i > 0 {
			chosen.records = append(chosen.records, ',')
		}
		chosen.records = append(chosen.records, s.all.run(int(n), int(n)+1)...)
	}
	return chosen
}

// versions returns the versions of a name, newest first; nothing if it is
// unknown or all of them are deleted.
func (s *snapshot) versions(name string, includeDeleted bool) selection {
	at := s.names[name]
	numbers := make([]int32, 0, at.end-at.first)
	for _, n := range s.newest[at.first:at.end] {
		if includeDeleted || !s.records[n].deleted {
			numbers = append(numbers, n)
		}
	}
	return s.gather(numbers, len(numbers))
}

// one returns a single record; nil if there is none.
func (s *snapshot) one(name, version string, includeDeleted bool) []byte {
	at, known := s.names[name]
	if !known {
		return nil
	}
	// The latest stands first among the newest.
	number := int(s.newest[at.first])
	if version != latestVersion {
		offset, found := slices.BinarySearchFunc(s.records[at.first:at.end], registry.ID{Name: name, Version: version},
			func(r record, id registry.ID) int { return compare(r.ID, id) })
		if !found {
			return nil
		}
		number = at.first + offset
	}
	if s.records[number].deleted && !includeDeleted {
		return nil
	}
	return s.all.run(number, number+1)
}
