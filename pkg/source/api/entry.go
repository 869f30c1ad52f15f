package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// sum tells contents of entries, or their IDs, apart.
type sum [16]byte

// entry is one entry of a page. Whether it is any good is for others to say: it
// need not even have a name.
type entry struct {
	registry.ID
	// raw is the entry as the page has it, without space between the values.
	raw json.RawMessage
	// server is the part that its author wrote.
	server json.RawMessage
	// foreign are the members of the _meta that are not the registry's own, in
	// canonical form if they have one.
	foreign []byte
	status  registry.Status
	message string
	latest  bool
	// updated is zero if the registry does not say.
	updated time.Time
}

// readEntry reads an element of a valid page.
func readEntry(element json.RawMessage) (entry, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, element); err != nil {
		return entry{}, err
	}
	e := entry{raw: compact.Bytes(), status: registry.StatusActive}
	e.server = e.raw
	meta := registry.Member(e.raw, "_meta")
	if inner := registry.Member(e.raw, "server"); inner != nil && registry.Member(e.raw, "name") == nil {
		e.server, e.foreign = inner, foreignOf(meta)
	}
	// What cannot be read is left for the one who judges entries.
	e.Name, _ = registry.Text(registry.Member(e.server, "name"))
	e.Version, _ = registry.Text(registry.Member(e.server, "version"))
	for key, value := range registry.Members(registry.Member(meta, registry.OfficialKey)) {
		switch key {
		case "status":
			text, _ := registry.Text(value)
			e.status = statusOf(text)
		case "statusMessage":
			e.message, _ = registry.Text(value)
		case "isLatest":
			e.latest = string(value) == "true"
		case "updatedAt":
			text, _ := registry.Text(value)
			e.updated, _ = time.Parse(time.RFC3339, text)
		}
	}
	return e, nil
}

// foreignOf spells the members as they are stored, so that they can be compared.
func foreignOf(meta json.RawMessage) []byte {
	foreign := registry.Foreign(meta)
	if foreign == nil {
		return nil
	}
	if canonical, err := registry.Canonical(meta); err == nil {
		return registry.Foreign(canonical)
	}
	return foreign
}

// statusOf reads a status as package format does.
func statusOf(text string) registry.Status {
	switch s := registry.Status(strings.ToLower(text)); s {
	case registry.StatusDeprecated, registry.StatusDeleted:
		return s
	default:
		return registry.StatusActive
	}
}

// key identifies the entry; one without a name is only like itself.
func (e entry) key() sum {
	if e.Name == "" || e.Version == "" {
		return sumOf(e.raw)
	}
	return keyOf(e.ID)
}

func keyOf(id registry.ID) sum { return sumOf([]byte(id.Name), []byte(id.Version)) }

// content is equal for entries that mean the same to a reader. Times are not
// part of it, nor whether a deleted version is the latest.
func (e entry) content() sum {
	latest := e.latest && e.status != registry.StatusDeleted
	parts := [][]byte{e.server, []byte(e.status), []byte(e.message), strconv.AppendBool(nil, latest)}
	if len(e.foreign) > 0 { // else the sum is what it was before there was this part
		parts = append(parts, e.foreign)
	}
	return sumOf(parts...)
}

func sumOf(parts ...[]byte) (s sum) {
	h := sha256.New()
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	copy(s[:], h.Sum(nil))
	return s
}
