// Package auth lets only requests with a valid bearer token read the API server.
//
// A [Gate] takes the token out of a request and asks a [Verifier], which is an
// [Issuer] (JSON Web Tokens of an OpenID Connect issuer) or a [Reviewer]
// (whatever Kubernetes accepts), through a cache that both share. What it
// refuses it answers as RFC 6750 wants it, and [Resource] tells clients where to
// get a token, as RFC 9728 wants it.
//
// Invariants: nobody is let in while the verifier cannot say who is valid; such
// requests are answered 503. A token is never logged and never kept: the cache
// has its SHA-256. All that clients and issuers can make grow is bounded.
//
// It decides who somebody is and not what they may see: whoever has a valid
// token may read all of the registry.
package auth
