package registry

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Foreign are the members of a record's _meta but the registry's own: `"key":value`
// with commas between them, as they stand in the canonical form of the _meta; nil if
// there are none or it is no object. They share memory with it unless ours stands
// between them.
func Foreign(meta json.RawMessage) []byte {
	const ours = `"` + OfficialKey + `"`
	end := len(meta) - 1
	if end < 1 || meta[0] != '{' {
		return nil
	}
	s := scanner{data: meta}
	before, after := end, end
	for s.next('}') {
		from := s.pos
		literal := s.take()
		s.colon()
		s.take()
		if string(literal) == ours {
			before, after = from, s.pos
		}
	}
	first, rest := bytes.TrimSuffix(meta[1:before], []byte{','}), bytes.TrimPrefix(meta[after:end], []byte{','})
	switch {
	case len(first)+len(rest) == 0:
		return nil
	case len(rest) == 0:
		return slices.Clip(first)
	case len(first) == 0:
		return slices.Clip(rest)
	}
	return slices.Concat(first, []byte{','}, rest)
}
