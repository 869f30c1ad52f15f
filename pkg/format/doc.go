// Package format turns the bytes of a source into servers.
//
// It stands between fetching and filtering. Both formats that people write,
// ToolHive's and upstream's, become the one domain type: the official
// server.json, with ToolHive's extra fields where upstream puts them.
//
// Invariants: nothing that a source says is lost, known field or not; one bad
// entry is rejected with a reason and the rest live; a file that is no registry
// at all is a terminal error. Entries are taken from the file one by one, so
// the file is never in memory as a tree, and upstream ones stay where they lie:
// the bytes of a file belong to the parser and to the servers that it returns.
//
// The package reads JSON only, fetches nothing and does not judge whether a
// registry with few or no servers is plausible.
package format
