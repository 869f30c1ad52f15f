package browse_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/index"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// described makes a server with ToolHive's metadata; more is more of its JSON.
func described(tb testing.TB, name, description, toolhive, more string) registry.Server {
	tb.Helper()
	return server(tb, fmt.Sprintf(`{"name":%q,"version":"1.0.0","description":%q,
		"_meta":{"io.modelcontextprotocol.registry/publisher-provided":{"io.github.stacklok":{"image":%s}}}%s}`, name, description, toolhive, more))
}

func server(tb testing.TB, raw string) registry.Server {
	tb.Helper()
	canonical, err := registry.Canonical([]byte(raw))
	require.NoError(tb, err)
	var id struct{ Name, Version string }
	require.NoError(tb, json.Unmarshal(canonical, &id))
	return registry.Server{Name: id.Name, Version: id.Version, JSON: canonical}
}

// catalog is a Catalog with the names of the records by their numbers.
type catalog struct {
	*browse.Catalog

	names []string
}

func newCatalog(tb testing.TB, servers ...registry.Server) catalog {
	tb.Helper()
	snapshot, _, err := registry.Build(servers, registry.Snapshot{}, corpus.Noon)
	require.NoError(tb, err)
	return load(tb, snapshot)
}

func load(tb testing.TB, snapshot registry.Snapshot) catalog {
	tb.Helper()
	c := catalog{}
	var b browse.Builder
	require.NoError(tb, snapshot.Each(func(p registry.Parsed) error {
		b.Add(len(c.names), p)
		c.names = append(c.names, p.Name+"@"+p.Version)
		return nil
	}))
	c.Catalog = b.Build(texts(tb, snapshot))
	return c
}

func texts(tb testing.TB, snapshot registry.Snapshot) *index.Index {
	tb.Helper()
	var b index.Builder
	require.NoError(tb, snapshot.Each(func(p registry.Parsed) error {
		b.Add(p.Name, meaning(p.Title), meaning(p.Description))
		return nil
	}))
	return b.Build()
}

// meaning of a JSON string; nothing for other values.
func meaning(literal json.RawMessage) string {
	var text string
	_ = json.Unmarshal(literal, &text)
	return text
}

// answer is a result as clients see it.
type answer struct {
	names  []string
	total  int
	facets map[string]map[string]int
	next   string
}

func (c catalog) ask(tb testing.TB, query string) answer {
	tb.Helper()
	q, err := browse.ParseQuery(query)
	require.NoError(tb, err, query)
	result := c.Search(q)
	a := answer{names: []string{}, total: result.Total, next: result.Next, facets: map[string]map[string]int{}}
	for _, number := range result.Numbers {
		a.names = append(a.names, c.names[number])
	}
	var listed map[string][]struct {
		Value string
		Count int
	}
	require.NoError(tb, json.Unmarshal(result.Facets, &listed), "%s", result.Facets)
	for facet, values := range listed {
		a.facets[facet] = map[string]int{}
		for i, v := range values {
			require.NotContains(tb, a.facets[facet], v.Value, "a value is listed once")
			require.True(tb, i == 0 || values[i-1].Count >= v.Count, "the most frequent come first")
			a.facets[facet][v.Value] = v.Count
		}
	}
	return a
}

// pages follows the cursors of query to the end.
func (c catalog) pages(tb testing.TB, query string) []string {
	tb.Helper()
	a := c.ask(tb, query)
	all := a.names
	for a.next != "" {
		total := a.total
		a = c.ask(tb, "limit=7&cursor="+a.next)
		require.Equal(tb, total, a.total, "the total is that of all pages")
		require.NotEmpty(tb, a.names, "a cursor promises more")
		all = append(all, a.names...)
		require.LessOrEqual(tb, len(all), len(c.names))
	}
	require.Len(tb, all, a.total)
	return all
}
