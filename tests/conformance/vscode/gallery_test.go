package vscode_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/vscode"
)

// latest returns what a gallery must show, in order.
func latest(t *testing.T, s registry.Snapshot) []string {
	t.Helper()
	var ids []string
	require.NoError(t, s.Each(func(p registry.Parsed) error {
		if p.Official.IsLatest && p.Official.Status != registry.StatusDeleted {
			ids = append(ids, p.Name+"@"+p.Version)
		}
		return nil
	}))
	return ids
}

func ids(servers []vscode.Server) []string {
	all := make([]string, len(servers))
	for i, s := range servers {
		all[i] = s.Server.Name + "@" + s.Server.Version
	}
	return all
}

func TestPagesThroughEverything(t *testing.T) {
	cases := map[string]func(*testing.T) registry.Snapshot{
		"history": func(t *testing.T) registry.Snapshot { return corpus.Final(t) },
		"10,000":  func(t *testing.T) registry.Snapshot { return corpus.Of(t, corpus.Numbered(10_000)) },
	}
	for file := range corpus.RealFiles {
		cases[file] = func(t *testing.T) registry.Snapshot { return corpus.Real(t, file) }
	}
	for name, snapshotOf := range cases {
		t.Run(name, func(t *testing.T) {
			snapshot := snapshotOf(t)
			_, base := corpus.Serve(t, snapshot)
			c := vscode.Client{URL: base}
			require.NoError(t, c.Probe(t.Context()))
			all, err := c.Search(t.Context(), "")
			require.NoError(t, err)
			require.Equal(t, latest(t, snapshot), ids(all))
		})
	}
}

func TestSearch(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	cases := map[string]struct {
		why, text string
		want      []string
	}{
		"name":        {"a part of it", "/half", []string{"com.example/half@1.0.0"}},
		"case":        {"does not matter", "ALL-packages", []string{"org.example.rich/all-packages@3.2.1"}},
		"title":       {"people know titles", "remote servers", []string{"org.example.rich/remotes@1.0.0"}},
		"description": {"and what it does", "of every registry type", []string{"org.example.rich/all-packages@3.2.1"}},
		"unicode":     {"beyond ASCII", "ÖST und \u6771\u4eac", []string{"org.example.rich/unicode@1.0.0"}},
		"special":     {"what an URL must escape", `& "quotes" \`, []string{"org.example.rich/unicode@1.0.0"}},
		"wildcards":   {"are letters like others", "%", []string{}},
		"withdrawn":   {"is not shown", "com.example/gone", []string{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, err := vscode.Client{URL: base}.Search(t.Context(), c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, ids(found), c.why)
		})
	}
}

// Between any two pages the snapshot is swapped. Entries that all snapshots
// have are seen exactly once, and the search holds although page two lacks it.
func TestSwapBetweenPages(t *testing.T) {
	stable, passing := corpus.Numbered(400), passers(300)
	before := corpus.Of(t, stable)
	wanted := map[string]bool{}
	for _, id := range latest(t, before) {
		wanted[strings.TrimSuffix(id, "@1.0.0")] = true
	}
	server, base := corpus.Serve(t, before)
	c := vscode.Client{URL: base}
	for _, search := range []string{"", "server-"} {
		seen := map[string]int{}
		cursor := ""
		for page := range 100 {
			// Every snapshot has other entries before, between and after the stable ones.
			others := slices.DeleteFunc(slices.Clone(passing), func(d json.RawMessage) bool {
				return page%3 == 0 || strings.Contains(string(d), fmt.Sprintf("%d\"", page%10))
			})
			require.NoError(t, server.Load(corpus.Of(t, append(others, stable...))))
			got, err := c.Page(t.Context(), cursor, search)
			require.NoError(t, err)
			for _, s := range got.Servers {
				seen[s.Server.Name]++
			}
			search, cursor = "", got.Metadata.NextCursor
			if cursor == "" {
				break
			}
		}
		require.Empty(t, cursor, "the pages came to an end")
		stableSeen := 0
		for name, times := range seen {
			require.Equal(t, 1, times, name)
			if wanted[name] {
				stableSeen++
			}
		}
		require.Equal(t, 400, stableSeen)
	}
}

// passers makes n servers whose names lie around those of [corpus.Numbered].
func passers(n int) []json.RawMessage {
	documents := make([]json.RawMessage, n)
	for i := range documents {
		prefix := []string{"com.example.many/a", "com.example.many/server-000", "zz.last/server-"}[i%3]
		documents[i] = fmt.Appendf(nil, `{"name":"%sx%04d","version":"1.0.0","description":"a passing server-"}`, prefix, i)
	}
	return documents
}
