// Package git fetches registry files from a Git repository over HTTPS or SSH.
//
// A look at an unchanged repository is one small request for its refs, and none
// at all for a pinned commit. A change costs one more: a pack of the wanted
// commit at depth 1, written to a file that has no name and therefore never
// outlives the process. There is no clone, no work tree and no git binary.
//
//	refs ──► wanted commit ──► pack on disk ──► check sizes ──► trees ──► blobs
//	             │
//	             └─ equals known: unchanged
//
// The commit that is read is the one that was resolved, so revision and content
// always belong together, however often someone pushes in between.
//
// A path may name one file, a folder (each server.json in it and below it) or a
// pattern: * and ? and [a-z] within a name, ** for any number of folders. Only the
// files that it names are unpacked. Links and submodules are never followed.
//
// Whoever wrote the repository is not trusted: the response, the number of
// objects and the inflated size of each are bounded before anything is
// unpacked in memory. Addresses are the business of package egress.
package git
