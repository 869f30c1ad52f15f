package thv

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}

// entry is what the tool should know of a server.
type entry struct {
	Name, Description string
	Packages          []struct{ RegistryType, Identifier string }
	Remotes           []struct{ URL string }
	Meta              struct {
		Provided struct {
			ToolHive map[string]shown `json:"io.github.stacklok"`
		} `json:"io.modelcontextprotocol.registry/publisher-provided"`
	} `json:"_meta"`
}

// usable reports whether the tool can run the server.
func (e entry) usable() bool {
	return len(e.Remotes) > 0 || len(e.Packages) == 1 && e.Packages[0].RegistryType == "oci"
}

// where is the image or URL by which ToolHive keeps what it knows.
func (e entry) where() string {
	if len(e.Remotes) > 0 {
		return e.Remotes[0].URL
	}
	return e.Packages[0].Identifier
}

// usable are the servers that the tool should show, by name.
func usable(t *testing.T, snapshot registry.Snapshot) []entry {
	t.Helper()
	var all []entry
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		var e entry
		require.NoError(t, json.Unmarshal(p.Server, &e))
		if p.Official.IsLatest && p.Official.Status != registry.StatusDeleted && e.usable() {
			all = append(all, e)
		}
		return nil
	}))
	return all
}

func names[T any](all []T, name func(T) string) []string {
	list := make([]string, len(all))
	for i, one := range all {
		list[i] = name(one)
	}
	slices.Sort(list)
	return list
}

func checkShown(t *testing.T, want entry, got shown) {
	t.Helper()
	require.Equal(t, want.Name, got.Name)
	require.Equal(t, want.Description, got.Description)
	if len(want.Remotes) > 0 {
		require.Equal(t, want.where(), got.URL)
	} else {
		require.Equal(t, want.where(), got.Image)
	}
	known := want.Meta.Provided.ToolHive[want.where()]
	require.Equal(t, known.Tier, got.Tier)
	require.Equal(t, known.Tags, got.Tags)
	require.Equal(t, known.Tools, got.Tools)
	require.Equal(t, known.Status, got.Status)
}

// Every server of a real catalogue that the tool can run is listed with all it
// needs to know, found and shown.
func TestRealCatalogues(t *testing.T) {
	for file, format := range corpus.RealFiles {
		t.Run(file, func(t *testing.T) {
			it := find(t)
			want := usable(t, corpus.Real(t, file))
			require.NotEmpty(t, want)
			it.use(t, program.Serve(t, corpus.RealPath(t, file), format))

			list := it.list(t, "registry", "list", "--refresh")
			require.Equal(t, names(want, func(e entry) string { return e.Name }), names(list, func(s shown) string { return s.Name }))
			for _, s := range list {
				at := slices.IndexFunc(want, func(e entry) bool { return e.Name == s.Name })
				checkShown(t, want[at], s)
			}

			for _, e := range []entry{want[0], want[len(want)/2], want[len(want)-1]} {
				require.Contains(t, names(it.list(t, "search", e.Name), func(s shown) string { return s.Name }), e.Name)
				for _, name := range []string{e.Name, e.Name[strings.Index(e.Name, "/")+1:]} {
					checkShown(t, e, it.info(t, name))
				}
			}
			require.Contains(t, it.run(t, "registry", "list"), want[0].Name)
			require.Contains(t, it.run(t, "registry", "info", want[0].Name), "Name: "+want[0].Name)
			require.Contains(t, it.run(t, "search", "no-such-thing-anywhere"), "No servers found")
		})
	}
}

// Ten thousand are the most that the tool accepts, and it asks for each of them
// before it does anything.
func TestTenThousand(t *testing.T) {
	it := find(t)
	documents := corpus.Numbered(10_000)
	it.use(t, program.ServeDocuments(t, documents))
	require.Len(t, it.list(t, "registry", "list", "--refresh"), len(documents))
	require.Len(t, it.list(t, "search", "server-00999"), 10)
	var last entry
	require.NoError(t, json.Unmarshal(documents[len(documents)-1], &last))
	checkShown(t, last, it.info(t, last.Name))
}

// The registry may be named in the URL, and a slash at the end does no harm.
func TestNamedInTheURL(t *testing.T) {
	it := find(t)
	documents := corpus.Numbered(50)
	base := program.ServeDocuments(t, documents)
	for _, url := range []string{base + "/", base + "/registry/" + corpus.RegistryName, base + "/registry/" + corpus.RegistryName + "/"} {
		it.use(t, url)
		require.Len(t, it.list(t, "registry", "list", "--refresh"), len(documents), url)
	}
}
