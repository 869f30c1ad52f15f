package corpus

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Wave is what a registry learns at one time.
type Wave struct {
	At time.Time
	// Published are the server.json documents that are new.
	Published []json.RawMessage
	// Changed are the statuses of versions that are known already.
	Changed []Change
}

// Change gives a version a status.
type Change struct {
	registry.ID
	Status registry.Status
	// Message is what the publisher says with it.
	Message string
}

// Noon is when the history begins; a wave comes every hour.
var Noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// schema is the newest revision of server.json.
const schema = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

// rich holds entries that use everything that server.json has, in all of its
// revisions, and things that it does not have.
//
//go:embed rich.json
var rich []byte

// History is the life of a registry in four waves. What is in it is what can go
// wrong: versions whose order is not their spelling, versions that are not
// semantic, names that sort differently as tuples and as texts, entries that
// are withdrawn, come back, or were never more than deprecated.
func History() []Wave {
	waves := []Wave{
		{Published: richDocuments()},
		{Published: versions("semver", "2.0.0", "1.9.1", "2.0.0-rc.2")},
		{Changed: withdrawn()},
		{Changed: []Change{change("back", "1.0.0", registry.StatusActive)}},
	}
	waves[0].add(
		versions("semver", "1.0.0", "1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0-alpha.beta"),
		versions("plain", "snapshot-b"), versions("mixed", "nightly"), versions("parts", "1.2", "2024.11"),
		versions("vee", "v1.0.0"), versions("build", "1.0.0+20130313144700"), versions("same", "1.0.0+a"),
		versions("gone", "1.0.0"), versions("half", "1.0.0", "2.0.0"), versions("old", "1.0.0", "0.9.0"), versions("back", "1.0.0"),
		versions("aa", "1.0.0"), versions("aa-b", "1.0.0"), versions("aa.b", "1.0.0"), versions("aa_b", "1.0.0"), versions("AA", "1.0.0"),
		fillers(120),
	)
	waves[1].add(
		versions("plain", "snapshot-a"), versions("mixed", "0.0.1"), versions("parts", "0.1.0"), versions("vee", "1.1.0"),
		versions("build", "1.0.1+exp.sha.5114f85"), versions("same", "1.0.0+b"),
	)
	waves[2].add(versions("mixed", "weekly"))
	for i := range waves {
		waves[i].At = Noon.Add(time.Duration(i) * time.Hour)
	}
	return waves
}

func withdrawn() []Change {
	old := change("old", "1.0.0", registry.StatusDeprecated)
	old.Message = "use another one"
	return []Change{
		old,
		change("gone", "1.0.0", registry.StatusDeleted),
		change("half", "2.0.0", registry.StatusDeleted),
		change("back", "1.0.0", registry.StatusDeleted),
		{ID: registry.ID{Name: "com.example.fill/server-007", Version: "1.0.0"}, Status: registry.StatusDeleted},
	}
}

func (w *Wave) add(groups ...[]json.RawMessage) {
	for _, documents := range groups {
		w.Published = append(w.Published, documents...)
	}
}

func change(name, version string, status registry.Status) Change {
	return Change{ID: registry.ID{Name: "com.example/" + name, Version: version}, Status: status}
}

// versions are plain documents of one server.
func versions(name string, all ...string) []json.RawMessage {
	documents := make([]json.RawMessage, len(all))
	for i, version := range all {
		documents[i] = fmt.Appendf(nil, `{"$schema":%q,"name":"com.example/%s","version":%q,"description":"The server %s"}`, schema, name, version, name)
	}
	return documents
}

// fillers make pages of 100 follow each other.
func fillers(n int) []json.RawMessage {
	documents := make([]json.RawMessage, n)
	for i := range documents {
		documents[i] = fmt.Appendf(nil, `{"$schema":%q,"name":"com.example.fill/server-%03d","version":"1.0.0","description":"One of many"}`, schema, i)
	}
	return documents
}

func richDocuments() []json.RawMessage {
	var documents []json.RawMessage
	if err := json.Unmarshal(rich, &documents); err != nil {
		panic(fmt.Errorf("reading rich.json: %w", err)) // it is part of the program
	}
	return documents
}

// Underscored is an entry of the first revision of server.json, whose fields
// had underscores. It is served as it is written, and so it is not what newer
// documents describe.
const Underscored = "org.example.revision/2025-07-09"

// Without returns the waves without the documents of one server.
func Without(waves []Wave, name string) []Wave {
	for i := range waves {
		waves[i].Published = slices.DeleteFunc(waves[i].Published, func(d json.RawMessage) bool {
			return strings.Contains(string(d), strconv.Quote(name))
		})
	}
	return waves
}

// Snapshots returns the snapshot after each wave.
func Snapshots(waves []Wave) ([]registry.Snapshot, error) {
	var servers []registry.Server
	var previous registry.Snapshot
	snapshots := make([]registry.Snapshot, len(waves))
	for i, wave := range waves {
		more, err := parse(wave.Published)
		if err != nil {
			return nil, fmt.Errorf("reading wave %d: %w", i, err)
		}
		servers = append(servers, more...)
		for _, c := range wave.Changed {
			for j := range servers {
				if servers[j].ID() == c.ID {
					servers[j].Status, servers[j].StatusMessage = c.Status, c.Message
				}
			}
		}
		if snapshots[i], _, err = registry.Build(servers, previous, wave.At); err != nil {
			return nil, fmt.Errorf("building the snapshot of wave %d: %w", i, err)
		}
		previous = snapshots[i]
	}
	return snapshots, nil
}

// parse reads documents as the operator does.
func parse(documents []json.RawMessage) ([]registry.Server, error) {
	if len(documents) == 0 {
		return nil, nil
	}
	file, err := json.Marshal(documents)
	if err != nil {
		return nil, err
	}
	catalog, err := format.Parse(format.Upstream, file)
	if err != nil {
		return nil, err
	}
	if len(catalog.Rejected) > 0 {
		return nil, fmt.Errorf("entry %s: %s", catalog.Rejected[0].Entry, catalog.Rejected[0].Reason)
	}
	return catalog.Servers, nil
}
