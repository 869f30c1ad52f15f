package registry

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// text takes a string. Without a backslash it is already as short as it can be.
func (c *canonicalizer) text() error {
	start := c.pos
	end := plain(c.data, start+1)
	if end < len(c.data) && c.data[end] == '"' {
		c.pos = end + 1
		c.out = append(c.out, c.data[start:c.pos]...)
		return nil
	}
	return c.oddText(start, end)
}

// oddText takes the string from start on, which is plain up to at.
func (c *canonicalizer) oddText(start, at int) error {
	escapes, foreign := false, false
	for {
		switch {
		case at >= len(c.data) || c.data[at] < ' ':
			return errSyntax
		case c.data[at] == '"':
			literal := c.data[start : at+1]
			if foreign && !utf8.Valid(literal) {
				return ErrNotUTF8
			}
			c.pos = at + 1
			if escapes {
				return c.respell(literal[1 : len(literal)-1])
			}
			c.out = append(c.out, literal...)
			return nil
		case c.data[at] == '\\':
			escapes = true
			at = plain(c.data, at+2)
		default:
			foreign = true
			at = plain(c.data, at+1)
		}
	}
}

// plain is the place, from i on, of the first byte that needs a look: a quote, a
// backslash, a control character or what is not ASCII. It takes eight bytes at a
// time: most of a registry is text.
func plain(data []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		// The top bit of each byte that was less than a space, or is zero now. A
		// borrow from one such byte may mark the next one wrongly, but only the
		// first one is asked for.
		hits := ((x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash | x) & tops
		if hits != 0 {
			return i + bits.TrailingZeros64(hits)/8
		}
	}
	for i < len(data) && data[i] >= ' ' && data[i] < utf8.RuneSelf && data[i] != '"' && data[i] != '\\' {
		i++
	}
	return i
}
