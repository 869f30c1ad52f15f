package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// MaxDepth is how many objects and arrays may be nested in one server.json.
const MaxDepth = 64

// Errors of [Canonical] that callers may want to tell apart.
var (
	ErrNotUTF8 = errors.New("it is not valid UTF-8")
	ErrNUL     = errors.New("it holds a string with a NUL character")
	ErrTooDeep = fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
)

// Canonical returns the one spelling of a JSON value: no whitespace, object
// keys in ascending byte order, every string escaped as little as JSON allows.
// Numbers keep their literal, so nothing is rounded. Of a key given twice the
// last counts, as everywhere in Go.
//
// Values that differ only in order, whitespace or escapes are thus equal
// bytes, which is what makes digests comparable.
func Canonical(raw []byte) (json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, ErrNotUTF8
	}
	if !json.Valid(raw) {
		var ignored json.RawMessage // asked again only for the message
		return nil, json.Unmarshal(raw, &ignored)
	}
	c := canonicalizer{
		scanner: scanner{data: raw},
		out:     make([]byte, 0, len(raw)),
	}
	if err := c.value(0); err != nil {
		return nil, err
	}
	return slices.Clip(c.out), nil
}

// canonicalizer rewrites a valid JSON text from its scanner to out.
type canonicalizer struct {
	scanner
	out     []byte
	scratch []byte
}

// member is one "key":value of an object, as the range it takes in out.
type member struct {
	key        string
	start, end int
}

func (c *canonicalizer) value(depth int) error {
	switch b := c.peek(); {
	case (b == '{' || b == '[') && depth == MaxDepth:
		return ErrTooDeep
	case b == '{':
		return c.object(depth)
	case b == '[':
		return c.array(depth)
	case b == '"':
		return c.str(c.take())
	default:
		c.out = append(c.out, c.take()...)
		return nil
	}
}

func (c *canonicalizer) array(depth int) error {
	c.out = append(c.out, '[')
	for first := true; c.next(']'); first = false {
		if !first {
			c.out = append(c.out, ',')
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	return nil
}

// object writes the members in the order of the source and puts them in order
// afterwards, which for canonical input is no work at all.
func (c *canonicalizer) object(depth int) error {
	c.out = append(c.out, '{')
	begin := len(c.out)
	var room [16]member
	members := room[:0]
	for c.next('}') {
		start := len(c.out)
		key, err := unquote(c.take())
		if err != nil {
			return err
		}
		c.out = appendString(c.out, key)
		c.colon()
		c.out = append(c.out, ':')
		if err := c.value(depth + 1); err != nil {
			return err
		}
		members = append(members, member{key, start, len(c.out)})
		c.out = append(c.out, ',')
	}
	c.arrange(begin, members)
	c.out = append(c.out, '}')
	return nil
}

// arrange sorts the members that out holds from begin on, each followed by a
// comma; drops all but the last of equal keys and the comma at the end.
func (c *canonicalizer) arrange(begin int, members []member) {
	if len(members) == 0 {
		return
	}
	ascending := func(a, b member) int { return cmp.Compare(a.key, b.key) }
	strictly := true
	for i := 1; i < len(members) && strictly; i++ {
		strictly = members[i-1].key < members[i].key
	}
	if strictly {
		c.out = c.out[:len(c.out)-1]
		return
	}
	slices.SortStableFunc(members, ascending)
	c.scratch = c.scratch[:0]
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		c.scratch = append(c.scratch, c.out[m.start:m.end]...)
		c.scratch = append(c.scratch, ',')
	}
	c.out = append(c.out[:begin], c.scratch[:len(c.scratch)-1]...)
}

// str writes a string. Without a backslash it is already as short as it can be.
func (c *canonicalizer) str(literal []byte) error {
	if bytes.IndexByte(literal, '\\') < 0 {
		c.out = append(c.out, literal...)
		return nil
	}
	meaning, err := unquote(literal)
	if err != nil {
		return err
	}
	c.out = appendString(c.out, meaning)
	return nil
}

// appendString appends s as a JSON string with as few escapes as JSON allows.
func appendString(out []byte, s string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := range len(s) {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			out = append(out, '\\', b)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
		}
	}
	out = append(out, s[start:]...)
	return append(out, '"')
}
