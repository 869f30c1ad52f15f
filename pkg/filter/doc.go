// Package filter decides which servers of a source a registry lets through.
//
// It stands between parsing and storing and is pure: a [Filter] is compiled
// once from a [Spec] and then only asked.
//
// Invariants: a filter that does not compile is an error and never a filter
// that lets everything or nothing through; an exclude always wins. Matching
// takes time linear in the length of name and pattern each, whatever they are.
package filter
