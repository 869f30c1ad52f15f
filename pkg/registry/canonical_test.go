package registry_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func TestCanonical(t *testing.T) {
	tests := map[string]struct{ why, in, want string }{
		"order": {
			why:  "pitfall 11: order must not change the hash",
			in:   `{"b":1,"a":{"d":[2,1],"c":null}}`,
			want: `{"a":{"c":null,"d":[2,1]},"b":1}`,
		},
		"whitespace": {
			why:  "pitfall 11: nor must formatting",
			in:   "\n{ \"a\" :\t[ 1 , 2 ] , \"b\" : { } , \"c\" : [ ] }\r\n",
			want: `{"a":[1,2],"b":{},"c":[]}`,
		},
		"numbers": {
			why:  "a rounded number is another number",
			in:   `[12345678901234567890,1.0,1e400,-0,0.1000]`,
			want: `[12345678901234567890,1.0,1e400,-0,0.1000]`,
		},
		"html": {
			why:  "URLs and Markdown must reach clients as they were written",
			in:   `{"u":"https://x/?a=1&b=<c>"}`,
			want: `{"u":"https://x/?a=1&b=<c>"}`,
		},
		"escapes": {
			why:  "one string has one spelling",
			in:   `["\u0041\/\u00e9\ud83d\ude00\u2028\u0026","\u0001\b\n\r\t\"\\"]`,
			want: "[\"A/é😀\u2028&\",\"\\u0001\\u0008\\n\\r\\t\\\"\\\\\"]",
		},
		"escaped keys": {
			why:  "keys are ordered by meaning, not by spelling",
			in:   `{"b":1,"\u0061":2}`,
			want: `{"a":2,"b":1}`,
		},
		"twice": {
			why:  "the last of equal keys counts, as in encoding/json",
			in:   `{"a":1,"b":2,"a":3}`,
			want: `{"a":3,"b":2}`,
		},
		"no character": {why: "U+FFFD may be meant", in: `"\ufffd\uD83D\uDE00\\ud800"`, want: "\"\ufffd😀\\\\ud800\""},
		"scalar":       {why: "any JSON value has a canonical form", in: ` true `, want: `true`},
		"deep": {
			why:  "the limit itself is allowed",
			in:   strings.Repeat("[", registry.MaxDepth) + strings.Repeat("]", registry.MaxDepth),
			want: strings.Repeat("[", registry.MaxDepth) + strings.Repeat("]", registry.MaxDepth),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := registry.Canonical([]byte(test.in))
			require.NoError(t, err, test.why)
			require.Equal(t, test.want, string(got), test.why)
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	tests := map[string]struct {
		why, in string
		is      error
	}{
		"not UTF-8":     {why: "clients would see something else", in: "\"\xff\"", is: registry.ErrNotUTF8},
		"NUL in value":  {why: "NUL ends strings in C", in: `{"a":"x\u0000"}`, is: registry.ErrNUL},
		"NUL in key":    {why: "keys are strings too", in: `{"\u0000":1}`, is: registry.ErrNUL},
		"high half":     {why: "it would become another character", in: `"a\ud800"`, is: registry.ErrSurrogate},
		"low half":      {why: "it would become another character", in: `{"a":"\uDE00 b"}`, is: registry.ErrSurrogate},
		"half in key":   {why: "two keys would become one", in: `{"\ud800":1,"\ud801":2}`, is: registry.ErrSurrogate},
		"halves apart":  {why: "that is no pair", in: `"\ud83d\\\ude00"`, is: registry.ErrSurrogate},
		"wrong order":   {why: "that is no pair", in: `"\ude00\ud83d"`, is: registry.ErrSurrogate},
		"half and NUL":  {why: "the first one is told", in: `"\ud83d\u0000"`, is: registry.ErrSurrogate},
		"no escape":     {why: "that is no JSON", in: `"\ud83d\x"`},
		"too deep":      {why: "readers recurse", in: strings.Repeat("[", 65) + strings.Repeat("]", 65), is: registry.ErrTooDeep},
		"trailing data": {why: "two values are not one", in: `{} {}`},
		"cut off":       {why: "a torn file is not JSON", in: `{"a":`},
		"empty":         {why: "nothing is not JSON", in: ``},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := registry.Canonical([]byte(test.in))
			require.Error(t, err, test.why)
			if test.is != nil {
				require.ErrorIs(t, err, test.is, test.why)
			}
		})
	}
}

func TestMemberIsExact(t *testing.T) {
	object := json.RawMessage(`{"NAME":1,"nested":{"list":[{"name":"no"}],"name":"deep"},"nam\u0065":"yes"}`)
	require.Equal(t, `"yes"`, string(registry.Member(object, "name")), "case matters, spelling does not")
	require.Equal(t, `"deep"`, string(registry.Member(object, "nested", "name")))
	require.Nil(t, registry.Member(object, "nested", "list", "name"), "a list has no members")
	require.Nil(t, registry.Member(object, "absent", "name"))
}

// FuzzCanonical checks that the meaning stays, that the form is a fixed point,
// and that walking the members ends on any input.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1,2.50,{"x":"\u00e9\n"}],"a":null}`, `{"a":1,"a":2}`, `[[],{},""]`, `"\ud800"`, `2e999`, `{]`, `{,,`, `{"a`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for range registry.Members(raw) {
			continue
		}
		got, err := registry.Canonical(raw)
		if err != nil {
			return
		}
		require.Equal(t, meaning(t, raw), meaning(t, got))
		again, err := registry.Canonical(got)
		require.NoError(t, err)
		require.Equal(t, string(got), string(again))
		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, raw, "", "\t"))
		reformatted, err := registry.Canonical(indented.Bytes())
		require.NoError(t, err)
		require.Equal(t, string(got), string(reformatted))
	})
}

// meaning decodes JSON with numbers as they are written.
func meaning(t *testing.T, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}

func BenchmarkCanonical(b *testing.B) {
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		b.Skip("MCP_REGISTRY_TEST_DATA is not set")
	}
	data, err := os.ReadFile(filepath.Join(folder, "toolhive-catalog-2026-11-03.json"))
	require.NoError(b, err)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := registry.Canonical(data)
		require.NoError(b, err)
	}
}
