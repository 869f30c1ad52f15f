package registry

import (
	"bytes"
	"cmp"
	"slices"
)

// canonicalizer checks one JSON value and rewrites it, in one pass, from data to
// out. It accepts what encoding/json accepts and [Canonical] allows.
type canonicalizer struct {
	data []byte
	pos  int
	out  []byte
	// members are those of all objects that are open, the innermost last.
	members []member
	scratch []byte
	twice   bool
}

// member is one "key":value of an object, as the range it takes in out.
type member struct {
	key        []byte
	start, end int
}

// peek skips whitespace and returns the next byte without taking it; 0 at the end.
func (c *canonicalizer) peek() byte {
	for c.pos < len(c.data) {
		b := c.data[c.pos]
		if b > ' ' || b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			return b
		}
		c.pos++
	}
	return 0
}

func (c *canonicalizer) value(depth int) error {
	switch b := c.peek(); b {
	case '"':
		return c.text()
	case '{', '[':
		if depth == MaxDepth {
			return ErrTooDeep
		}
		if b == '{' {
			return c.object(depth)
		}
		return c.array(depth)
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

func (c *canonicalizer) word(word string) error {
	end := c.pos + len(word)
	if end > len(c.data) || string(c.data[c.pos:end]) != word {
		return errSyntax
	}
	c.out, c.pos = append(c.out, word...), end
	return nil
}

// number takes -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (c *canonicalizer) number() error {
	start := c.pos
	c.skip('-', '-')
	whole := c.digits()
	if whole == 0 || whole > 1 && c.data[c.pos-whole] == '0' {
		return errSyntax
	}
	if c.skip('.', '.') && c.digits() == 0 {
		return errSyntax
	}
	if c.skip('e', 'E') {
		c.skip('+', '-')
		if c.digits() == 0 {
			return errSyntax
		}
	}
	c.out = append(c.out, c.data[start:c.pos]...)
	return nil
}

// skip steps over a byte if it is one of two.
func (c *canonicalizer) skip(this, that byte) bool {
	found := c.pos < len(c.data) && (c.data[c.pos] == this || c.data[c.pos] == that)
	if found {
		c.pos++
	}
	return found
}

// digits steps over digits and says how many.
func (c *canonicalizer) digits() int {
	start := c.pos
	for c.pos < len(c.data) && c.data[c.pos]-'0' < 10 {
		c.pos++
	}
	return c.pos - start
}

func (c *canonicalizer) array(depth int) error {
	c.pos++
	c.out = append(c.out, '[')
	for more := c.peek() != ']'; more; {
		if err := c.value(depth + 1); err != nil {
			return err
		}
		switch c.peek() {
		case ',':
			c.pos++
			c.out = append(c.out, ',')
		case ']':
			more = false
		default:
			return errSyntax
		}
	}
	c.pos++
	c.out = append(c.out, ']')
	return nil
}

// object writes the members in the order of the source and puts them in order
// afterwards, which for canonical input is no work at all.
func (c *canonicalizer) object(depth int) error {
	c.pos++
	c.out = append(c.out, '{')
	begin, outer, ascending := len(c.out), len(c.members), true
	for more := c.peek() != '}'; more; {
		if err := c.member(depth); err != nil {
			return err
		}
		if last := len(c.members) - 1; last > outer && bytes.Compare(c.members[last-1].key, c.members[last].key) >= 0 {
			ascending = false
		}
		switch c.peek() {
		case ',':
			c.pos++
			c.out = append(c.out, ',')
		case '}':
			more = false
		default:
			return errSyntax
		}
	}
	if !ascending {
		c.arrange(begin, c.members[outer:])
	}
	c.members = c.members[:outer]
	c.pos++
	c.out = append(c.out, '}')
	return nil
}

func (c *canonicalizer) member(depth int) error {
	if c.peek() != '"' {
		return errSyntax
	}
	m := member{start: len(c.out)}
	from := c.pos
	if err := c.text(); err != nil {
		return err
	}
	m.key = c.data[from+1 : c.pos-1]
	if bytes.IndexByte(m.key, '\\') >= 0 {
		meaning, err := unquote(c.data[from:c.pos])
		if err != nil {
			return err
		}
		m.key = []byte(meaning)
	}
	if c.peek() != ':' {
		return errSyntax
	}
	c.pos++
	c.out = append(c.out, ':')
	if err := c.value(depth + 1); err != nil {
		return err
	}
	m.end = len(c.out)
	c.members = append(c.members, m)
	return nil
}

// arrange sorts the members that out holds from begin on, with commas between
// them, and drops all but the last of equal keys.
func (c *canonicalizer) arrange(begin int, members []member) {
	// Equal keys stay in the order in which they were written.
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(bytes.Compare(a.key, b.key), a.start-b.start)
	})
	c.scratch = c.scratch[:0]
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(members[i+1].key, m.key) {
			c.twice = true
			continue
		}
		c.scratch = append(append(c.scratch, c.out[m.start:m.end]...), ',')
	}
	c.out = append(c.out[:begin], c.scratch[:len(c.scratch)-1]...)
}
