// Package registry is the domain: what a server, a catalogue and a snapshot are.
//
// A [Server] is one version of one MCP server in the official server.json
// shape. Sources produce a [Catalog]; filters and merges act on its servers; a
// [Snapshot] is the sorted, canonical form that is stored and served.
//
// Invariant: the same servers give the same snapshot bytes, hence the same
// [Digest], whatever order or formatting they arrived in.
//
// The package knows nothing of Kubernetes, of files or of networks.
package registry
