package apiserver

import (
	"hash/maphash"
	"slices"
	"sort"
	"strings"
)

// labels are many short texts in one, so that there is one pointer and not one to each.
type labels struct {
	all  string
	ends []uint32
	// growing becomes all.
	growing []byte
}

// add appends a text and returns its number.
func (l *labels) add(text string) int32 {
	l.growing = append(l.growing, text...)
	l.ends = append(l.ends, uint32(len(l.growing)))
	return int32(len(l.ends) - 1)
}

// finish is called after the last add and before the first at.
func (l *labels) finish() {
	l.all, l.ends, l.growing = string(l.growing), slices.Clone(l.ends), nil
}

// at returns a text.
func (l *labels) at(number int32) string {
	from := uint32(0)
	if number > 0 {
		from = l.ends[number-1]
	}
	return l.all[from:l.ends[number]]
}

// names are the names of a snapshot in ascending order.
type names struct {
	labels
	// firsts are the numbers of the first record of each name, and what would be
	// the next one's after the last.
	firsts []int32
	// byHash finds a name. Of names with the same hash it knows one.
	byHash map[uint64]int32
	seed   maphash.Seed
}

// span is a run of records, the end excluded.
type span struct{ first, end int32 }

func newNames() names { return names{byHash: map[uint64]int32{}, seed: maphash.MakeSeed()} }

func (n *names) count() int32 { return int32(len(n.ends)) }

// add appends the next name, whose records begin with first.
func (n *names) add(name string, first int32) {
	n.firsts = append(n.firsts, first)
	n.byHash[maphash.String(n.seed, name)] = n.labels.add(name)
}

// finish is told how many records there are.
func (n *names) finish(records int32) {
	n.firsts = append(n.firsts, records)
	n.labels.finish()
}

// span returns the records of a name by its number.
func (n *names) span(number int32) span { return span{n.firsts[number], n.firsts[number+1]} }

// find returns the records of a name.
func (n *names) find(name string) (found span, known bool) {
	number, known := n.byHash[maphash.String(n.seed, name)]
	if known && n.at(number) != name {
		number, known = n.search(name)
	}
	if !known {
		return span{}, false
	}
	return n.span(number), true
}

// search returns the number of a name, or of the first greater one.
func (n *names) search(name string) (number int32, known bool) {
	at, known := sort.Find(len(n.ends), func(i int) int { return strings.Compare(name, n.at(int32(i))) })
	return int32(at), known
}

// after returns the first record behind a name that is not there.
func (n *names) after(name string) int32 {
	next, _ := n.search(name)
	return n.firsts[next]
}
