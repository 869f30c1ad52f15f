package merge

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// MaxListed is how many conflicts are listed; all are counted.
const MaxListed = 50

// Part is what one source contributes.
type Part struct {
	// Source is the source's name.
	Source string
	// Servers hold no ID twice.
	Servers []registry.Server
}

// Conflict is a server of which two sources say different things.
type Conflict struct {
	registry.ID
	// Winner and Loser are names of sources.
	Winner, Loser string
}

// String says it to a person.
func (c Conflict) String() string {
	return c.Name + "@" + c.Version + " (" + c.Winner + " before " + c.Loser + ")"
}

// Conflicts are all conflicts of a merge: Total of them, of which the first by
// name are Listed.
type Conflicts struct {
	Total  int
	Listed []Conflict
}

// Merge puts parts together in their order: the earlier one wins. What is merged
// may share memory with an only part.
func Merge(parts []Part) ([]registry.Server, Conflicts) {
	if len(parts) == 1 {
		return parts[0].Servers, Conflicts{}
	}
	size := 0
	for _, p := range parts {
		size += len(p.Servers)
	}
	merged := make([]registry.Server, 0, size)
	taken := make(map[registry.ID]holder, size)
	var all []Conflict
	for _, p := range parts {
		for _, s := range p.Servers {
			winner, found := taken[s.ID()]
			if !found {
				taken[s.ID()] = holder{source: p.Source, index: len(merged)}
				merged = append(merged, s)
				continue
			}
			if differ(merged[winner.index], s) {
				all = append(all, Conflict{ID: s.ID(), Winner: winner.source, Loser: p.Source})
			}
		}
	}
	return merged, listed(all)
}

// holder is who has an ID, and where.
type holder struct {
	source string
	index  int
}

func differ(a, b registry.Server) bool {
	return stated(a.Status) != stated(b.Status) || a.StatusMessage != b.StatusMessage ||
		!bytes.Equal(a.JSON, b.JSON) || !bytes.Equal(a.Foreign, b.Foreign)
}

func stated(s registry.Status) registry.Status { return cmp.Or(s, registry.StatusActive) }

// listed sorts, so that the same conflicts are told in the same words whatever
// order the sources list their servers in.
func listed(all []Conflict) Conflicts {
	slices.SortFunc(all, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Loser, b.Loser))
	})
	return Conflicts{Total: len(all), Listed: slices.Clone(all[:min(len(all), MaxListed)])}
}
