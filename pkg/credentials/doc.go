// Package credentials is what one Secret of a user opens: user name and password,
// a bearer token, a private certificate authority, a client certificate.
//
// It belongs to the first step of the data's way: the fetchers of pkg/source get a
// client from here. Invariant: what is secret goes to the one origin (scheme, host
// and port) that the spec names, never to where that redirects, and never into a
// message or a log.
//
// It reads no Secret itself, and it does not decide where may be connected to;
// that is pkg/egress.
package credentials
