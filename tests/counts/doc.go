// Package counts says what a sync costs: the requests to the source, the bytes
// from it, and the requests to the Kubernetes API, for every type of source.
//
// It calls the reconciler itself, against a real Kubernetes API, with caches that
// are always up to date, so that the numbers are the same in each run.
package counts
