package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// referenceUpstream reads an upstream file in the plainest way: encoding/json says
// what is valid, and each entry is read by itself and as it is written.
func referenceUpstream(data []byte) (registry.Catalog, error) {
	c := collector{seen: map[registry.ID]struct{}{}}
	var list json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return registry.Catalog{}, err
	}
	lists, err := listsOf(list)
	if err != nil {
		return registry.Catalog{}, err
	}
	for _, l := range lists {
		if string(l) != "null" && l[0] != '[' {
			return registry.Catalog{}, &kindError{}
		}
		position := 0
		for raw := range registry.Elements(l) {
			position++
			e := readWritten(raw)
			name := e.server.Name
			if name == "" {
				name = fmt.Sprintf("#%d", position)
			}
			if err := c.add(name, e.server, e.err); err != nil {
				return registry.Catalog{}, err
			}
		}
	}
	return c.catalog, nil
}

// listsOf are the lists of servers that a file has, in the order of the file.
func listsOf(file json.RawMessage) ([]json.RawMessage, error) {
	if file[0] == '[' {
		return []json.RawMessage{file}, nil
	}
	var lists []json.RawMessage
	for key, value := range registry.Members(file) {
		switch {
		case key == "servers":
			lists = append(lists, value)
		case key != "data":
		case string(value) != "null" && value[0] != '{':
			return nil, &kindError{}
		default:
			lists = append(lists, serversOf(value)...)
		}
	}
	if len(lists) == 0 {
		return nil, errOnlyNull
	}
	return lists, nil
}

func serversOf(data json.RawMessage) (lists []json.RawMessage) {
	for key, value := range registry.Members(data) {
		if key == "servers" {
			lists = append(lists, value)
		}
	}
	return lists
}

// agree holds a parse, of which the file's bytes become part, against the reference.
func agree(t *testing.T, data []byte) {
	t.Helper()
	want, wrong := referenceUpstream(data)
	text := slices.Clone(data)
	got, err := Parse(Upstream, text)
	require.Equal(t, wrong == nil, err == nil, "%v, %v", wrong, err)
	if err != nil {
		require.Empty(t, got)
		return
	}
	same(t, want, got)
	again, err := Parse(Upstream, text)
	require.NoError(t, err, "what a file means stays")
	same(t, want, again)
}

func same(t *testing.T, want, got registry.Catalog) {
	t.Helper()
	require.Len(t, got.Servers, len(want.Servers))
	for i := range want.Servers { // all at once is slow to compare
		require.Equal(t, want.Servers[i], got.Servers[i])
	}
	require.Equal(t, want.Rejected, got.Rejected)
}

func TestParseAgreesWithReference(t *testing.T) {
	indented := corpus.File(t, 3000, "\t")
	files := map[string][]byte{"compact": corpus.File(t, 3000, ""), "indented": indented}
	// Bad entries of every kind among many good ones, in several batches.
	bad := []string{"7", "null", `{"name":"a"}`, "{\"name\":\"a/b\",\"version\":\"1\",\"description\":\"\xff\"}", `{"x":"\u0000"}`, strings.Repeat("[", 70) + strings.Repeat("]", 70),
		`{"server":{"name":"a/b","version":"1","description":"first"},"server":{"name":"a/b","version":"2","description":"second"}}`,
		`{"server":{"name":"a/c","version":"1","description":"d"},"_meta":{"x":"\u0000"}}`, `{"server":7}`, `{"name":"a/b","version":"1","description":"\b\f\b\f"}`,
		`{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json","name":"a/s","version":"1","description":"d","title":""}`}
	var mixed bytes.Buffer
	mixed.WriteByte('[')
	for i, s := range corpus.Servers(3000) {
		if i%3 == 0 {
			fmt.Fprintf(&mixed, `{"server":%s,"_meta":{"z":"%d","%s":{"status":"active"},"a\n":[{ }]}}`, s.JSON, i, registry.OfficialKey)
		} else {
			mixed.Write(s.JSON)
		}
		fmt.Fprintf(&mixed, ",%s,", bad[i%len(bad)])
	}
	mixed.WriteString("1]")
	files["mixed"] = mixed.Bytes()
	if folder := os.Getenv("MCP_REGISTRY_TEST_DATA"); folder != "" {
		paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
		require.NoError(t, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			files[filepath.Base(path)] = data
		}
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			agree(t, data)
			agree(t, data[:len(data)-1])
			agree(t, data[:len(data)/2])
			agree(t, slices.Replace(slices.Clone(data), len(data)/2, len(data)/2+1, '}'))
		})
	}
}

func FuzzReference(f *testing.F) {
	for _, seed := range []string{
		`[{"name":"a/b","version":"1","description":"x"},{"server":{"name":"a/c","version":"1","description":"y"},"_meta":{"io.modelcontextprotocol.registry/official":{"status":"deleted","statusMessage":"m","isLatest":true}}}]`,
		`{"data":{"servers":[{"name":"a/b","version":"v1.x","description":" "}]},"servers":[{"name":"a/b","version":"1","description":"x"}]}`,
		`[{"server":{"name":"a/c","version":"1","description":"y"},"_meta":{"b":{"z":1,"a":2},"io.modelcontextprotocol.registry/official":{},"a":"\u0041","b":0}}]`,
		`[:`, `{"servers":null}`, `[1,]`, `[1 2]`, `{"servers":[{}],}`, "[\"\xff\"]", `{"a":1`, `{"servers":[{"name":"a/b","version":"1","description":"x","name":"a/c"}]}`,
		`[{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json","name":"a/s","version":"1","description":"d","title":"t"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(agree)
}

// A panic in a goroutine would end the operator; whoever parses survives it.
func TestPanicIsTheReaders(t *testing.T) {
	s := newStream([]byte(`1,2]`))
	require.PanicsWithValue(t, "a bug", func() {
		_ = s.inParallel(func(*registry.Respeller, []byte) entry { panic("a bug") }, func(int) {}, func(int, entry) error { return nil })
	})
}

func FuzzQuickChecks(f *testing.F) {
	name, url := regexp.MustCompile(`^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$`), webURL
	for _, seed := range []string{"a/b", "a/b/c", "io.acme-x/y_z", "a_b/c", "https://a", "https:///", "HTTP://A?b", "1.0.0", "1.x", "^1", "1 - 2", "1||2", "\u00a01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, name.MatchString(text), serverName(text))
		require.Equal(t, url.MatchString(text), isWebURL(text))
		isRange := comparator.MatchString(text) || alternative.MatchString(text) || placeholder.MatchString(text)
		require.Equal(t, isRange || text == "" || text == "latest" || len([]rune(text)) > maxVersion, checkVersion(text) != nil)
	})
}
