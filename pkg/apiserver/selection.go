package apiserver

import (
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// selection is the records of one page.
type selection struct {
	numbers []int32
	// next is the last record of the page if more follow it.
	next *registry.ID
}

// page returns the records that q asks for.
func (s *snapshot) page(q query) selection {
	from := s.begin(q)
	list := s.selected(q.filter)
	if list == nil {
		list = s.scan(q.filter, from, q.limit+1)
	} else {
		list = list[placeIn(list, from):]
	}
	if len(list) <= q.limit {
		return selection{numbers: list}
	}
	list = list[:q.limit]
	last := s.id(list[q.limit-1])
	return selection{numbers: list, next: &last}
}

// placeIn returns the place of the first record in list that is at or after from.
// In a list that leaves nothing out before it, that is from itself.
func placeIn(list []int32, from int32) int {
	if int(from) < len(list) && list[from] == from {
		return int(from)
	}
	at, _ := slices.BinarySearch(list, from)
	return at
}

// begin returns the number of the first record that a page may hold. Another
// version of a server may have become the latest between two pages; a reader of
// the latest has then seen the server already.
func (s *snapshot) begin(q query) int32 {
	switch {
	case q.after == registry.ID{}:
		return 0
	case q.version == latestVersion:
		return s.positionAfterName(q.after.Name)
	}
	return s.position(q.after)
}

// selected returns the list that is just what f asks for; nil if records have
// to be looked at.
func (s *snapshot) selected(f filter) []int32 {
	switch {
	case f.search != "" || f.changes:
		return nil
	case f.version == "" && f.deleted:
		return s.all
	case f.version == "":
		return s.visible
	case f.version == latestVersion && !f.deleted:
		return s.latest
	}
	return nil
}

// scan returns the numbers of up to most records that pass f, beginning at from.
func (s *snapshot) scan(f filter, from int32, most int) []int32 {
	found := make([]int32, 0, most)
	if f.search == "" {
		for i := int(from); i < len(s.records) && len(found) < most; i++ {
			if i = s.skipOld(f, i); i < len(s.records) && s.passes(&f, int32(i)) {
				found = append(found, int32(i))
			}
		}
		return found
	}
	for hits := s.texts.Find(f.search, int(from)); len(found) < most; {
		i, ok := hits.Next()
		if !ok {
			break
		}
		if s.passes(&f, int32(i)) {
			found = append(found, int32(i))
		}
	}
	return found
}

// passes looks at everything but search.
func (s *snapshot) passes(f *filter, number int32) bool {
	r := &s.records[number]
	if r.deleted && !f.deleted {
		return false
	}
	if f.version == latestVersion && !r.latest {
		return false
	}
	if f.version != "" && f.version != latestVersion && f.version != s.version(number) {
		return false
	}
	return !f.changes || r.updated > f.since
}

// skipOld returns i, or the begin of the next block that holds an update that
// is new enough.
func (s *snapshot) skipOld(f filter, i int) int {
	if !f.changes {
		return i
	}
	for i < len(s.records) && s.updates[i/blockSize] <= f.since {
		i = (i/blockSize + 1) * blockSize
	}
	return i
}
