package corpus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// File writes a registry file in the upstream format with n server versions, of
// which no line is as a snapshot has it: people put the name before the
// description, and programs indent.
func File(tb testing.TB, n int, indent string) []byte {
	tb.Helper()
	var file bytes.Buffer
	file.WriteString(`{"data":{"servers":[`)
	for i, s := range Servers(n) {
		if i > 0 {
			file.WriteByte(',')
		}
		var value any
		require.NoError(tb, json.Unmarshal(s.JSON, &value))
		written(tb, &file, value)
	}
	file.WriteString(`]}}`)
	if indent == "" {
		return file.Bytes()
	}
	var indented bytes.Buffer
	require.NoError(tb, json.Indent(&indented, file.Bytes(), "", indent))
	return indented.Bytes()
}

// usual is the order in which people write what they know by these names.
var usual = []string{
	"$schema", "registryType", "type", "name", "identifier", "url", "title", "description", "version", "value",
	"repository", "websiteUrl", "packages", "remotes", "transport",
}

func written(tb testing.TB, file *bytes.Buffer, value any) {
	switch v := value.(type) {
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
			return cmp.Or(cmp.Compare(uint(slices.Index(usual, a)), uint(slices.Index(usual, b))), cmp.Compare(a, b))
		})
		file.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				file.WriteByte(',')
			}
			written(tb, file, key)
			file.WriteByte(':')
			written(tb, file, v[key])
		}
		file.WriteByte('}')
	case []any:
		file.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				file.WriteByte(',')
			}
			written(tb, file, element)
		}
		file.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		require.NoError(tb, err)
		file.Write(text)
	}
}
