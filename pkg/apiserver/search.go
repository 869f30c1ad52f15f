package apiserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// haystack is the lower-case name, title and description of all records in one
// string, so that a search is one pass of strings.Index and not one per record.
// Every field ends in '\n', which no field and no needle contains.
type haystack struct {
	building strings.Builder
	text     string
	starts   []int
}

func (h *haystack) add(name string, server json.RawMessage) error {
	h.starts = append(h.starts, h.building.Len())
	h.field(name)
	for key, value := range registry.Members(server) {
		if key != "title" && key != "description" {
			continue
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
				continue // not a text: nothing to search in
			}
			return fmt.Errorf("reading %s of %s: %w", key, name, err)
		}
		h.field(text)
	}
	return nil
}

func (h *haystack) field(text string) {
	h.building.WriteString(fold(text))
	h.building.WriteByte('\n')
}

func (h *haystack) close() {
	h.text = h.building.String()
	h.building = strings.Builder{}
}

// find returns the number of the first record at or after from that contains
// needle, which must be folded; -1 if there is none.
func (h *haystack) find(needle string, from int) int {
	if from >= len(h.starts) {
		return -1
	}
	at := strings.Index(h.text[h.starts[from]:], needle)
	if at < 0 {
		return -1
	}
	number, exact := slices.BinarySearch(h.starts, h.starts[from]+at)
	if !exact {
		number--
	}
	return number
}

// fold gives texts that differ only in case or in kind of white space the same
// spelling.
func fold(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "\n", " ")
}
