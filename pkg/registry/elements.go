package registry

import (
	"encoding/json"
	"iter"
)

// First is the value that text begins with, without the space before it, and how
// many bytes it takes with it. Of text that is not valid JSON it may be anything.
func First(text []byte) (value json.RawMessage, taken int) {
	s := scanner{data: text}
	value = s.take()
	return value, s.pos
}

// Elements iterates over the elements of a JSON array without building a tree.
// The array must be valid JSON; anything but an array has no elements.
func Elements(array json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		s := scanner{data: array}
		if s.peek() != '[' {
			return
		}
		for s.next(']') {
			if !yield(s.take()) {
				return
			}
		}
	}
}
