package index

import (
	"bytes"
	"slices"
	"strings"
)

// Builder collects the texts of records. The zero value is ready.
type Builder struct {
	text    []byte
	starts  []uint32
	firsts  []uint32
	records uint32
}

// Index knows the texts of records. It is safe for concurrent use.
type Index struct {
	// text holds the documents; starts says where each begins and firsts which
	// record is its first. Both have one element more than there are documents.
	text   string
	starts []uint32
	firsts []uint32
	lists  lists
}

// Add appends the texts of the next record. No needle is found across two of
// them.
func (b *Builder) Add(texts ...string) {
	begin := len(b.text)
	for _, text := range texts {
		b.text = append(appendFolded(b.text, text), '\n')
	}
	b.records++
	if n := len(b.starts); n > 0 && bytes.Equal(b.text[b.starts[n-1]:begin], b.text[begin:]) {
		b.text = b.text[:begin]
		return
	}
	b.starts = append(b.starts, uint32(begin))
	b.firsts = append(b.firsts, b.records-1)
}

// Build returns the index of all that was added. The builder is empty afterwards.
func (b *Builder) Build() *Index {
	// Copied to their length: the index lives long, and growing leaves room.
	var text strings.Builder
	text.Grow(len(b.text))
	text.Write(b.text)
	x := &Index{
		text:   text.String(),
		starts: slices.Clip(slices.Concat(b.starts, []uint32{uint32(len(b.text))})),
		firsts: slices.Clip(slices.Concat(b.firsts, []uint32{b.records})),
	}
	*b = Builder{}
	x.lists = newLists(x.text, x.starts)
	return x
}

// Records returns how many records the index knows.
func (x *Index) Records() int { return int(x.firsts[len(x.firsts)-1]) }

// Size returns how many bytes the index holds.
func (x *Index) Size() int {
	return len(x.text) + 4*(cap(x.starts)+cap(x.firsts)) + x.lists.size()
}

// Text returns the folded texts of a record, each followed by '\n'.
func (x *Index) Text(record int) string { return x.document(x.documentOf(record)) }

func (x *Index) document(n int) string { return x.text[x.starts[n]:x.starts[n+1]] }

// documentOf returns the number of the document of a record.
func (x *Index) documentOf(record int) int {
	n, exact := slices.BinarySearch(x.firsts, uint32(record))
	if !exact {
		n--
	}
	return n
}
