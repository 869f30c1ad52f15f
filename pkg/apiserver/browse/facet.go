package browse

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// facet is a property of servers that can be filtered by and is counted.
type facet int

const (
	tags facet = iota
	transports
	packageTypes
	tiers
	statuses
	facets // how many there are
)

// mostValues of a facet are in an answer.
const mostValues = 50

// remote is the package type of a server that runs elsewhere.
var remote = []byte(`"remote"`)

// String is the facet's name in an answer.
func (f facet) String() string {
	return [...]string{tags: "tags", transports: "transports", packageTypes: "packageTypes", tiers: "tiers", statuses: "statuses"}[f]
}

// parameter is the facet's name in a question.
func (f facet) parameter() string {
	return [...]string{tags: "tag", transports: "transport", packageTypes: "package_type", tiers: "tier", statuses: "status"}[f]
}

func isTransport(value string) bool {
	return value == "stdio" || value == "streamable-http" || value == "sse"
}

// spell brings a JSON string that is not a tag to the case in which its facet
// is compared. It may change literal.
func (f facet) spell(literal []byte) []byte {
	for i, c := range literal {
		if c >= utf8.RuneSelf || c == '\\' {
			return literal // no value that is known
		}
		capital := i == 1 && (f == tiers || f == statuses)
		switch {
		case capital && 'a' <= c && c <= 'z':
			literal[i] = c - 'a' + 'A'
		case !capital && 'A' <= c && c <= 'Z':
			literal[i] = c - 'A' + 'a'
		}
	}
	return literal
}

// terms are the values of all facets. A term is the number of one: those of a
// facet follow each other in ascending order.
type terms struct {
	// values holds the values as JSON strings, one after the other.
	values []byte
	starts []uint32 // one more than there are terms
	facets [facets + 1]uint32
}

func (t *terms) count() int { return len(t.starts) - 1 }

func (t *terms) value(term uint32) []byte { return t.values[t.starts[term]:t.starts[term+1]] }

// find returns the term of a facet's value; false if no record has it.
func (t *terms) find(f facet, literal []byte) (uint32, bool) {
	low, end := t.facets[f], t.facets[f+1]
	for low < end {
		middle := low + (end-low)/2
		switch bytes.Compare(t.value(middle), literal) {
		case 0:
			return middle, true
		case -1:
			low = middle + 1
		default:
			end = middle
		}
	}
	return 0, false
}

// appendFacets appends the most frequent values of all facets as JSON.
func (t *terms) appendFacets(to []byte, counts []uint32) []byte {
	var room [mostValues]uint32
	for f := range facets {
		to = append(to, "{,"[min(f, 1)], '"')
		to = append(to, f.String()...)
		to = append(to, `":[`...)
		for i, term := range mostFrequent(room[:0], counts, t.facets[f], t.facets[f+1]) {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(to, `{"value":`...)
			to = append(to, t.value(term)...)
			to = append(to, `,"count":`...)
			to = strconv.AppendUint(to, uint64(counts[term]), 10)
			to = append(to, '}')
		}
		to = append(to, ']')
	}
	return append(to, '}')
}

// mostFrequent appends the terms from first to end with the highest counts,
// descending, as far as the capacity of room goes; equal ones in their order.
func mostFrequent(room, counts []uint32, first, end uint32) []uint32 {
	for term := first; term < end; term++ {
		count := counts[term]
		if count == 0 || len(room) == cap(room) && counts[room[len(room)-1]] >= count {
			continue
		}
		at := len(room)
		for at > 0 && counts[room[at-1]] < count {
			at--
		}
		if len(room) == cap(room) {
			room = room[:len(room)-1]
		}
		room = slices.Insert(room, at, term)
	}
	return room
}
