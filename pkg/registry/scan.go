package registry

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// Members iterates over the members of a JSON object in the order they are
// written, without building a tree. The object must be valid JSON; anything but
// an object has no members. Keys are compared exactly, unlike encoding/json
// does for structs, so "Name" can never pass for "name".
func Members(object json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		s := scanner{data: object}
		if s.peek() != '{' {
			return
		}
		for s.next('}') {
			key, err := unquote(s.take())
			s.colon()
			value := s.take()
			if err == nil && !yield(key, value) {
				return
			}
		}
	}
}

// Pick sets values to those of the keys of a canonical object in one pass,
// without making strings of the keys it passes. Keys need no escapes.
func Pick(object json.RawMessage, keys []string, values []json.RawMessage) {
	s := scanner{data: object}
	s.pick(keys, values)
}

// pick is [Pick] of the object at the scanner, and steps over it.
func (s *scanner) pick(keys []string, values []json.RawMessage) {
	if s.peek() != '{' {
		return
	}
	for s.next('}') {
		literal := s.take()
		s.colon()
		value := s.take()
		for i, key := range keys {
			if len(literal) == len(key)+2 && string(literal[1:len(literal)-1]) == key {
				values[i] = value
			}
		}
	}
}

// Member returns the value at path below object, which must be valid JSON; nil
// if there is none.
func Member(object json.RawMessage, path ...string) json.RawMessage {
	for _, key := range path {
		object = child(object, key)
	}
	return object
}

func child(object json.RawMessage, wanted string) json.RawMessage {
	for key, value := range Members(object) {
		if key == wanted {
			return value
		}
	}
	return nil
}

// scanner steps through JSON that is known to be valid, so it needs no error
// handling and no stack. On other input it gives nonsense, but it ends.
type scanner struct {
	data []byte
	pos  int
}

// peek skips whitespace and returns the next byte without taking it; 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch b := s.data[s.pos]; b {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return b
		}
	}
	return 0
}

// next steps over the opening bracket or the comma at the scanner and reports
// whether an element follows; if not, it steps over the closing bracket too.
// Callers take each element whole before they ask again, so a bracket seen here
// is always the one that opens the list.
func (s *scanner) next(closing byte) bool {
	b := s.peek()
	stepped := b == '{' || b == '[' || b == ','
	if stepped {
		s.pos++
		b = s.peek()
	}
	if b == closing {
		s.pos++
		return false
	}
	return stepped && b != 0
}

// colon steps over the colon between a key and its value.
func (s *scanner) colon() {
	if s.peek() == ':' {
		s.pos++
	}
}

// take returns the value at the scanner, whatever it is, and steps over it.
func (s *scanner) take() []byte {
	opening := s.peek()
	start := s.pos
	switch opening {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		rest := s.data[s.pos:]
		n := bytes.IndexAny(rest, ",:]} \t\r\n")
		if n < 0 {
			n = len(rest)
		}
		s.pos += n
	}
	return s.data[start:s.pos]
}

// skipString looks for the quote that no backslash escapes. Most of a registry
// is strings, and IndexByte steps through them faster than any loop here.
func (s *scanner) skipString() {
	for start := s.pos + 1; start < len(s.data); {
		n := bytes.IndexByte(s.data[start:], '"')
		if n < 0 {
			break
		}
		end := start + n
		s.pos = end + 1
		if !escaped(s.data[start:end]) {
			return
		}
		start = s.pos
	}
	s.pos = len(s.data)
}

// escaped reports whether what follows text, inside a string, is escaped: an odd
// number of backslashes stands before it.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

func (s *scanner) skipNested() {
	for depth := 0; s.pos < len(s.data); {
		switch s.data[s.pos] {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// unquote returns the meaning of a JSON string literal. NUL is refused: no
// server needs it, and it has a habit of ending strings early elsewhere.
func unquote(literal []byte) (string, error) {
	if len(literal) >= 2 && bytes.IndexByte(literal, '\\') < 0 {
		return string(literal[1 : len(literal)-1]), nil
	}
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		return "", err
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "", ErrNUL
	}
	return s, nil
}
