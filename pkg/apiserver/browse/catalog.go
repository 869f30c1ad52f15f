package browse

import (
	"sync"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
)

// Catalog is what a Builder made. It is safe for concurrent use.
type Catalog struct {
	rows

	texts      *index.Index
	vocabulary terms
	// allFacets are those of all rows, the answer that is asked for most.
	allFacets []byte
	// scratch is reused between questions, which would otherwise leave a lot of
	// garbage each.
	scratch sync.Pool
}

// Result is the answer to a [Query].
type Result struct {
	// Numbers are those of the records, in the order of the answer.
	Numbers []int32
	// Total is how many records match altogether.
	Total int
	// Facets is a JSON object that holds the most frequent values of each facet
	// among all that match. It must not be changed.
	Facets []byte
	// Next is the cursor of what follows; empty if nothing does.
	Next string
}

// scratch is what a question needs until it is answered: the rows that match,
// ascending, with their ranks, and the count of each term.
type scratch struct {
	rows   []uint32
	ranks  []uint8
	counts []uint32
}

// Search answers q.
func (c *Catalog) Search(q Query) Result {
	if len(q.words) == 0 && !q.filters() {
		return c.everything(&q)
	}
	s := c.scratch.Get().(*scratch) //nolint:forcetypeassert // nothing else is in it
	defer c.scratch.Put(s)
	s.rows, s.ranks = s.rows[:0], s.ranks[:0]
	clear(s.counts)
	if pass, possible := c.sieve(&q); possible {
		c.match(&q, &pass, s)
	}
	result := Result{Total: len(s.rows)}
	for _, row := range s.rows {
		c.count(s.counts, int(row))
	}
	result.Facets = c.vocabulary.appendFacets(make([]byte, 0, len(c.allFacets)+64), s.counts)
	c.page(&q, s, &result)
	return result
}

// everything answers the question without words and filters.
func (c *Catalog) everything(q *Query) Result {
	from := 0
	if q.after != nil {
		from = c.after(q.after.name)
	}
	end := min(from+q.limit, len(c.numbers))
	result := Result{Numbers: c.numbers[from:end:end], Total: len(c.numbers), Facets: c.allFacets}
	if end < len(c.numbers) {
		result.Next = q.cursor(0, string(c.name(end-1)))
	}
	return result
}

// match finds the rows that match and their ranks.
func (c *Catalog) match(q *Query, pass *sieve, s *scratch) {
	if len(q.words) == 0 {
		for row := range c.numbers {
			if pass.passes(c.termsOf(row)) {
				s.rows, s.ranks = append(s.rows, uint32(row)), append(s.ranks, 0)
			}
		}
		return
	}
	candidates := c.texts.FindAll(q.words, 0)
	for row := 0; ; {
		first, end, found := candidates.NextRun()
		if !found {
			return
		}
		for row = c.advance(row, first); row < len(c.numbers) && int(c.numbers[row]) < end; row++ {
			if pass.passes(c.termsOf(row)) {
				s.rows = append(s.rows, uint32(row))
				s.ranks = append(s.ranks, uint8(q.rank(candidates.Text())))
			}
		}
	}
}

// advance returns the first row from the given one on whose number is number or
// more. It is mostly near.
func (c *Catalog) advance(row, number int) int {
	step := 1
	for row+step < len(c.numbers) && int(c.numbers[row+step]) < number {
		row += step
		step *= 2
	}
	end := min(row+step, len(c.numbers))
	for row < end {
		if middle := (row + end) / 2; int(c.numbers[middle]) < number {
			row = middle + 1
		} else {
			end = middle
		}
	}
	return row
}

// page takes those of the matches that are wanted. Rows are in the order of names, so
// going through them once for each rank needs no sorting.
func (c *Catalog) page(q *Query, s *scratch, result *Result) {
	firstRank, firstRow := 0, 0
	if q.after != nil {
		firstRank, firstRow = q.after.rank, c.after(q.after.name)
	}
	numbers := make([]int32, 0, min(q.limit, len(s.rows)))
	last := place{}
	for rank := firstRank; rank < ranks; rank++ {
		for i, row := range s.rows {
			if int(s.ranks[i]) != rank || rank == firstRank && int(row) < firstRow {
				continue
			}
			if len(numbers) == q.limit {
				result.Numbers = numbers
				result.Next = q.cursor(last.rank, last.name)
				return
			}
			numbers = append(numbers, c.numbers[row])
			if len(numbers) == q.limit {
				last = place{rank: rank, name: string(c.name(int(row)))}
			}
		}
	}
	result.Numbers = numbers
}

func (c *Catalog) count(counts []uint32, row int) {
	for _, term := range c.termsOf(row) {
		counts[term]++
	}
}

func (c *Catalog) countAll() {
	counts := make([]uint32, c.vocabulary.count())
	for _, term := range c.terms {
		counts[term]++
	}
	c.allFacets = c.vocabulary.appendFacets(nil, counts)
}

// Size returns how many bytes the catalog holds, without the index.
func (c *Catalog) Size() int {
	r, v := &c.rows, &c.vocabulary
	return 4*(cap(r.numbers)+cap(r.nameStarts)+cap(r.terms)+cap(r.termStarts)+cap(v.starts)) +
		cap(r.names) + cap(v.values) + cap(c.allFacets)
}
