package registry

import (
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
	ErrNotUTF8   = errors.New("it is not valid UTF-8")
	ErrNUL       = errors.New("it holds a string with a NUL character")
	ErrSurrogate = errors.New(`it holds a string with half of a surrogate pair, such as "\ud800"`)
	ErrTooDeep   = fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
)

// errSyntax only says that encoding/json has to be asked what is wrong.
var errSyntax = errors.New("it is not valid JSON")

// Canonical returns the one spelling of a JSON value: no whitespace, object
// keys in ascending byte order, every string escaped as little as JSON allows.
// Numbers keep their literal, so nothing is rounded. Of a key given twice the
// last counts, as everywhere in Go.
//
// Values that differ only in order, whitespace or escapes are thus equal
// bytes, which is what makes digests comparable.
func Canonical(raw []byte) (json.RawMessage, error) {
	w := canonicalizer{data: raw, out: make([]byte, 0, len(raw))}
	err := w.value(0)
	if err == nil && (w.peek() != 0 || w.pos < len(raw)) {
		err = errSyntax
	}
	if err != nil {
		return nil, judged(raw, err)
	}
	return slices.Clip(w.out), nil
}

// judged is the error of a value that has no canonical form, always the same one
// of several: the writer stops at what it meets first.
func judged(raw []byte, met error) error {
	if !utf8.Valid(raw) {
		return ErrNotUTF8
	}
	var ignored json.RawMessage
	if err := json.Unmarshal(raw, &ignored); err != nil {
		return err
	}
	return met
}

// Respeller brings values into their canonical form where they lie. It keeps its
// buffers from one value to the next; the zero value is ready for use.
type Respeller struct {
	writer canonicalizer
	room   []byte
}

// Read reads the one value that text is, with or without space around it. What
// [Canonical] refuses is an error, not always told in the same words.
func (r *Respeller) Read(text []byte) error {
	w := &r.writer
	w.data, w.pos, w.out, w.members, w.twice = text, 0, w.out[:0], w.members[:0], false
	if err := w.value(0); err != nil {
		return err
	}
	if w.peek() != 0 || w.pos < len(text) {
		return errSyntax
	}
	r.room = text
	return nil
}

// Value is the canonical form of what was read last, until something else is read.
func (r *Respeller) Value() json.RawMessage { return r.writer.out }

// Twice says whether an object had a key twice, of which Value has the last.
func (r *Respeller) Twice() bool { return r.writer.twice }

// Keep writes Value to where it was read from and returns it from there; space
// fills what remains, so that the text means what it meant. A value that has
// become longer, by escapes for which JSON has a short form, gets memory of its own.
func (r *Respeller) Keep() json.RawMessage {
	value := r.writer.out
	if len(value) > len(r.room) {
		return slices.Clone(value)
	}
	n := copy(r.room, value)
	for i := n; i < len(r.room); i++ {
		r.room[i] = ' '
	}
	return r.room[:n:n]
}
