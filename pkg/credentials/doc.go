// Package credentials is what one Secret of a user opens: user name and password,
// a bearer token, an SSH identity, a private certificate authority, a client
// certificate, the logins of container registries.
//
// It belongs to the first step of the data's way. [Load] reads the Secret that a
// source names, at each fetch and without a cache, so that a new one is used at
// once and none is kept; [Credentials.HTTPClient] makes a client of it.
//
// Invariant: what is secret goes to the one origin (scheme, host and port) that
// the spec names, never to where that redirects, and never into a message or a
// log. [Credentials] print and marshal as one word. But package fmt asks no unexported
// field how it wants to be printed: a struct that has to keep credentials keeps a
// function that returns or uses them.
//
// It does not decide where may be connected to; that is package egress.
package credentials
