package format

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	types "github.com/stacklok/toolhive-core/registry/types"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// extensions reads ToolHive's tags and status from the _meta of a server.json,
// where they lie in one object for each image or URL. Tags of all objects count, in
// order of appearance. A server is deprecated or deleted only if all objects
// that state a status agree that it is not active.
//
// Tags that cannot be read are an error: a filter that excludes by tag must not
// let a server pass because its tags are misspelled.
func extensions(meta json.RawMessage) ([]string, registry.Status, error) {
	var tags []string
	var status registry.Status
	own := registry.Member(meta, types.PublisherProvidedKey, types.ToolHivePublisherNamespace)
	for key, extension := range registry.Members(own) {
		more, err := readTags(registry.Member(extension, "tags"))
		if err != nil {
			return nil, "", fmt.Errorf("the extension of %s: %w", shown(key), err)
		}
		for _, tag := range more {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
		stated := registry.Member(extension, "status")
		if stated == nil || status == registry.StatusActive {
			continue
		}
		text, err := readText(stated)
		if err != nil {
			return nil, "", fmt.Errorf("the extension of %s: status %w", shown(key), err)
		}
		status = statusOf(text)
	}
	return tags, status, nil
}

func readTags(raw json.RawMessage) ([]string, error) {
	if raw == nil {
		return nil, nil
	}
	if tags, plain := plainTexts(raw); plain {
		return tags, nil
	}
	var tags []string
	if err := json.Unmarshal(raw, &tags); err != nil {
		return nil, fmt.Errorf("tags must be a list of strings: %s", shown(string(raw)))
	}
	return tags, nil
}

// plainTexts reads a list of strings; plain is false for anything else.
func plainTexts(raw json.RawMessage) (texts []string, plain bool) {
	for element := range registry.Elements(raw) {
		text, err := registry.Text(element)
		if err != nil || len(element) == 0 {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, raw[0] == '['
}

// readText reads a string; null and nothing count as empty.
func readText(raw json.RawMessage) (string, error) {
	if raw == nil {
		return "", nil
	}
	if raw[0] == '"' {
		if text, err := registry.Text(raw); err == nil {
			return text, nil
		}
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("must be a string: %s", shown(string(raw)))
	}
	return text, nil
}

// statusOf maps a status, ToolHive's "Active" and "Deprecated" included, to
// the registry's. What it does not know is active: not to serve an entry at all
// would be the worse guess.
func statusOf(text string) registry.Status {
	switch s := registry.Status(strings.ToLower(text)); s {
	case registry.StatusDeprecated, registry.StatusDeleted:
		return s
	default:
		return registry.StatusActive
	}
}
