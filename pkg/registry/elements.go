package registry

import (
	"encoding/json"
	"iter"
)

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
