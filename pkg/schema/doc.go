// Package schema checks entries against the published schemas of server.json.
//
// It is a part of parsing: an entry that names a published revision in $schema
// has to fit it. The schemas are embedded, so that nothing is fetched.
//
// Invariants: a verdict is that of a full JSON Schema validator but for what
// [Check] names; a schema with a keyword that this package does not know does
// not load, so that no constraint is passed over. It reads canonical JSON in one
// pass, without a tree, because a sync checks a hundred thousand entries.
//
// The package does not know the other rules that entries have to follow.
package schema
