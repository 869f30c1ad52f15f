// Package egress guards requests that leave the operator on behalf of a user.
//
// Whoever may create a registry chooses the addresses that the operator
// connects to, from inside the cluster's network. A [Policy] keeps such a
// request away from what only the operator can reach: its own pod, its node and
// the cloud's metadata service. The check happens on the resolved address right
// before connecting, so neither DNS nor a redirect leads around it. Addresses in
// disguise and names that are local by definition are refused in the URL already.
//
// Private ranges (RFC 1918, fc00::/7) are allowed: sources often live in the
// cluster or in the company's network.
//
// A proxy named by the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) is the
// administrator's: it may be anywhere, on loopback too. It resolves the names
// that it is asked for, so it has to refuse what they must not lead to; only the
// URL is judged here.
package egress
