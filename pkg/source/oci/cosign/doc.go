// Package cosign says whether an artifact was signed with a public key, in the two
// forms that cosign writes: a signed payload of its own (up to version 2) and a
// Sigstore bundle with a DSSE envelope (since version 3).
//
// It stands between fetch and parse in the data's way. It gets bytes and makes no
// request: neither a transparency log nor a certificate authority takes part, the key
// alone decides.
//
// Invariant: nothing of a payload is read before its signature has been verified, and
// a signature counts for the one digest that it names. An attestation with the same
// key is no signature: it says something about an artifact, not that it is meant to
// be used.
package cosign
