package apiserver

import (
	"strconv"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Description is what is known of a snapshot besides its records.
type Description struct {
	// Digest is that of the snapshot which this is about.
	Digest registry.Digest
	// Revision is the source's revision that it was made from.
	Revision string
	// PublishedAt is when it became the registry's current one, as a clock or a
	// manifest tells it.
	PublishedAt time.Time
	registry.About
}

// Synced is when the sources were last read, or found unchanged, without an error.
type Synced struct {
	// Last is when that was true of all of them; zero if it is not known.
	Last time.Time
	// Sources are the times of each by its name.
	Sources map[string]time.Time
}

// state is the answer to /x/registry. What is not known is absent.
type state struct {
	Name        string                   `json:"name,omitempty"`
	DisplayName string                   `json:"displayName,omitempty"`
	Digest      registry.Digest          `json:"digest"`
	Servers     int                      `json:"servers"`
	Names       int                      `json:"names"`
	PublishedAt time.Time                `json:"publishedAt,omitzero"`
	LastSync    time.Time                `json:"lastSyncTime,omitzero"`
	Revision    string                   `json:"revision,omitempty"`
	Sources     []sourceState            `json:"sources,omitempty"`
	Rejected    []registry.RejectedEntry `json:"rejected,omitempty"`
}

type sourceState struct {
	registry.SourceState
	LastSync time.Time `json:"lastSyncTime,omitzero"`
}

// Describe takes what is known of a snapshot besides its records. It is told
// while that snapshot is served, in place of what was known before.
func (s *Server) Describe(d Description) {
	d.About = d.Bounded()
	s.described.Store(&d)
}

// state answers with the state of the registry. A description of another
// snapshot, which there may be for a moment during a swap, is left out.
func (x *exchange) state() {
	answer := state{
		Name:    x.server.options.RegistryName,
		Digest:  x.snapshot.digest,
		Servers: len(x.snapshot.records),
		Names:   int(x.snapshot.names.count()),
	}
	var synced Synced
	if ask := x.server.options.Synced; ask != nil {
		synced = ask()
		answer.LastSync = synced.Last
	}
	if d := x.server.described.Load(); d != nil && d.Digest == answer.Digest {
		answer.DisplayName, answer.Revision, answer.PublishedAt = d.DisplayName, d.Revision, d.PublishedAt
		answer.Rejected = d.Rejected
		for _, source := range d.Sources {
			answer.Sources = append(answer.Sources, sourceState{source, synced.Sources[source.Name]})
		}
	}
	body := mustJSON(answer)
	// The description can change while the snapshot stays, so the tag is the body's.
	tag := append(strconv.AppendUint([]byte(`W/"`), fnv1a(body), 16), '"')
	if !x.has(tag) {
		x.send(typeJSON, body)
	}
}

func fnv1a(data []byte) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for _, b := range data {
		hash = (hash ^ uint64(b)) * prime
	}
	return hash
}
