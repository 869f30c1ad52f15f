package sync

import (
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/merge"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
)

// Source is one source to read.
type Source struct {
	// Name is "" for an only source; with it goes the slot of its last good data.
	Name string
	// Type is recorded for people.
	Type string
	// Hash is that of what the spec says of the source, filters apart.
	Hash    string
	Fetcher source.Fetcher
	Format  format.Format
	// Filter is the source's own; nil lets everything through.
	Filter *filter.Filter
	// NotBefore is until when the source asked to be left alone; zero if it did not.
	NotBefore time.Time
}

// Request is one sync to carry out.
type Request struct {
	Owner storage.Owner
	// Sources in the order of the spec. One without a name is the only one.
	Sources []Source
	// Filter is the registry's, applied after a source's own; nil lets everything through.
	Filter *filter.Filter
	// Inputs are recorded with the snapshot.
	Inputs storage.Inputs
	// DisplayName is recorded for people.
	DisplayName string
	// Refetch reads the sources even if they are unchanged.
	Refetch bool
	// Timeout is what each source has to answer.
	Timeout time.Duration
	// Guard says what a sync may take away.
	Guard Guard
	// Strict fails a source with rejected entries.
	Strict bool
	// Prepare runs before a new snapshot becomes current.
	Prepare storage.Prepare
}

// only says whether there is one source without a name, whose last good data is
// what is served.
func (r Request) only() bool { return len(r.Sources) == 1 && r.Sources[0].Name == "" }

// Result is what a sync found, as far as it came.
type Result struct {
	// Sources has one result for each source of the request.
	Sources []SourceResult
	// Unchanged is true when there was nothing to store.
	Unchanged bool
	// Stored is the manifest of what is stored now; zero if nothing was stored.
	Stored storage.Manifest
	// Changes against the snapshot stored before.
	Changes registry.Changes
	// Conflicts between the sources.
	Conflicts merge.Conflicts
}

// SourceResult is what a sync found of one source.
type SourceResult struct {
	Name, Type string
	// Fetched is true when the source answered, Parsed when its content is a registry.
	Fetched, Parsed bool
	// Unchanged is true when the source is still at the known revision.
	Unchanged bool
	// Revision of the source, if it was fetched.
	Revision source.Revision
	// Data is about the source's data that takes part; nil if it has none.
	Data *registry.SourceState
	// Rejected entries of that data, bounded; Data counts all.
	Rejected []registry.RejectedEntry
	// Err is why the source failed or is held; its last good data takes part.
	Err error
	// NotBefore is until when the source wants to be left alone; zero if it does not say.
	NotBefore time.Time
}
