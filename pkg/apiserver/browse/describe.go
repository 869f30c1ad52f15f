package browse

import (
	"encoding/json"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Members that are read, by where they lie. ToolHive's metadata lies below two
// keys and an image or a URL. registry_type is how registryType was spelled
// before September 2025.
var (
	ofServer    = []string{"_meta", "packages", "remotes"}
	ofMeta      = []string{"io.modelcontextprotocol.registry/publisher-provided"}
	ofPublisher = []string{"io.github.stacklok"}
	ofToolHive  = []string{"status", "tier", "tags"}
	ofPackage   = []string{"registryType", "registry_type", "transport"}
	ofTransport = []string{"type"}
)

// describe notes the facets of a record. What is not in the shape that it
// should be in has no facets; sources may hold anything.
func (b *Builder) describe(p registry.Parsed) {
	var values [3]json.RawMessage
	registry.Pick(p.Server, ofServer, values[:])
	b.packages(values[1])
	b.remotes(values[2])
	b.toolhive(one(one(values[0], ofMeta), ofPublisher))
	if !b.noted[statuses] {
		b.quoted = append(append(append(b.quoted[:0], '"'), p.Official.Status...), '"')
		b.note(statuses, b.quoted)
	}
}

func one(object json.RawMessage, key []string) json.RawMessage {
	var value [1]json.RawMessage
	registry.Pick(object, key, value[:])
	return value[0]
}

// toolhive reads what ToolHive says of each image or URL.
func (b *Builder) toolhive(extensions json.RawMessage) {
	for _, extension := range registry.Members(extensions) {
		var values [3]json.RawMessage
		registry.Pick(extension, ofToolHive, values[:])
		b.note(statuses, values[0])
		b.note(tiers, values[1])
		for tag := range registry.Elements(values[2]) {
			b.note(tags, tag)
		}
	}
}

func (b *Builder) packages(list json.RawMessage) {
	for element := range registry.Elements(list) {
		var values [3]json.RawMessage
		registry.Pick(element, ofPackage, values[:])
		b.note(packageTypes, values[0])
		b.note(packageTypes, values[1])
		b.note(transports, one(values[2], ofTransport))
	}
}

func (b *Builder) remotes(list json.RawMessage) {
	for element := range registry.Elements(list) {
		b.note(packageTypes, remote)
		b.note(transports, one(element, ofTransport))
	}
}
