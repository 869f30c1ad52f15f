package format

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Format names how a registry file is written; the values are those of
// spec.source.format.
type Format string

const (
	// ToolHive is an object with servers, remote_servers and groups.
	ToolHive Format = "toolhive"
	// Upstream is {"data":{"servers":[…]}}, a bare array of server.json, a page of
	// the registry API, or one server.json alone.
	Upstream Format = "upstream"
)

// ReasonInvalidData says that a source's content is not a registry. It appears
// as a condition reason.
const ReasonInvalidData = "InvalidData"

// maxRejected bounds the memory that a hostile file can claim with entries that
// are bad but short. A file with so many is not a registry.
const maxRejected = 100_000

// Parse reads a registry file. Entries that cannot be used are in the catalog's
// Rejected; the error, always terminal with [ReasonInvalidData], is for a file
// that is not a registry in this format. A registry without servers is valid.
//
// The servers share memory with data, which is respelled; it means what it meant.
func Parse(f Format, data []byte) (registry.Catalog, error) {
	return ParseFiles(f, func(yield func(string, []byte) bool) { yield("", data) })
}

// read adds what one file holds.
func (c *collector) read(f Format, data []byte) error {
	switch f {
	case ToolHive:
		return explain(parseToolHive(newStream(data), c))
	case Upstream:
		return explain(parseUpstream(newStream(data), c))
	}
	return fmt.Errorf("the format %q is unknown; set format of the source to %q or %q", f, ToolHive, Upstream)
}

// explain words what encoding/json says so that a person knows where to look.
func explain(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the file is not valid JSON: %w (at byte %d; YAML is not supported)", err, syntax.Offset)
	}
	return err
}

// collector gathers what the files of a source hold.
type collector struct {
	// file is the name of the file that is being read; "" if there is only one.
	file    string
	catalog registry.Catalog
	seen    map[registry.ID]struct{}
}

// reserve makes room for about so many entries.
func (c *collector) reserve(entries int) {
	if len(c.catalog.Servers) == 0 {
		c.catalog.Servers = make([]registry.Server, 0, entries)
		c.seen = make(map[registry.ID]struct{}, entries)
	}
}

// add takes one entry, or the reason why it cannot be used. It fails only when
// there are too many of the latter.
func (c *collector) add(entry string, server registry.Server, err error) error {
	if err == nil {
		err = c.claim(server.ID())
	}
	if err == nil {
		c.catalog.Servers = append(c.catalog.Servers, server)
		return nil
	}
	if c.file != "" {
		entry = c.file + ": " + entry
	}
	return c.reject(entry, err)
}

// reject notes what cannot be used.
func (c *collector) reject(entry string, err error) error {
	if len(c.catalog.Rejected) == maxRejected {
		return fmt.Errorf("more than %d entries are invalid; the last one, %s: %w", maxRejected, plain(entry), err)
	}
	c.catalog.Rejected = append(c.catalog.Rejected, registry.Rejection{Entry: plain(entry), Reason: err.Error()})
	return nil
}

// mark is how much there is at a moment.
type mark struct{ servers, rejected int }

func (c *collector) mark() mark { return mark{len(c.catalog.Servers), len(c.catalog.Rejected)} }

// undo forgets what came after a mark.
func (c *collector) undo(m mark) {
	for _, s := range c.catalog.Servers[m.servers:] {
		delete(c.seen, s.ID())
	}
	clear(c.catalog.Servers[m.servers:])
	c.catalog.Servers, c.catalog.Rejected = c.catalog.Servers[:m.servers], c.catalog.Rejected[:m.rejected]
}

// claim lets the first entry with an ID have it.
func (c *collector) claim(id registry.ID) error {
	if _, taken := c.seen[id]; taken {
		return fmt.Errorf("%s@%s is already in this source; the first one is kept", id.Name, id.Version)
	}
	c.seen[id] = struct{}{}
	return nil
}
