// Package http reads a registry file from a URL.
//
// Invariant: a revision holds the SHA-256 of the bytes that it stands for, and
// beside it what the server calls them (ETag or Last-Modified), so that an
// unchanged file costs a request and no body where the server can tell, and a
// body and no parsing where it cannot.
//
// Nothing that a server says is believed further than that: not the length that
// it promises, not a compression that has no end, not a page with status 200.
//
// It does not parse, and it follows redirects only as its client allows, see
// package egress. Credentials are its client's, see package credentials.
package http
