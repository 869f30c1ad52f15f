package apiserver

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"sort"
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

// names are the names of a snapshot in ascending order. A name that is asked for
// lies anywhere among megabytes: each array that is looked into is a wait for the
// memory, so what is read together lies together.
type names struct {
	all string
	// places are those of each name and, behind them, what would be the next one's.
	places []place
	// growing becomes all.
	growing []byte
	// table finds a name by its hash: it is at the slot of the hash's low bits or, where
	// others are already, in one of the next. At least half of the slots are empty.
	table []slot
	seed  maphash.Seed
}

// place is where a name begins in the text, and which its first record is.
type place struct {
	text  uint32
	first int32
}

// slot refers to a name. The high bits of its hash tell it from most others.
type slot struct {
	high   uint32
	number int32 // counted from 1: a zero slot is an empty one
}

// span is a run of records, the end excluded.
type span struct{ first, end int32 }

func newNames() names { return names{places: make([]place, 1), seed: maphash.MakeSeed()} }

func (n *names) count() int32 { return int32(len(n.places)) - 1 }

// add appends the next name, whose records begin with first.
func (n *names) add(name string, first int32) {
	n.places[n.count()].first = first
	n.growing = append(n.growing, name...)
	n.places = append(n.places, place{text: uint32(len(n.growing))})
}

// finish is called after the last add, before anything is looked for. It is told how
// many records there are.
func (n *names) finish(records int32) {
	n.places[n.count()].first = records
	n.places = slices.Clone(n.places)
	n.all, n.growing = string(n.growing), nil
	n.table = make([]slot, 1<<bits.Len32(uint32(2*n.count())))
	for number := range n.count() {
		at, high := n.hash(n.at(number))
		for n.table[at].number != 0 {
			at = n.behind(at)
		}
		n.table[at] = slot{high, number + 1}
	}
}

// hash returns the slot where a name would like to be, and what is noted there.
func (n *names) hash(name string) (at int, high uint32) {
	hash := maphash.String(n.seed, name)
	return int(hash & uint64(len(n.table)-1)), uint32(hash >> 32)
}

// behind returns the next slot; the first comes after the last.
func (n *names) behind(at int) int { return (at + 1) & (len(n.table) - 1) }

// at returns a name by its number.
func (n *names) at(number int32) string { return n.all[n.places[number].text:n.places[number+1].text] }

// span returns the records of a name by its number.
func (n *names) span(number int32) span {
	return span{n.places[number].first, n.places[number+1].first}
}

// find returns the records of a name.
func (n *names) find(name string) (found span, known bool) {
	at, high := n.hash(name)
	for ; n.table[at].number != 0; at = n.behind(at) {
		if number := n.table[at].number - 1; n.table[at].high == high && n.at(number) == name {
			return n.span(number), true
		}
	}
	return span{}, false
}

// after returns the first record behind a name that is not there.
func (n *names) after(name string) int32 {
	next := sort.Search(int(n.count()), func(i int) bool { return n.at(int32(i)) > name })
	return n.places[next].first
}
