package schema_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/schema"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

const (
	first  = "https://static.modelcontextprotocol.io/schemas/2025-07-09/server.schema.json"
	latest = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
)

func TestReasons(t *testing.T) {
	with := func(fields string) string {
		return `{"name":"io.acme/a","description":"d","version":"1",` + fields + `}`
	}
	tests := map[string]struct{ why, url, entry, want string }{
		"missing":     {why: "the path is named", entry: with(`"packages":[{"registryType":"npm","identifier":"a"}]`), want: "packages[0].transport is missing"},
		"the entry":   {why: "at the top too", entry: `{"name":"io.acme/a","version":"1"}`, want: "description is missing"},
		"kind":        {why: "in words, not in the schema's", entry: with(`"remotes":{}`), want: "remotes must be a list"},
		"boolean":     {why: "in words", entry: with(`"packages":[{"registryType":"npm","identifier":"a","transport":{"type":"stdio"},"environmentVariables":[{"name":"A","isSecret":"yes"}]}]`), want: "packages[0].environmentVariables[0].isSecret must be true or false"},
		"one of two":  {why: "the one of the right type was meant", entry: with(`"remotes":[{"type":"sse","url":"https://a"},{"type":"sse"}]`), want: "remotes[1].url is missing"},
		"none of two": {why: "the types are named", entry: with(`"remotes":[{"type":"http","url":"https://a"}]`), want: `remotes[0].type must be "streamable-http", or type must be "sse"`},
		"either":      {why: "both ways are named", entry: with(`"packages":[{"registryType":"npm","identifier":"a","transport":{"type":"stdio"},"packageArguments":[{"type":"positional"}]}]`), want: "packages[0].packageArguments[0].valueHint is missing, or value is missing"},
		"too long":    {why: "with the limit", entry: with(`"title":"` + string(bytes.Repeat([]byte("é"), 101)) + `"`), want: "title must have at most 100 characters"},
		"too short":   {why: "with the limit", entry: with(`"title":""`), want: "title must have at least 1 character"},
		"pattern":     {why: "with the pattern", entry: with(`"icons":[{"src":"https://a/b","sizes":["big"]}]`), want: `icons[0].sizes[0] does not match ^(\d+x\d+|any)$`},
		"uri":         {why: "a relative one leads nowhere", entry: with(`"websiteUrl":"/a"`), want: "websiteUrl must be an absolute URI"},
		"not":         {why: "the API reserves the word", entry: with(`"packages":[{"registryType":"npm","identifier":"a","transport":{"type":"stdio"},"version":"latest"}]`), want: `packages[0].version must not be "latest"`},
		"closed":      {why: "early revisions knew their fields", url: first, entry: with(`"packages":[{"registry_type":"npm","identifier":"a","version":"1","registryType":"npm"}]`), want: "packages[0].registryType is not allowed"},
		"odd key":     {why: "a path stays readable", entry: with(`"remotes":[{"type":"sse","url":"https://a","variables":{"a b":1}}]`), want: `remotes[0].variables["a b"] must be an object`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.url == "" {
				test.url = latest
			}
			canonical, err := registry.Canonical([]byte(test.entry))
			require.NoError(t, err)
			require.ErrorContains(t, schema.Check(test.url, canonical), test.want, test.why)
		})
	}
}

func TestWhatIsNotHeldAgainstAnEntry(t *testing.T) {
	long, err := registry.Canonical([]byte(`{"name":"io.acme/a","version":"1","description":"` + string(bytes.Repeat([]byte("x"), 1000)) + `"}`))
	require.NoError(t, err)
	require.NoError(t, schema.Check(latest, long), "companies describe at length")
	require.NoError(t, schema.Check("", []byte(`{}`)), "no schema")
	require.NoError(t, schema.Check("https://example.com/mine.json", []byte(`{}`)), "a schema that nobody published")
	require.Error(t, schema.Check(latest, []byte(`{}`)))
}

func BenchmarkCheck(b *testing.B) {
	servers := corpus.Servers(1000)
	b.Run("this", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			require.NoError(b, schema.Check(latest, servers[i%1000].JSON))
		}
	})
	oracle := published(b)[latest]
	b.Run("full validator", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(servers[i%1000].JSON))
			require.NoError(b, err)
			require.NoError(b, oracle.Validate(value))
		}
	})
}
