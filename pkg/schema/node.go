package schema

import (
	"cmp"
	"slices"
)

// kind is what a value begins with: a bracket, a quote, t for both booleans.
type kind byte

// every is any kind.
const every kind = 0

// node is a schema that is ready for use.
type node struct {
	kind kind
	// choices each have one that must fit; all must fit too.
	choices [][]*node
	all     []*node
	not     *node

	// properties are in the order of their keys, as objects in canonical form are.
	properties []property
	// additional is for other members; closed allows none.
	additional *node
	closed     bool
	items      *node

	// min and max are in characters; max is negative if there is none.
	min, max int
	// enum are the values of a string, not the literals.
	enum    []string
	pattern *pattern
	uri     bool
}

// property is what an object has or must have.
type property struct {
	// key is a literal, as it stands in an entry.
	key      string
	value    *node
	required bool
}

// pattern is a regular expression, and a quicker way to much of what it says yes
// to, if there is one.
type pattern struct {
	text  string
	match func([]byte) bool
	quick func([]byte) bool
}

// add joins what is known of one key.
func (n *node) add(p property) {
	at, found := slices.BinarySearchFunc(n.properties, p.key, func(p property, key string) int {
		return cmp.Compare(p.key, key)
	})
	if !found {
		n.properties = slices.Insert(n.properties, at, p)
		return
	}
	old := &n.properties[at]
	old.required = old.required || p.required
	switch {
	case old.value == nil:
		old.value = p.value
	case p.value != nil:
		old.value = &node{max: -1, all: []*node{old.value, p.value}}
	}
}

// merge takes over all that other says of an object, so that an object is walked
// through once. It says no where that would change the meaning.
func (n *node) merge(other *node) bool {
	// What is additional depends on which properties stand beside it.
	if other.additional != nil || other.closed || n.additional != nil || n.closed {
		return false
	}
	if other.kind != '{' || n.kind != every && n.kind != '{' || len(other.enum) > 0 || other.not != nil {
		return false
	}
	n.kind = '{'
	for _, p := range other.properties {
		n.add(p)
	}
	n.choices = append(slices.Clip(n.choices), other.choices...)
	n.all = append(slices.Clip(n.all), other.all...)
	return true
}
