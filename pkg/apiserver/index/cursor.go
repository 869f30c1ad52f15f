package index

import "strings"

// mostWalks is how many lists a question uses: the rarest ones exclude nearly
// all that the others would, and looking at a text costs as much as many steps
// in a list.
const mostWalks = 5

// Cursor moves through the records that hold all needles, in ascending order. It
// is made by [Index.Find] or [Index.FindAll]; it must not be copied while it is in use.
type Cursor struct {
	index  *Index
	needle string   // the longest
	others []string // folded
	walks  [mostWalks]walk
	used   int
	// next is the document to look at next, and record and end are what is
	// left of the one before. Of its records, those before from are not wanted.
	next, record, end, from int
}

// Find returns a cursor over the records from the given one on whose text
// contains the needle, in any case. Every text contains the empty needle.
func (x *Index) Find(needle string, from int) Cursor {
	c := Cursor{index: x, needle: Fold(needle)}
	c.begin(from)
	return c
}

// FindAll is [Index.Find] for several needles, all of which must be contained.
// They must be folded.
func (x *Index) FindAll(needles []string, from int) Cursor {
	c := Cursor{index: x, others: needles}
	for _, needle := range needles {
		if len(needle) > len(c.needle) {
			c.needle = needle
		}
	}
	c.begin(from)
	return c
}

// begin chooses the lists.
func (c *Cursor) begin(from int) {
	c.from = max(from, 0)
	if c.from >= c.index.Records() {
		c.exhaust()
		return
	}
	c.next = c.index.documentOf(c.from)
	c.use(c.needle)
	for _, needle := range c.others {
		c.use(needle)
	}
}

func (c *Cursor) exhaust() { c.next, c.record, c.end = len(c.index.starts)-1, 0, 0 }

// use takes the lists of the needle that are shorter than those chosen so far.
func (c *Cursor) use(needle string) {
	l := &c.index.lists
	for i := gram; i <= len(needle); i++ {
		n := l.number(uint32(needle[i-3])<<16 | uint32(needle[i-2])<<8 | uint32(needle[i-1]))
		if !l.isCommon(n) {
			c.insert(l.walk(n))
		}
	}
}

// insert keeps the walks in ascending order of their size.
func (c *Cursor) insert(w walk) {
	at := 0
	for ; at < c.used && c.walks[at].size() <= w.size(); at++ {
		if c.walks[at].list == w.list {
			return
		}
	}
	if at == mostWalks {
		return
	}
	c.used = min(c.used+1, mostWalks)
	copy(c.walks[at+1:c.used], c.walks[at:])
	c.walks[at] = w
}

// Next returns the number of the next record; false if there is none.
func (c *Cursor) Next() (int, bool) {
	if c.record == c.end {
		var found bool
		if c.record, c.end, found = c.NextRun(); !found {
			return 0, false
		}
	}
	c.record++
	return c.record - 1, true
}

// NextRun returns the next records that share one text, the end excluded; false
// if there are none. A run that Next has begun is not finished.
func (c *Cursor) NextRun() (first, end int, found bool) {
	document := c.find()
	if document < 0 {
		c.exhaust()
		return 0, 0, false
	}
	c.next = document + 1
	firsts := c.index.firsts
	return max(int(firsts[document]), c.from), int(firsts[document+1]), true
}

// Text returns the folded texts of the records that were found last, each
// followed by '\n'. There must have been some.
func (c *Cursor) Text() string { return c.index.document(c.next - 1) }

// find returns the first document at or after c.next with all needles; -1 if
// there is none.
func (c *Cursor) find() int {
	for next := c.next; ; next++ {
		if c.used > 0 {
			next = c.candidate(next)
		} else {
			next = c.scan(next)
		}
		if next < 0 || c.holds(c.index.document(next)) {
			return next
		}
	}
}

// candidate returns the first document at or after next that is in all lists.
func (c *Cursor) candidate(next int) int {
	l := &c.index.lists
	wanted := uint32(next)
	for i := 0; i < c.used; {
		w := &c.walks[i]
		if !w.seek(l, wanted) {
			return -1
		}
		if w.document-1 > wanted {
			wanted = w.document - 1
			if i > 0 { // a later list went ahead: the first must follow
				i = 0
				continue
			}
		}
		i++
	}
	return int(wanted)
}

// scan returns the first document at or after next that holds the needle. A
// needle holds no '\n' and so lies in one document.
func (c *Cursor) scan(next int) int {
	x := c.index
	if next >= len(x.starts)-1 {
		return -1
	}
	if c.needle == "" {
		return next
	}
	begin := int(x.starts[next])
	at := strings.Index(x.text[begin:], c.needle)
	if at < 0 {
		return -1
	}
	return x.documentAt(next, begin+at)
}

// holds looks at the text of a candidate.
func (c *Cursor) holds(document string) bool {
	if !strings.Contains(document, c.needle) {
		return false
	}
	for _, needle := range c.others {
		if !strings.Contains(document, needle) {
			return false
		}
	}
	return true
}

// documentAt returns the document at a position of the text, which is not before
// the document from. It is mostly near.
func (x *Index) documentAt(from, position int) int {
	low, step := from, 1
	for low+step < len(x.starts) && int(x.starts[low+step]) <= position {
		low += step
		step *= 2
	}
	high := min(low+step, len(x.starts)-1) // begins beyond the position
	for low+1 < high {
		if middle := (low + high) / 2; int(x.starts[middle]) <= position {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
