// Package sync decides when a registry is synced and carries a sync out.
//
// [Decide] is pure: it compares what is wanted with what is stored and says
// whether a sync is due, why, and when to look again. [Syncer.Sync] is the only
// place that knows the order fetch → parse → judge → keep → filter → merge →
// build → store. The two never meet in one function, so each can be tested alone.
//
// All sources are read at the same time. What each gave last is kept in a slot
// of the storage (an only source has what is served), and everything that is
// merged comes from there; so a source that fails, or that is held because it
// lost too much, takes part with its last good data, through the present filters.
//
// Invariant: a source that fails takes nothing away from what is served, and
// keeps nothing of the others from being served.
package sync
