package browse

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Builder collects the records to search. The zero value is ready.
type Builder struct {
	rows rows
	// known holds the terms met so far in the order they were met in: what is
	// in rows until Build has the right numbers.
	known [facets]map[string]uint32
	met   uint32
	// noted says of which facets the row at hand has a value.
	noted [facets]bool
	// spelled and quoted are room for the value at hand.
	spelled, quoted []byte
}

// mostTerms of one record are looked at: people write a dozen.
const mostTerms = 256

// rows are the records, one a row, in columns. Rows are in the order of names.
type rows struct {
	numbers    []int32 // of the records in the snapshot, ascending
	names      []byte  // one after the other
	nameStarts []uint32
	terms      []uint32 // of each row, one after the other
	termStarts []uint32
}

// Add adds a record by its number among all records, if it is to be found: if it
// is the latest of its name and not deleted. Records come in the order of a snapshot.
func (b *Builder) Add(number int, p registry.Parsed) {
	if !p.Official.IsLatest || p.Official.Status == registry.StatusDeleted {
		return
	}
	r := &b.rows
	r.numbers = append(r.numbers, int32(number))
	r.nameStarts = append(r.nameStarts, uint32(len(r.names)))
	r.names = append(r.names, p.Name...)
	r.termStarts = append(r.termStarts, uint32(len(r.terms)))
	b.noted = [facets]bool{}
	b.describe(p)
}

// note adds a value, a JSON string, to the row at hand. A value in another type
// is none.
func (b *Builder) note(f facet, literal []byte) {
	if len(literal) <= len(`""`) || len(literal) > MaxText+len(`""`) || literal[0] != '"' {
		return
	}
	if f != tags {
		b.spelled = append(b.spelled[:0], literal...)
		literal = f.spell(b.spelled)
	}
	if f == transports && !isTransport(string(literal[1:len(literal)-1])) {
		return
	}
	r := &b.rows
	row := r.terms[r.termStarts[len(r.termStarts)-1]:]
	if len(row) == mostTerms {
		return
	}
	term, known := b.known[f][string(literal)]
	if !known {
		if b.known[f] == nil {
			b.known[f] = map[string]uint32{}
		}
		term = b.met
		b.known[f][string(literal)] = term
		b.met++
	}
	b.noted[f] = true
	if !slices.Contains(row, term) {
		r.terms = append(r.terms, term)
	}
}

// Build returns the catalog of all that was added. texts must hold the name, the
// title and the description of every record of the snapshot, in this order and
// empty where absent. The builder is empty afterwards.
func (b *Builder) Build(texts *index.Index) *Catalog {
	c := &Catalog{texts: texts, rows: b.rows}
	c.termStarts = append(c.termStarts, uint32(len(c.terms)))
	c.nameStarts = append(c.nameStarts, uint32(len(c.names)))
	right := c.vocabulary.arrange(b.known, b.met)
	for i, term := range c.terms {
		c.terms[i] = right[term]
	}
	c.clip()
	*b = Builder{}
	c.scratch = sync.Pool{New: func() any { return &scratch{counts: make([]uint32, c.vocabulary.count())} }}
	c.countAll()
	return c
}

// clip gives back the room for growing.
func (r *rows) clip() {
	r.numbers = fitted(r.numbers)
	r.names = fitted(r.names)
	r.nameStarts = fitted(r.nameStarts)
	r.terms = fitted(r.terms)
	r.termStarts = fitted(r.termStarts)
}

func fitted[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

// arrange makes the terms of what is known, and returns the term of each value
// by the order it was met in.
func (t *terms) arrange(known [facets]map[string]uint32, met uint32) []uint32 {
	type pair struct {
		value string
		met   uint32
	}
	right := make([]uint32, met)
	for f := range facets {
		sorted := make([]pair, 0, len(known[f]))
		for value, met := range known[f] {
			sorted = append(sorted, pair{value, met})
		}
		slices.SortFunc(sorted, func(a, b pair) int { return cmp.Compare(a.value, b.value) })
		for _, p := range sorted {
			right[p.met] = uint32(len(t.starts))
			t.starts = append(t.starts, uint32(len(t.values)))
			t.values = append(t.values, p.value...)
		}
		t.facets[f+1] = uint32(len(t.starts))
	}
	t.starts = append(t.starts, uint32(len(t.values)))
	return right
}

// name returns the name of a row.
func (r *rows) name(row int) []byte { return r.names[r.nameStarts[row]:r.nameStarts[row+1]] }

// termsOf returns the terms of a row.
func (r *rows) termsOf(row int) []uint32 { return r.terms[r.termStarts[row]:r.termStarts[row+1]] }

// after returns the first row whose name comes after name.
func (r *rows) after(name string) int {
	low, end := 0, len(r.numbers)
	for low < end {
		if middle := (low + end) / 2; strings.Compare(string(r.name(middle)), name) <= 0 {
			low = middle + 1
		} else {
			end = middle
		}
	}
	return low
}
