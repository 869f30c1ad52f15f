package format

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// fields is one level of a JSON object.
type fields map[string]json.RawMessage

// What the converter places in server.json itself. Every other field of an
// entry is ToolHive's extension under the same name, known to the converter or
// not, so it is carried as it is written: that loses nothing, not even the
// digits of a number or a field inside a field.
var (
	placedOfBoth   = []string{"name", "title", "description", "repository_url", "transport"}
	placedOfImage  = append([]string{"image", "env_vars", "target_port"}, placedOfBoth...)
	placedOfRemote = append([]string{"url", "headers"}, placedOfBoth...)

	// The parts of a variable or a header that server.json has a place for.
	placedOfVariable = []string{"name", "description", "required", "default", "secret"}
	placedOfHeader   = append([]string{"choices"}, placedOfVariable...)
)

func carriedOfImage(entry json.RawMessage, transport string) fields {
	carried := carriedBeyond(entry, placedOfImage)
	// The port becomes part of the transport's URL, which stdio does not have.
	if port := registry.Member(entry, "target_port"); port != nil && transport == "stdio" {
		carried["target_port"] = port
	}
	carryIfLost(carried, entry, "env_vars", placedOfVariable)
	return carried
}

func carriedOfRemote(entry json.RawMessage) fields {
	carried := carriedBeyond(entry, placedOfRemote)
	carryIfLost(carried, entry, "headers", placedOfHeader)
	return carried
}

func carriedBeyond(entry json.RawMessage, placed []string) fields {
	carried := fields{}
	for key, value := range registry.Members(entry) {
		// The converter knows what an unstated status means.
		unstated := key == "status" && (string(value) == `""` || string(value) == "null")
		if !unstated && !slices.Contains(placed, key) {
			carried[key] = value
		}
	}
	return carried
}

// carryIfLost carries a whole list if one of its objects has a field that
// server.json has no place for.
func carryIfLost(carried fields, entry json.RawMessage, list string, placed []string) {
	raw := registry.Member(entry, list)
	objects, err := readObjects(list, raw)
	if err != nil {
		return // The converter's type has refused it already.
	}
	for _, object := range objects {
		for key := range registry.Members(object) {
			if !slices.Contains(placed, key) {
				carried[list] = raw
				return
			}
		}
	}
}

// extend adds the fields to the object at path below object.
func extend(object json.RawMessage, add fields, path ...string) (json.RawMessage, error) {
	members := fields{}
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	if len(path) == 0 {
		maps.Copy(members, add)
		return json.Marshal(members)
	}
	inner, err := extend(members[path[0]], add, path[1:]...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path[0], err)
	}
	members[path[0]] = inner
	return json.Marshal(members)
}
