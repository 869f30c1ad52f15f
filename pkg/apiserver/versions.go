package apiserver

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func (s *snapshot) sortVersions() {
	s.newest = slices.Clone(s.all)
	for _, name := range s.names {
		if name.end-name.first > 1 {
			slices.SortFunc(s.newest[name.first:name.end], func(a, b int32) int {
				return newerFirst(&s.records[a], &s.records[b])
			})
		}
	}
}

// newerFirst orders the versions of one name: the latest, then semantic ones by
// precedence, then the others by publication, then by spelling.
func newerFirst(a, b *record) int {
	if a.latest != b.latest {
		if a.latest {
			return -1
		}
		return 1
	}
	return cmp.Or(
		registry.CompareVersions(b.Version, a.Version),
		cmp.Compare(b.published, a.published),
		strings.Compare(b.Version, a.Version))
}

// versions returns the versions of a name, newest first; nothing if it is
// unknown or all of them are deleted.
func (s *snapshot) versions(name string, includeDeleted bool) []int32 {
	at := s.names[name]
	numbers := s.newest[at.first:at.end]
	if includeDeleted || !slices.ContainsFunc(numbers, func(n int32) bool { return s.records[n].deleted }) {
		return numbers
	}
	return slices.DeleteFunc(slices.Clone(numbers), func(n int32) bool { return s.records[n].deleted })
}

// one returns a single record; nil if there is none.
func (s *snapshot) one(name, version string, includeDeleted bool) []byte {
	at, known := s.names[name]
	if !known {
		return nil
	}
	// The latest stands first among the newest.
	number := s.newest[at.first]
	if version != latestVersion {
		offset, found := slices.BinarySearchFunc(s.records[at.first:at.end], version,
			func(r record, version string) int { return strings.Compare(r.Version, version) })
		if !found {
			return nil
		}
		number = at.first + int32(offset)
	}
	if s.records[number].deleted && !includeDeleted {
		return nil
	}
	return s.line(number)
}

// position returns the number of the first record after id. The name is nearly
// always known, and then only its versions are looked at.
func (s *snapshot) position(id registry.ID) int32 {
	first, records := int32(0), s.records
	if at, known := s.names[id.Name]; known {
		first, records = at.first, s.records[at.first:at.end]
	}
	at, found := slices.BinarySearchFunc(records, id, func(r record, id registry.ID) int {
		return compare(r.ID, id)
	})
	if found {
		at++
	}
	return first + int32(at)
}

// positionAfterName returns the number of the first record with a greater name.
func (s *snapshot) positionAfterName(name string) int32 {
	if at, known := s.names[name]; known {
		return at.end
	}
	return s.position(registry.ID{Name: name})
}

// compare orders IDs as tuples, which is the order of a snapshot.
func compare(a, b registry.ID) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
}
