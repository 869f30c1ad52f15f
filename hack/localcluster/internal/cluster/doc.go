// Package cluster brings a cluster up and takes it down again.
//
// Invariant: a process is written to the state file before anything else
// starts, so that Down stops everything that Up began, whatever went wrong in
// between.
package cluster
