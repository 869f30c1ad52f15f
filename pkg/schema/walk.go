package schema

import (
	"bytes"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// walk goes through a value in canonical form and holds it against nodes.
type walk struct {
	data []byte
	pos  int
	// loud walks note the fault that they stop at.
	loud  bool
	fault fault
}

// fits takes the value at the walk. Where it does not fit, the walk stops anywhere.
func (w *walk) fits(n *node) bool {
	if n == nil {
		w.skip()
		return true
	}
	start := w.pos
	if !w.fitsOthers(n) {
		return false
	}
	w.pos = start
	k := w.kind()
	switch {
	case n.kind != every && n.kind != k:
		return w.loud && w.wrong("must be "+named[n.kind])
	case len(n.enum) > 0 && k != '"':
		return w.loud && w.wrong("must be "+listed(n.enum))
	}
	switch k {
	case '{':
		return w.fitsObject(n)
	case '[':
		return w.fitsList(n)
	case '"':
		literal := w.skip()
		return w.fitsText(n, literal)
	default:
		w.skip()
		return true
	}
}

// fitsOthers holds the value at the walk against the nodes that n stands for.
func (w *walk) fitsOthers(n *node) bool {
	start := w.pos
	for _, other := range n.all {
		w.pos = start
		if !w.fits(other) {
			return false
		}
	}
	for _, choice := range n.choices {
		w.pos = start
		if !w.fitsOne(choice) {
			return false
		}
	}
	w.pos = start
	if n.not != nil && w.would(n.not) {
		return w.loud && w.wrong("must not be "+listed(n.not.enum))
	}
	return true
}

func (w *walk) fitsOne(choice []*node) bool {
	start := w.pos
	if slices.ContainsFunc(choice, w.would) {
		return true
	}
	if w.loud {
		var faults []fault
		for _, n := range choice {
			w.pos, w.fault = start, fault{}
			w.fits(n)
			faults = append(faults, w.fault)
		}
		w.fault = likeliest(faults)
	}
	return false
}

// would says whether the value at the walk fits, without a step or a word.
func (w *walk) would(n *node) bool {
	start, loud := w.pos, w.loud
	w.loud = false
	fits := w.fits(n)
	w.pos, w.loud = start, loud
	return fits
}

func (w *walk) fitsObject(n *node) bool {
	if len(n.properties) == 0 && n.additional == nil && !n.closed {
		w.skip()
		return true
	}
	rest := n.properties
	for w.next('}') {
		literal := w.skip()
		w.pos++ // the colon
		passed := before(rest, literal)
		if !w.without(rest[:passed]) {
			return false
		}
		rest = rest[passed:]
		value := n.additional
		if len(rest) > 0 && rest[0].key == string(literal) {
			value, rest = rest[0].value, rest[1:]
		} else if n.closed {
			return w.loud && w.wrongAt(string(literal), "is not allowed")
		}
		if !w.fits(value) {
			return w.inMember(literal)
		}
	}
	return w.without(rest)
}

// before is how many of the properties, which are sorted, come before a key.
func before(properties []property, key []byte) int {
	n := 0
	for n < len(properties) && properties[n].key < string(key) {
		n++
	}
	return n
}

// without says whether an object need not have these properties.
func (w *walk) without(properties []property) bool {
	for _, p := range properties {
		if p.required {
			return w.loud && w.wrongAt(p.key, "is missing")
		}
	}
	return true
}

func (w *walk) fitsList(n *node) bool {
	if n.items == nil {
		w.skip()
		return true
	}
	for i := 0; w.next(']'); i++ {
		if !w.fits(n.items) {
			return w.inElement(i)
		}
	}
	return true
}

// next steps over the opening bracket or the comma at the walk, and says whether
// an element follows; if not, it steps over the closing bracket.
func (w *walk) next(closing byte) bool {
	if w.data[w.pos] == closing {
		w.pos++
		return false
	}
	w.pos++
	if w.data[w.pos] != closing {
		return true
	}
	w.pos++
	return false
}

// skip takes the value at the walk, whatever it is.
func (w *walk) skip() []byte {
	if w.data[w.pos] == '"' { // most values, and all keys
		end := bytes.IndexByte(w.data[w.pos+1:], '"') + w.pos + 2
		if literal := w.data[w.pos:end]; bytes.IndexByte(literal, '\\') < 0 {
			w.pos = end
			return literal
		}
	}
	value, taken := registry.First(w.data[w.pos:])
	w.pos += taken
	return value
}

func (w *walk) kind() kind {
	switch b := w.data[w.pos]; b {
	case 't', 'f':
		return 't'
	default:
		return kind(b)
	}
}
