package corpus

import (
	"encoding/json"
	"fmt"
)

// Numbered is n servers of one version each, every second one remote, all of
// them of the kind that thv keeps.
func Numbered(n int) []json.RawMessage {
	documents := make([]json.RawMessage, n)
	for i := range documents {
		name := fmt.Sprintf("com.example.many/server-%06d", i)
		where := fmt.Sprintf("https://mcp-%06d.example.com/mcp", i)
		body := fmt.Sprintf(`"remotes":[{"type":"streamable-http","url":%q}]`, where)
		if i%2 == 0 {
			where = fmt.Sprintf("ghcr.io/example/server-%06d:1.0.0", i)
			body = fmt.Sprintf(`"packages":[{"registryType":"oci","identifier":%q,"transport":{"type":"stdio"}}]`, where)
		}
		documents[i] = fmt.Appendf(nil, `{"$schema":%q,"name":%q,"version":"1.0.0","title":"Server %d","description":"Number %d of many",%s,
			"_meta":{"io.modelcontextprotocol.registry/publisher-provided":{"io.github.stacklok":{%q:
			{"tier":"Community","status":"Active","tags":["numbered","mod-%d"],"tools":["count"]}}}}}`,
			schema, name, i, i, body, where, i%7)
	}
	return documents
}

// File is documents as a registry file in the upstream format.
func File(documents []json.RawMessage) ([]byte, error) {
	return json.Marshal(map[string]any{
		"version": "1.0.0",
		"meta":    map[string]string{"last_updated": "2026-01-02T12:00:00Z"},
		"data":    map[string]any{"servers": documents, "groups": []string{}},
	})
}
