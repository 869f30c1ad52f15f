package registry_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// reference is the canonical form as encoding/json would make it from a tree:
// slowly, but in few words.
func reference(raw []byte) (string, error) {
	if !utf8.Valid(raw) {
		return "", registry.ErrNotUTF8
	}
	if err := json.Unmarshal(raw, new(json.RawMessage)); err != nil {
		return "", err
	}
	// What is left of the escapes without those of whole characters.
	if halfEscape.Match(wholeEscape.ReplaceAll(raw, []byte(" "))) {
		return "", registry.ErrSurrogate
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return "", err
	}
	return spelled(tree, 0)
}

var (
	wholeEscape = regexp.MustCompile(`\\[^u]|(?i:\\ud[89ab]..\\ud[c-f]..)`)
	halfEscape  = regexp.MustCompile(`(?i:\\ud[89a-f])`)
)

func spelled(value any, depth int) (string, error) {
	switch v := value.(type) {
	case string:
		return spelledText(v)
	case []any, map[string]any:
		if depth == registry.MaxDepth {
			return "", registry.ErrTooDeep
		}
	}
	var parts []string
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			part, err := spelled(element, depth+1)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "[" + strings.Join(parts, ",") + "]", nil
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name, err := spelledText(key)
			if err != nil {
				return "", err
			}
			part, err := spelled(v[key], depth+1)
			if err != nil {
				return "", err
			}
			parts = append(parts, name+":"+part)
		}
		return "{" + strings.Join(parts, ",") + "}", nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func spelledText(text string) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(text)
	if strings.ContainsRune(text, 0) {
		return "", registry.ErrNUL
	}
	literal := strings.TrimSuffix(b.String(), "\n")
	// encoding/json still escapes these for JavaScript of old, and knows two more short escapes.
	return strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029", `\b`, `\u0008`, `\f`, `\u000c`).Replace(literal), err
}

// agree holds both ways of [registry] against the reference. What is wrong in two
// ways, or is dropped because its key comes again, may be told of either way.
func agree(t *testing.T, raw []byte) {
	t.Helper()
	want, wrong := reference(raw)
	got, err := registry.Canonical(raw)
	if err != nil && wrong == nil {
		require.True(t, repeats(raw), "%q: %v", raw, err)
	} else {
		require.Equal(t, wrong == nil, err == nil, "%q: %v, %v", raw, wrong, err)
	}
	if err != nil {
		return
	}
	require.Equal(t, want, string(got))

	var r registry.Respeller
	for _, around := range [][2]string{{"", ""}, {"", " \n"}, {"\t ", "\r"}} {
		text := slices.Concat([]byte(around[0]), raw, []byte(around[1]))
		for range 2 { // after the first time, the text still means the same
			require.NoError(t, r.Read(text))
			require.Equal(t, want, string(r.Value()))
			require.Equal(t, want, string(r.Keep()))
		}
	}
}

// repeats says whether an object has a key twice.
func repeats(raw []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	type level map[string]bool
	var open []level
	var key bool
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				open = append(open, map[bool]level{true: {}, false: nil}[v == '{'])
				key = v == '{'
				continue
			}
			open = open[:len(open)-1]
		case string:
			if key {
				if open[len(open)-1][v] {
					return true
				}
				open[len(open)-1][v] = true
				key = false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

// FuzzReference: the fast way and the plain one agree on every input.
func FuzzReference(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1,2.50,{"x":"\u00e9\n"}],"a":null}`, `{"a":1,"a":2}`, `[[],{},""]`, `"\ud800"`, `2e999`, `{]`, `{,,`, `{"a`, ``,
		`"\ud83d\ude00\ud83d\u0041\ude00"`, `"\b\f\/\u0008\u000C\u001f\u007f"`, `{"\u0062":1,"a":{"c":1,"b":2}}`, "\"\xff\"", `"\u0000"`,
		`-0.1e+5`, `01`, `1.`, `-`, `tru`, `[1 2]`, `{"a" 1}`, "\"\t\"", `"\x"`, `"\u12"`, `{"a":"\u0000","a":1}`, strings.Repeat("[", 66) + strings.Repeat("]", 66),
		`{"aaaaaaaaaaaaaaaa":"bbbbbbbbbbbbbbbbbbbbbbbbé","aaaaaaaaaaaaaaa":" 	"}`, "[\"\u2028\\u2028\",\"\\\\u2028\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(agree)
}

func TestReferenceOnRealData(t *testing.T) {
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		t.Skip("MCP_REGISTRY_TEST_DATA is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		agree(t, data)
	}
}
