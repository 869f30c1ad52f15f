package registry

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// respell writes a string of which inside is what lies between its quotes, valid
// UTF-8 with escapes.
func (c *canonicalizer) respell(inside []byte) error {
	c.out = append(c.out, '"')
	for {
		n := bytes.IndexByte(inside, '\\')
		if n < 0 {
			break
		}
		c.out = append(c.out, inside[:n]...)
		var r rune
		switch r, inside = escape(inside[n:]); {
		case r == 0:
			return ErrNUL
		case r == half:
			return ErrSurrogate
		case r < 0:
			return errSyntax
		}
		c.out = appendRune(c.out, r)
	}
	c.out = append(append(c.out, inside...), '"')
	return nil
}

// half stands for half of a surrogate pair, which is no character. encoding/json
// makes U+FFFD of it, and nobody would know that there was something else.
const half = -2

// escape takes the escape that text begins with; its meaning is negative if it
// is none, or half of one.
func escape(text []byte) (meaning rune, rest []byte) {
	if len(text) < 2 {
		return -1, nil
	}
	switch text[1] {
	case '"', '\\', '/':
		return rune(text[1]), text[2:]
	case 'b':
		return '\b', text[2:]
	case 'f':
		return '\f', text[2:]
	case 'n':
		return '\n', text[2:]
	case 'r':
		return '\r', text[2:]
	case 't':
		return '\t', text[2:]
	case 'u':
		return unicodeEscape(text)
	}
	return -1, nil
}

func unicodeEscape(text []byte) (rune, []byte) {
	first := hexadecimal(text)
	if first < 0 || !utf16.IsSurrogate(first) {
		return first, text[min(6, len(text)):]
	}
	if pair := utf16.DecodeRune(first, hexadecimal(text[6:])); pair != utf8.RuneError {
		return pair, text[12:]
	}
	return half, text[6:]
}

// hexadecimal is the number of an escape like \u00e9; negative if text does not
// begin with one.
func hexadecimal(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n := rune(0)
	for _, b := range text[2:6] {
		switch {
		case b-'0' < 10:
			b -= '0'
		case b-'a' < 6:
			b -= 'a' - 10
		case b-'A' < 6:
			b -= 'A' - 10
		default:
			return -1
		}
		n = n<<4 | rune(b)
	}
	return n
}

// appendRune appends a character of a JSON string, escaped only if it must be.
func appendRune(out []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(out, '\\', byte(r))
	case r == '\n':
		return append(out, '\\', 'n')
	case r == '\r':
		return append(out, '\\', 'r')
	case r == '\t':
		return append(out, '\\', 't')
	case r < ' ':
		return append(out, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
	}
	return utf8.AppendRune(out, r)
}
