package registry

import "encoding/json"

// Status says whether an entry should still be used. The values are those of
// the official MCP Registry.
type Status string

// The statuses of the official MCP Registry.
const (
	StatusActive     Status = "active"
	StatusDeprecated Status = "deprecated"
	StatusDeleted    Status = "deleted"
)

// Server is one version of one MCP server.
type Server struct {
	// Name is the reverse-DNS name, for example "io.github.acme/files".
	Name string
	// Version is the version as published; it need not be semantic.
	Version string
	// Tags are ToolHive's tags, wherever the source keeps them. Exact, case-sensitive.
	Tags []string
	// Status is the status the source gives; empty reads as [StatusActive].
	Status Status
	// StatusMessage is why, in the words of the registry that it comes from.
	StatusMessage string
	// Latest is true when the registry that it comes from says that this is the
	// latest version of its name.
	Latest bool
	// JSON is the server.json in canonical form (see [Canonical]). Fields this
	// program does not know are in it too.
	JSON json.RawMessage
	// Foreign are the members that others put into the record's _meta, beside the
	// registry's own (see [Foreign]).
	Foreign []byte
}

// ID identifies a server version within a snapshot.
type ID struct{ Name, Version string }

// String is the ID as it is told to people.
func (id ID) String() string { return id.Name + "@" + id.Version }

// ID returns the pair that must be unique within a snapshot.
func (s Server) ID() ID { return ID{s.Name, s.Version} }

// Rejection says why one entry of a source was left out.
type Rejection struct {
	// Entry is the entry's name, or its position ("#12") when it has none.
	Entry string
	// Reason is one line for a person; it contains no secret.
	Reason string
}

// Catalog is what one source holds after parsing: good entries and the reasons
// why others were left out.
type Catalog struct {
	Servers  []Server
	Rejected []Rejection
}
