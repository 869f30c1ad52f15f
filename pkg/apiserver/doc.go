// Package apiserver is what runs in the API Pods of a registry: it serves one
// [registry.Snapshot] over the read-only MCP Registry API.
//
// It is the last step of the way of the data. [Server.Load] lays a snapshot out
// so that a page is a run of bytes between a head and a tail, and swaps it in
// atomically; a request takes no lock and encodes no record. Package reload
// brings the snapshots in from the cluster.
//
// Invariants: a response is made from one snapshot, never from a mixture;
// before the first snapshot every question about servers is answered 503, not
// 404, because clients read 404 as "not allowed".
//
// It does not decide what is in a snapshot and knows nothing of Kubernetes.
package apiserver
