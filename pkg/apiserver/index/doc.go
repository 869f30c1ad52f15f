// Package index answers which records contain a text, without looking at all of
// them.
//
// It is part of a served snapshot: a [Builder] is fed the texts of the records
// in their order when the snapshot is loaded, and the [Index] it builds is asked
// by the searches. Records that follow each other and have equal texts, as the
// versions of one name mostly have, share one document.
//
//	text     the documents, folded, one after the other; every field ends in '\n'
//	lists    for each hashed trigram the documents that hold it, ascending,
//	         as the differences between their numbers
//
// A question takes the rarest trigrams of its needles, walks the documents that
// all of their lists hold, and looks for the needles in the text of each. So
// lists may say too much, never too little: trigrams that share a hash share a
// list, and one that is nearly everywhere has none. A needle without any list (it
// has only one or two bytes, or only common trigrams) is looked for in the text
// itself, from where the question starts to where the caller has enough.
//
// Invariants: an Index does not change; it holds no pointers but to a handful of
// slices, which take at most two and a half times the text, whatever the text.
//
// It does not rank, and does not know what a record is.
package index
