// Package shelf keeps what was expensive to fetch, for all who want the same, up to
// a size.
//
// It stands beside the way of the data: package git asks it for a pack before it
// asks the server.
//
//	Get(key) ──► on the shelf? ──► a loan of it
//	                │ no
//	                ▼
//	     is somebody fetching it? ──► wait, then a loan of the same
//	                │ no
//	                ▼
//	     fetch it, put it on the shelf, lend it
//
// Invariant: at most one at a time fetches a key, and what is closed is lent to
// nobody. The least recently used goes first; what is lent may stand over the limit
// until it is given back. Nothing outlives the process.
//
// It does not look at what it keeps: who borrows something broken says so with
// [Loan.Discard].
package shelf
