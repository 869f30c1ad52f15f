// Package limit bounds how many requests one client of the API server may send.
//
// A [Limiter] is the first gate of package apiserver. It finds out who the
// client is, which is the peer or, behind proxies that are trusted, whom they
// name, and counts in a [table] of fixed size.
//
// Invariants: memory does not grow with the number of clients; two clients wait
// for each other only for the time of a few comparisons, and mostly not at all;
// there is nothing to start or stop. It knows no tokens: it stands before
// authentication, so that it also bounds guessing.
package limit
