package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// kind is the bracket that a value begins with; 0 for any other value.
type kind byte

// kindError says that a value is of another kind than the format wants there.
type kindError struct {
	where string
	// want and got are '{' or '['; got is 0 for any other value.
	want, got kind
}

func (e *kindError) Error() string {
	kinds := map[kind]string{'{': "an object", '[': "a list", 0: "neither object nor list"}
	return fmt.Sprintf("%s must be %s but is %s", e.where, kinds[e.want], kinds[e.got])
}

// stream walks a JSON text element by element. It steps from value to value
// without looking into them; each is checked when it is taken.
type stream struct {
	text []byte
	pos  int
	// shared is true while others write into the text.
	shared bool
}

func newStream(text []byte) *stream { return &stream{text: text} }

// peek skips space and returns the next byte; 0 at the end.
func (s *stream) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch b := s.text[s.pos]; b {
		case ' ', '\n', '\t', '\r':
		default:
			return b
		}
	}
	return 0
}

// open takes the bracket that begins an object or a list. It returns 0 for
// null, which Go programs write for an empty one.
func (s *stream) open(where string, allowed ...kind) (kind, error) {
	next := kind(s.peek())
	if s.pos == len(s.text) {
		return 0, fmt.Errorf("%s is empty", where)
	}
	if slices.Contains(allowed, next) {
		s.pos++
		return next, nil
	}
	if next == '{' || next == '[' {
		return 0, &kindError{where: where, want: allowed[0], got: next}
	}
	value, err := s.raw()
	if err != nil || string(value) == "null" {
		return 0, err
	}
	return 0, &kindError{where: where, want: allowed[0]}
}

// members calls visit after each key of an opened object; visit takes the value.
func (s *stream) members(visit func(key string) error) error {
	return s.each('}', func(int) error {
		if s.peek() != '"' {
			return s.invalid()
		}
		literal, err := s.raw()
		if err != nil {
			return err
		}
		var key string
		if err := json.Unmarshal(literal, &key); err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.invalid()
		}
		s.pos++
		return visit(key)
	})
}

// each calls visit before each element of what is opened, up to the bracket that
// closes it, with the element's position from 1; visit takes the element.
func (s *stream) each(closing byte, visit func(position int) error) error {
	for position := 1; s.peek() != closing || position > 1; position++ {
		if err := visit(position); err != nil {
			return err
		}
		switch s.peek() {
		case closing:
			s.pos++
			return nil
		case ',':
			s.pos++
		default:
			return s.invalid()
		}
	}
	s.pos++
	return nil
}

// extent takes the next value as it is written, without a look at it.
func (s *stream) extent() []byte {
	value, taken := registry.First(s.text[s.pos:])
	s.pos += taken
	return value
}

// raw takes the next value as it is written.
func (s *stream) raw() (json.RawMessage, error) {
	value := s.extent()
	if !json.Valid(value) {
		return nil, s.invalid()
	}
	return value, nil
}

func (s *stream) skip() error {
	_, err := s.raw()
	return err
}

// end checks that nothing follows.
func (s *stream) end() error {
	if s.peek(); s.pos < len(s.text) {
		return errors.New("the file goes on after the end of the registry")
	}
	return nil
}

// errNotJSON stands for what is wrong with a shared text until it can be looked at.
var errNotJSON = errors.New("the file is not valid JSON")

// invalid is what encoding/json finds wrong with the text, the first of it.
func (s *stream) invalid() error {
	if s.shared {
		return errNotJSON
	}
	err := json.Unmarshal(s.text, new(json.RawMessage))
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case !ok:
		return errNotJSON
	case syntax.Error() == "unexpected end of JSON input":
		return errors.New("the file is not valid JSON: it is cut off")
	}
	return syntax
}
