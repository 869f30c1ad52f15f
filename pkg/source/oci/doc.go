// Package oci reads a registry file from an artifact in a container registry.
//
// A look at an unchanged artifact is one HEAD request (and what the registry wants
// for a login), and none at all for a digest. A change costs the manifest and the
// layer that holds the file:
//
//	tag ──► digest ──► manifest ──► signature ──► layer ──► file
//	          │
//	          └─ equals known: unchanged
//
// Invariant: a revision is the digest of the manifest, and of the keys if signatures
// are asked for. Every byte that is used was hashed on its way and belongs to that
// digest; media types, lengths and titles are only claims.
//
// Whoever made the artifact or runs the registry is not trusted: manifests, layers,
// what comes out of them, and the number of requests are bounded. The login is for
// the registry that the spec names and the token server that it names over TLS, and
// for nobody that it redirects to. Addresses are the business of package egress,
// signatures that of package cosign.
package oci
