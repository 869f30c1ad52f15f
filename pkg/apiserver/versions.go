package apiserver

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// sortVersions is told when each record was published.
func (s *snapshot) sortVersions(published []int64) {
	s.newest = slices.Clone(s.all)
	for name := range s.names.count() {
		if of := s.names.span(name); of.end-of.first > 1 {
			slices.SortFunc(s.newest[of.first:of.end], func(a, b int32) int { return s.newerFirst(a, b, published) })
		}
	}
}

// newerFirst orders the versions of one name: the latest, then semantic ones by
// precedence, then the others by publication, then by spelling.
func (s *snapshot) newerFirst(a, b int32, published []int64) int {
	if s.records[a].latest != s.records[b].latest {
		if s.records[a].latest {
			return -1
		}
		return 1
	}
	return cmp.Or(
		registry.CompareVersions(s.version(b), s.version(a)),
		cmp.Compare(published[b], published[a]),
		strings.Compare(s.version(b), s.version(a)))
}

// version returns the version of a record.
func (s *snapshot) version(number int32) string { return s.versions.at(s.records[number].version) }

// id returns the key of a record.
func (s *snapshot) id(number int32) registry.ID {
	return registry.ID{Name: s.names.at(s.records[number].name), Version: s.version(number)}
}

// of returns the versions of a name, newest first; nothing if it is unknown or all
// of them are deleted.
func (s *snapshot) of(name string, includeDeleted bool) []int32 {
	at, _ := s.names.find(name)
	numbers := s.newest[at.first:at.end]
	if includeDeleted || !slices.ContainsFunc(numbers, func(n int32) bool { return s.records[n].deleted }) {
		return numbers
	}
	return slices.DeleteFunc(slices.Clone(numbers), func(n int32) bool { return s.records[n].deleted })
}

// one returns a single record; nil if there is none.
func (s *snapshot) one(name, version string, includeDeleted bool) []byte {
	at, known := s.names.find(name)
	if !known {
		return nil
	}
	var number int32
	if version == latestVersion {
		number = s.newest[at.first] // the latest stands first
	} else if number, known = s.search(at, version); !known {
		return nil
	}
	if s.records[number].deleted && !includeDeleted {
		return nil
	}
	return s.line(number)
}

// search returns the number of a version among the records of one name, or that of
// the first greater one.
func (s *snapshot) search(name span, version string) (number int32, known bool) {
	at, known := sort.Find(int(name.end-name.first), func(i int) int {
		return strings.Compare(version, s.version(name.first+int32(i)))
	})
	return name.first + int32(at), known
}

// position returns the number of the first record after id.
func (s *snapshot) position(id registry.ID) int32 {
	at, known := s.names.find(id.Name)
	if !known {
		return s.names.after(id.Name)
	}
	number, known := s.search(at, id.Version)
	if known {
		number++
	}
	return number
}

// positionAfterName returns the number of the first record with a greater name.
func (s *snapshot) positionAfterName(name string) int32 {
	if at, known := s.names.find(name); known {
		return at.end
	}
	return s.names.after(name)
}

// compare orders IDs as tuples, which is the order of a snapshot.
func compare(a, b registry.ID) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
}
