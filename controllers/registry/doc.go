// Package registry reconciles MCPRegistry objects.
//
// A reconcile is a walk through phases: load the object, translate its spec,
// inspect what is stored, sync if that is due, serve what is stored, and finish
// by writing the status once, if it differs. The phases gather facts; packages
// sync, storage, apiservice and status do the work. This package is the only
// one that translates between the API types and theirs.
//
// Invariant: what to do follows from the spec, the storage and the cluster.
// Status is read only for when the last attempt was and how it went, and never from
// a cache that is older than what this operator wrote.
package registry
