package merge_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/merge"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func server(name, version, text string) registry.Server {
	return registry.Server{Name: name, Version: version, JSON: fmt.Appendf(nil, `{"name":%q,"text":%q}`, name, text)}
}

func TestMerge(t *testing.T) {
	a1, b1 := server("x/a", "1", "ours"), server("x/b", "1", "ours")
	tests := map[string]struct {
		why       string
		parts     []merge.Part
		want      []registry.Server
		conflicts []string
	}{
		"nothing":    {why: "no sources, no servers", want: []registry.Server{}},
		"one source": {why: "it is taken as it is", parts: []merge.Part{{"one", []registry.Server{b1, a1}}}, want: []registry.Server{b1, a1}},
		"disjoint": {
			why:   "sources add up",
			parts: []merge.Part{{"one", []registry.Server{a1}}, {"two", []registry.Server{b1}}}, want: []registry.Server{a1, b1},
		},
		"another version": {
			why:   "versions of one name may come from different sources",
			parts: []merge.Part{{"one", []registry.Server{a1}}, {"two", []registry.Server{server("x/a", "2", "theirs")}}},
			want:  []registry.Server{a1, server("x/a", "2", "theirs")},
		},
		"conflict": {
			why:   "the earlier source wins and the loser is told",
			parts: []merge.Part{{"one", []registry.Server{a1}}, {"two", []registry.Server{server("x/a", "1", "theirs"), b1}}},
			want:  []registry.Server{a1, b1}, conflicts: []string{"x/a@1 (one before two)"},
		},
		"the same words": {
			why:   "a mirror beside its original is no conflict",
			parts: []merge.Part{{"one", []registry.Server{a1}}, {"two", []registry.Server{a1}}}, want: []registry.Server{a1},
		},
		"the same words, status spelled out": {
			why: "no status means active",
			parts: []merge.Part{
				{"one", []registry.Server{a1}},
				{"two", []registry.Server{{Name: a1.Name, Version: a1.Version, JSON: a1.JSON, Status: registry.StatusActive}}},
			},
			want: []registry.Server{a1},
		},
		"another status": {
			why: "whether a server should be used is worth a word",
			parts: []merge.Part{
				{"one", []registry.Server{a1}},
				{"two", []registry.Server{{Name: a1.Name, Version: a1.Version, JSON: a1.JSON, Status: registry.StatusDeleted}}},
			},
			want: []registry.Server{a1}, conflicts: []string{"x/a@1 (one before two)"},
		},
		"the same words, but of others": {
			why: "what is said beside the server.json counts",
			parts: []merge.Part{
				{"one", []registry.Server{a1}},
				{"two", []registry.Server{{Name: a1.Name, Version: a1.Version, JSON: a1.JSON, Foreign: []byte(`"x":1`)}}},
			},
			want: []registry.Server{a1}, conflicts: []string{"x/a@1 (one before two)"},
		},
		"three": {
			why: "the first wins against all, in the order of names",
			parts: []merge.Part{
				{"one", []registry.Server{b1, a1}},
				{"two", []registry.Server{server("x/b", "1", "2"), server("x/a", "1", "2")}},
				{"three", []registry.Server{server("x/a", "1", "3")}},
			},
			want:      []registry.Server{b1, a1},
			conflicts: []string{"x/a@1 (one before three)", "x/a@1 (one before two)", "x/b@1 (one before two)"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, conflicts := merge.Merge(tc.parts)
			require.Equal(t, tc.want, got, tc.why)
			require.Equal(t, len(tc.conflicts), conflicts.Total, tc.why)
			var told []string
			for _, c := range conflicts.Listed {
				told = append(told, c.String())
			}
			require.Equal(t, tc.conflicts, told, tc.why)
		})
	}
}

func TestConflictsAreBounded(t *testing.T) {
	var one, two []registry.Server
	for i := range 10 * merge.MaxListed {
		name := fmt.Sprintf("x/%06d", i)
		one, two = append(one, server(name, "1", "1")), append(two, server(name, "1", "2"))
	}
	got, conflicts := merge.Merge([]merge.Part{{"one", one}, {"two", two}})
	require.Equal(t, one, got)
	require.Equal(t, 10*merge.MaxListed, conflicts.Total)
	require.Len(t, conflicts.Listed, merge.MaxListed)
}
