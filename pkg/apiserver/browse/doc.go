// Package browse searches the way people do: by words, in any order, the best
// first, narrowed by facets.
//
// It is part of a served snapshot, beside the list: a [Builder] is fed the
// latest version of each server that is not deleted, and the [Catalog] it builds
// answers a [Query] with the numbers of records. Package index finds the
// candidates; the facets of a record lie beside it as numbers.
//
// A record matches if each word of the question is somewhere in its name, title
// or description, in any case, and if it passes all filters. Matches come in this
// order, and those of one rank by name:
//
//	0  the name is the question
//	1  so is the part of the name after its last "/"
//	2  that part begins with the question
//	3  each word of the question begins a word of the name
//	4  … of the name or the title
//	5  … of the name, the title or the description
//	6  all others: a word of the question lies inside another word
//
// In ranks 1 and 2, a blank of the question also stands for "-", "_" and ".".
//
// Facets count all matches, not only those of a page. A record may have several
// values of one facet, and counts once for each.
//
//   - tags, tiers and statuses are ToolHive's, from the metadata of the publisher.
//     A status that is not there is the official one, in ToolHive's words.
//   - transports are those of its packages and remotes.
//   - package types are the registry types of its packages, and "remote" if
//     there are remotes.
//
// Tags are compared exactly. The others differ in case between sources, so they
// are brought to one case. A value of more than [MaxText] bytes cannot be asked
// for and does not count, and neither does more than 256 values of one record.
//
// Invariants: a Catalog does not change, and holds no pointers but to a handful
// of slices. A cursor names the last record that was seen by rank and name, never by
// its position, so it stays good when another snapshot is served.
//
// It does not know HTTP, nor what a record looks like on the wire.
package browse
