// Package sync decides when a registry is synced and carries a sync out.
//
// [Decide] is pure: it compares what is wanted with what is stored and says
// whether a sync is due, why, and when to look again. [Syncer.Sync] is the only
// place that knows the order fetch → parse → filter → build → store. The two
// never meet in one function, so each can be tested alone.
//
// Invariant: a sync that fails, or that would replace servers by nothing,
// leaves the stored snapshot as it was.
package sync
