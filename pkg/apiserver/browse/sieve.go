package browse

import "slices"

// sieve lets rows pass that have the wanted terms. Each term that is asked for
// has a bit of its own: ten for each of five facets fit.
type sieve struct {
	terms [int(facets) * mostWanted]uint32
	used  int
	// bits are those of each facet.
	bits [facets]uint64
}

// sieve translates the filters; false if no row can pass.
func (c *Catalog) sieve(q *Query) (pass sieve, possible bool) {
	for f := range facets {
		for _, value := range q.wanted[f] {
			term, known := c.vocabulary.find(f, f.literal(value))
			switch {
			case known:
				pass.bits[f] |= 1 << pass.used
				pass.terms[pass.used] = term
				pass.used++
			case f == tags:
				return pass, false
			}
		}
		if len(q.wanted[f]) > 0 && pass.bits[f] == 0 {
			return pass, false
		}
	}
	return pass, true
}

func (s *sieve) passes(row []uint32) bool {
	if s.used == 0 {
		return true
	}
	var has uint64
	for i, wanted := range s.terms[:s.used] {
		if slices.Contains(row, wanted) {
			has |= 1 << i
		}
	}
	if has&s.bits[tags] != s.bits[tags] {
		return false
	}
	for _, bits := range s.bits[tags+1:] {
		if bits != 0 && has&bits == 0 {
			return false
		}
	}
	return true
}
