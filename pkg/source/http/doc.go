// Package http reads a registry file from a URL.
//
// Invariant: a revision holds the SHA-256 of the bytes that it stands for, and
// beside it what the server calls them (ETag or Last-Modified), so that an
// unchanged file costs a request and no body where the server can tell, and a
// body and no parsing where it cannot.
//
// It does not parse, and it follows redirects only as its client allows.
package http
