// Package page is what a person sees who opens the address of a registry in a
// browser: a hand-written page, embedded in the program, that searches and
// shows the registry.
//
// It is the last thing on the way of the data, and holds none itself: the page
// asks the registry API like every other client, so it shows what clients get
// and is public even where the API wants a token.
//
// Invariants: nothing is loaded from another host, all addresses are relative,
// so that every path prefix works, and what comes from a source becomes text
// nodes only. The Content-Security-Policy has the browser enforce it.
//
// It does not route; package apiserver says which asset is asked for.
package page
