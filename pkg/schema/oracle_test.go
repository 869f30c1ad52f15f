package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/schema"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// published are all revisions, compiled by a validator that knows all of JSON Schema.
func published(tb testing.TB) map[string]*jsonschema.Schema {
	tb.Helper()
	files, err := filepath.Glob("schemas/*.json")
	require.NoError(tb, err)
	require.Len(tb, files, 6)
	all := map[string]*jsonschema.Schema{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(tb, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		require.NoError(tb, err)
		unbounded(value)
		id := value.(map[string]any)["$id"].(string)
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		require.NoError(tb, compiler.AddResource(id, value))
		all[id], err = compiler.Compile(id)
		require.NoError(tb, err)
	}
	return all
}

// unbounded takes away the one constraint that is not held against entries.
func unbounded(value any) {
	definitions := value.(map[string]any)["definitions"].(map[string]any)
	for _, name := range []string{"Server", "ServerDetail"} {
		if definition, ok := definitions[name].(map[string]any); ok {
			if properties, ok := definition["properties"].(map[string]any); ok && properties["description"] != nil {
				delete(properties["description"].(map[string]any), "maxLength")
			}
		}
	}
}

// compare asks both about an entry, as of every revision, and says how many it fits.
func compare(tb testing.TB, all map[string]*jsonschema.Schema, raw []byte) (fits int) {
	tb.Helper()
	canonical, err := registry.Canonical(raw)
	if err != nil {
		return 0
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(canonical))
	require.NoError(tb, err)
	for id, oracle := range all {
		want := oracle.Validate(value)
		got := schema.Check(id, canonical)
		require.Equal(tb, want == nil, got == nil, "%s\n%s\n%v\n%v", id, canonical, want, got)
		if got == nil {
			fits++
			continue
		}
		require.NotContains(tb, got.Error(), "\n")
		require.Contains(tb, got.Error(), " of 2025-")
	}
	return fits
}

// entries are those of real catalogues, or invented ones.
func entries(tb testing.TB) []any {
	tb.Helper()
	var all []any
	for _, s := range corpus.Servers(40) {
		var value any
		require.NoError(tb, json.Unmarshal(s.JSON, &value))
		all = append(all, value)
	}
	all = append(all, rich(tb))
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		tb.Log("MCP_REGISTRY_TEST_DATA is not set: only invented entries are compared")
		return all
	}
	for _, file := range []string{"upstream-registry.json", "toolhive-catalog-2026-08-24.json", "toolhive-catalog-2026-11-03.json"} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		require.NoError(tb, err)
		var envelope struct{ Data struct{ Servers []any } }
		require.NoError(tb, json.Unmarshal(data, &envelope))
		all = append(all, envelope.Data.Servers...)
	}
	return all
}

// rich has something of everything that the schemas describe.
func rich(tb testing.TB) (value any) {
	tb.Helper()
	const text = `{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json","name":"io.acme/rich","title":"Rich",
		"description":"Has everything","version":"1.0.0","websiteUrl":"https://acme.example/a?b=c#d","status":"active",
		"repository":{"url":"https://github.com/acme/rich","source":"github","id":"1","subfolder":"a/b"},
		"icons":[{"src":"https://acme.example/i.png","mimeType":"image/png","sizes":["48x48","any"],"theme":"dark"}],
		"packages":[{"registryType":"npm","registry_type":"npm","registryBaseUrl":"https://registry.npmjs.org","identifier":"@acme/rich","version":"1.0.0",
			"fileSha256":"fe333e598595000ae021bd27117db32ec69af6987f507ba7a63c90638ff633ce","runtimeHint":"npx",
			"transport":{"type":"streamable-http","url":"https://{host}:{port}/mcp","headers":[{"name":"X-Key","isSecret":true,"value":"{key}","variables":{"key":{"description":"k","format":"string"}}}]},
			"runtimeArguments":[{"type":"named","name":"--mount","value":"type=bind","isRepeated":true,"variables":{"a":{"isRequired":true}}}],
			"packageArguments":[{"type":"positional","valueHint":"path","format":"filepath","choices":["a"],"default":"a"},{"type":"positional","value":"x"}],
			"environmentVariables":[{"name":"KEY","description":"k","isRequired":true,"isSecret":true,"placeholder":"p"}]},
			{"registryType":"oci","identifier":"acme/rich","transport":{"type":"stdio"}},
			{"registry_type":"npm","identifier":"acme","version":"1","environment_variables":[{"name":"A","is_required":true}]}],
		"remotes":[{"type":"sse","url":"https://acme.example/sse","headers":[]},{"type":"streamable-http","url":"https://{tenant}.acme.example/mcp","variables":{"tenant":{"default":"a"}}}],
		"_meta":{"io.modelcontextprotocol.registry/publisher-provided":{"a":{"b":1}},"io.modelcontextprotocol.registry/official":{"c":true},"x":1}}`
	require.NoError(tb, json.Unmarshal([]byte(text), &value))
	return value
}

// odd are what a value is replaced with, one after the other.
var odd = []any{
	nil, true, 1.5, "", "x", "latest", "any", "stdio", "sse", "named", "positional", strings.Repeat("é", 101), strings.Repeat("x", 256), "https://", "https://a b",
	"https://a/\u2028", "http://[::1]:8080/", "http://[::1%25eth0]/", "http://::1/", "http://a:b/", "mailto:a@b.c", "/relative", "HTTPS://A", "https://a/%zz", "a/b", "a/b/c", "A\nb/c", "12x34", "12x34\n",
	strings.Repeat("0a", 32), strings.Repeat("0A", 32), []any{}, []any{nil}, []any{"x"}, []any{map[string]any{}}, map[string]any{}, map[string]any{"x": 1.0},
	map[string]any{"x": map[string]any{"description": 1.0}}, map[string]any{"type": "sse"}, map[string]any{"type": "named", "value": "x"},
}

// TestVerdictsAreThoseOfAFullValidator takes every entry, and every entry with
// each of its values removed or replaced.
func TestVerdictsAreThoseOfAFullValidator(t *testing.T) {
	all := published(t)
	compared, fits := 0, 0
	ask := func(root any) {
		raw, err := json.Marshal(root)
		require.NoError(t, err)
		compared++
		fits += compare(t, all, raw)
	}
	list := entries(t)
	for i, entry := range list {
		ask(entry)
		if i%20 == 0 { // the others are much alike
			delete(entry.(map[string]any), "_meta")
			mutate(entry, func() { ask(entry) })
		}
	}
	require.Greater(t, compared, 1000)
	t.Logf("%d entries as of 6 revisions, %d verdicts were yes", compared, fits)
}

// mutate changes a tree in one place after the other and sets it right again.
func mutate(value any, ask func()) {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			delete(v, key)
			ask()
			for _, other := range odd {
				v[key] = other
				ask()
			}
			v[key] = member
			mutate(member, ask)
		}
	case []any:
		for i, element := range v {
			for _, other := range odd {
				v[i] = other
				ask()
			}
			v[i] = element
			mutate(element, ask)
		}
	}
}

func FuzzVerdict(f *testing.F) {
	all := published(f)
	for _, entry := range entries(f)[:41] {
		raw, err := json.Marshal(entry)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		canonical, err := registry.Canonical(raw)
		if err != nil || canonical[0] != '{' {
			return
		}
		compare(t, all, raw)
	})
}
