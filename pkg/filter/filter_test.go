package filter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func names(include, exclude []string) filter.Spec {
	return filter.Spec{Names: filter.Patterns{Include: include, Exclude: exclude}}
}

func tags(include, exclude []string) filter.Spec {
	return filter.Spec{Tags: filter.Patterns{Include: include, Exclude: exclude}}
}

func TestKeep(t *testing.T) {
	type list = []string
	tests := map[string]struct {
		why  string
		spec filter.Spec
		name string
		tags []string
		want bool
	}{
		"empty":           {why: "an empty list is no constraint", name: "io.x/a", want: true},
		"included":        {why: "one include is enough", spec: names(list{"b", "a"}, nil), name: "io.x/a", want: true},
		"not included":    {why: "a non-empty include must match", spec: names(list{"b"}, nil), name: "io.x/a"},
		"exclude wins":    {why: "exclude beats include", spec: names(list{"*"}, list{"a"}), name: "io.x/a"},
		"star and slash":  {why: "pitfall 6: * crosses /", spec: names(nil, list{"*-remote"}), name: "io.github.x/y-remote"},
		"inner star":      {why: "pitfall 6: also inside", spec: names(list{"io*b"}, nil), name: "io.x/a/b", want: true},
		"short name":      {why: "ToolHive's short names keep their meaning", spec: names(list{"github*"}, nil), name: "io.github.stacklok/github-enterprise", want: true},
		"short exclude":   {why: "and never fail open", spec: names(nil, list{"github"}), name: "io.github.stacklok/github"},
		"short is whole":  {why: "a glob covers all of the part", spec: names(list{"git"}, nil), name: "io.github.stacklok/github"},
		"whole name":      {why: "a slash means the whole name", spec: names(list{"io.x/*"}, nil), name: "io.x/a", want: true},
		"slash, part":     {why: "and only that", spec: names(list{"/a"}, nil), name: "io.x/a"},
		"no slash, whole": {why: "namespaces can be excluded without a slash", spec: names(nil, list{"io.x*"}), name: "io.x/a"},
		"question mark":   {why: "exactly one character, / too", spec: names(list{"io.x?a"}, nil), name: "io.x/a", want: true},
		"question, none":  {why: "not none", spec: names(list{"a?"}, nil), name: "io.x/a"},
		"set":             {why: "a set is one of", spec: names(list{"[a-cx]1"}, nil), name: "io.x/b1", want: true},
		"negated set":     {why: "a negated set is none of", spec: names(list{"[!a-c]1"}, nil), name: "io.x/b1"},
		"caret set":       {why: "^ negates as ! does", spec: names(list{"[^a-c]1"}, nil), name: "io.x/z1", want: true},
		"set with ]":      {why: "] may come first", spec: names(list{"[]a]"}, nil), name: "io.x/a", want: true},
		"dash in set":     {why: "a dash at the end is a dash", spec: names(list{"a[b-]c"}, nil), name: "io.x/a-c", want: true},
		"escaped":         {why: "a backslash takes the magic away", spec: names(list{`\*`}, nil), name: "io.x/a"},
		"dots":            {why: "a dot is no magic", spec: names(list{"a.b"}, nil), name: "io.x/aXb"},
		"name case":       {why: "names are exact", spec: names(list{"A"}, nil), name: "io.x/a"},
		"tag":             {why: "one of the tags is enough", spec: tags(list{"db", "web"}, nil), name: "io.x/a", tags: list{"x", "web"}, want: true},
		"tag case":        {why: "tags are exact", spec: tags(list{"DB"}, nil), name: "io.x/a", tags: list{"db"}},
		"tag no glob":     {why: "tags are not globs", spec: tags(list{"*"}, nil), name: "io.x/a", tags: list{"db"}},
		"no tags":         {why: "a server without tags is not included", spec: tags(list{"db"}, nil), name: "io.x/a"},
		"tag excluded":    {why: "exclude wins", spec: tags(list{"db"}, list{"old"}), name: "io.x/a", tags: list{"db", "old"}},
		"names and tags": {why: "both must pass", name: "io.x/a", tags: list{"db"},
			spec: filter.Spec{Names: filter.Patterns{Include: list{"a"}}, Tags: filter.Patterns{Include: list{"web"}}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.New(test.spec)
			require.NoError(t, err)
			require.Equal(t, test.want, f.Keep(registry.Server{Name: test.name, Tags: test.tags}), test.why)
		})
	}
}

// Pitfall 5: an invalid glob gave no servers and phase Ready.
func TestNewRefuses(t *testing.T) {
	tests := map[string]struct {
		why  string
		spec filter.Spec
		want string
	}{
		"open set":    {why: "which one is wrong must be said", spec: names(nil, []string{"a", "b", "[c"}), want: `filter.names.exclude[2] "[c"`},
		"empty set":   {why: "] first is an element", spec: names([]string{"[]"}, nil), want: `filter.names.include[0] "[]"`},
		"upside down": {why: "such a range matches nothing", spec: names([]string{"[z-a]"}, nil), want: "upside down"},
		"backslash":   {why: "nothing to take the magic of", spec: names([]string{`a\`}, nil), want: "ends with a single"},
		"in a range":  {why: "nor inside a set", spec: names([]string{`[a-\`}, nil), want: "ends with a single"},
		"empty name":  {why: "it would empty the registry", spec: names([]string{""}, nil), want: `filter.names.include[0] ""`},
		"empty tag":   {why: "so would this", spec: tags([]string{"x", ""}, nil), want: `filter.tags.include[1] ""`},
		"exclude tag": {why: "a mistake is a mistake", spec: tags(nil, []string{""}), want: `filter.tags.exclude[0] ""`},
		"too long":    {why: "the size of a program is bounded", spec: names([]string{strings.Repeat("a", 2000)}, nil), want: "longer"},
		"not UTF-8":   {why: "it could never match", spec: names([]string{"\xff"}, nil), want: "UTF-8"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.New(test.spec)
			require.ErrorContains(t, err, test.want, test.why)
			require.Nil(t, f, "no half filter")
		})
	}
}

func TestHostilePattern(t *testing.T) {
	// With backtracking this would not end in our lifetime.
	f, err := filter.New(names([]string{strings.Repeat("a*", 500) + "b"}, nil))
	require.NoError(t, err)
	require.False(t, f.Keep(registry.Server{Name: "x/" + strings.Repeat("a", 10_000)}))
}

func TestApplyKeepsOrderAndInput(t *testing.T) {
	servers := []registry.Server{{Name: "x/c"}, {Name: "x/a"}, {Name: "x/b"}}
	f, err := filter.New(names(nil, []string{"c"}))
	require.NoError(t, err)
	require.Equal(t, []registry.Server{{Name: "x/a"}, {Name: "x/b"}}, f.Apply(servers))
	require.Equal(t, "x/c", servers[0].Name, "the input is not touched")
	require.Empty(t, f.Apply(nil))
}

func TestRealNames(t *testing.T) {
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		t.Skip("MCP_REGISTRY_TEST_DATA is not set: no real data")
	}
	data, err := os.ReadFile(filepath.Join(folder, "toolhive-registry.json"))
	require.NoError(t, err)
	var file struct {
		Servers       map[string]struct{ Tags []string }
		RemoteServers map[string]struct{ Tags []string } `json:"remote_servers"`
	}
	require.NoError(t, json.Unmarshal(data, &file))
	var servers []registry.Server
	for name, s := range file.Servers {
		servers = append(servers, registry.Server{Name: "io.github.stacklok/" + name, Tags: s.Tags})
	}
	for name, s := range file.RemoteServers {
		servers = append(servers, registry.Server{Name: "io.github.stacklok/" + name, Tags: s.Tags})
	}
	require.Len(t, servers, 87)

	// What is included and what is excluded by the same pattern are everything.
	for _, spec := range []filter.Patterns{{Include: []string{"*-remote"}}, {Include: []string{"a*", "io.*/git*"}}} {
		in, err := filter.New(names(spec.Include, nil))
		require.NoError(t, err)
		out, err := filter.New(names(nil, spec.Include))
		require.NoError(t, err)
		kept := in.Apply(servers)
		require.NotEmpty(t, kept)
		require.Len(t, out.Apply(servers), len(servers)-len(kept))
	}
	// Pitfall 6: this very pattern let remote servers through.
	f, err := filter.New(names(nil, []string{"*-remote"}))
	require.NoError(t, err)
	for _, s := range f.Apply(servers) {
		require.False(t, strings.HasSuffix(s.Name, "-remote"), s.Name)
	}
	f, err = filter.New(tags([]string{"database"}, []string{"sql"}))
	require.NoError(t, err)
	for _, s := range f.Apply(servers) {
		require.Contains(t, s.Tags, "database")
		require.NotContains(t, s.Tags, "sql")
	}
}

// FuzzFilter compares with a matcher that is too simple to be wrong and checks
// that a compiled exclude never lets pass what the same include would.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][2]string{
		{"*-remote", "io.github.x/y-remote"}, {"[a-c]?*", "x/bz"}, {`\[a\*`, "x/[a*"}, {"[!/]*/**", "a/b"}, {"[]-]", "x/-"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		in, err := filter.New(names([]string{pattern}, nil))
		if err != nil {
			return
		}
		out, err := filter.New(names(nil, []string{pattern}))
		require.NoError(t, err)
		s := registry.Server{Name: name}
		require.NotEqual(t, in.Keep(s), out.Keep(s))
		if strings.ContainsAny(pattern, `[\`) || strings.Count(pattern, "*") > 3 || len(name) > 30 {
			return
		}
		short := name[strings.LastIndexByte(name, '/')+1:]
		want := simple([]rune(pattern), []rune(name)) ||
			!strings.Contains(pattern, "/") && simple([]rune(pattern), []rune(short))
		require.Equal(t, want, in.Keep(s))
	})
}

func simple(pattern, name []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == '*':
		return simple(pattern[1:], name) || len(name) > 0 && simple(pattern, name[1:])
	case len(name) == 0:
		return false
	}
	return (pattern[0] == '?' || pattern[0] == name[0]) && simple(pattern[1:], name[1:])
}
