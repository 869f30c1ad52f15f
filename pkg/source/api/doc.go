// Package api mirrors another registry through the MCP Registry API: a public
// one, a company's, or one that this operator serves.
//
//	first:  page ─► page ─► … ─► what changed meanwhile ─► spool ─► files
//	later:  digest of a registry of ours, if it tells one ──────► unchanged
//	        updated_since the checkpoint ─► over what is stored ─► files
//
// A page goes to a compressed spool in the scratch folder as soon as it has been
// read, so the memory that is needed grows with the number of entries (one or two
// hundred bytes each) and not with their size.
//
// The fetcher keeps no state. The revision that it returns says how far it has
// read, and the caller gives back what it stored at that revision, so a
// restart costs no full crawl. Changes alone cannot show that an entry is gone
// without a trace. So only a registry that is seen to keep its deleted entries
// is read by its changes, and once a day it is read in full all the same. A
// registry of ours is not seen to do so but tells how many entries it has, and
// what does not add up is read in full.
//
// Invariants: a page that fails for good fails the fetch, so there is no content
// that lacks a page; the checkpoint is never later than what has been read.
//
// The package does not judge entries, and it does not know where they are stored.
package api
