package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// maxCursor bounds a cursor. It has to fit into a URL.
const maxCursor = 4 << 10

// page is one answer of the list.
type page struct {
	entries []entry
	// next is the cursor of the page after this one; "" at the end.
	next string
	// snapshot names the snapshot that a registry of ours answers from; for
	// others it is "", or by chance anything.
	snapshot string
	// date is the time of the server; zero if it does not say.
	date time.Time
}

// readPage reads the body of an answer.
func readPage(body []byte) (page, error) {
	if !json.Valid(body) {
		return page{}, errors.New("the body is not valid JSON")
	}
	servers := registry.Member(body, "servers")
	if servers == nil {
		return page{}, errors.New("the body is no page of a registry: it has no servers")
	}
	if servers[0] != '[' && string(servers) != "null" {
		return page{}, errors.New("the body is no page of a registry: servers is not a list")
	}
	next, err := readCursor(registry.Member(body, "metadata"))
	if err != nil {
		return page{}, err
	}
	p := page{next: next}
	for element := range registry.Elements(servers) {
		e, err := readEntry(element)
		if err != nil {
			return page{}, err
		}
		p.entries = append(p.entries, e)
	}
	return p, nil
}

// readCursor knows the spelling of registries from before September 2025 too.
func readCursor(metadata json.RawMessage) (string, error) {
	value := registry.Member(metadata, "nextCursor")
	if value == nil {
		value = registry.Member(metadata, "next_cursor")
	}
	if value == nil || string(value) == "null" {
		return "", nil
	}
	cursor, err := registry.Text(value)
	if err != nil {
		return "", fmt.Errorf("the cursor of the next page cannot be used: %w", err)
	}
	if len(cursor) > maxCursor {
		return "", fmt.Errorf("the cursor of the next page has %d bytes; at most %d are possible", len(cursor), maxCursor)
	}
	return cursor, nil
}
