// Package selftest tries out an operator that is installed: it makes a registry of
// one server, waits until it is Ready, asks its API for the server as a client in
// the cluster would, and removes all again. The chart runs it for "helm test".
//
// It stands outside the way of the data and uses only what every user has: the
// Kubernetes API and the registry's API.
//
// Invariant: it touches no object but the two of the name that it is given, and
// these only if it made them. It does not repair anything and does not try twice;
// it says how far it came and what the status told.
package selftest
