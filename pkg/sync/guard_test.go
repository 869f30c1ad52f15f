package sync_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

func TestLossOf(t *testing.T) {
	versions := func(ids ...string) (servers []registry.Server) {
		for _, id := range ids {
			servers = append(servers, registry.Server{Name: id[:1], Version: id[1:]})
		}
		return servers
	}
	tests := map[string]struct {
		why           string
		before, after []registry.Server
		want          sync.Loss
		exceeds       map[int]bool
	}{
		"nothing before": {why: "a first sync takes nothing away", after: versions("a1"), exceeds: map[int]bool{0: false}},
		"the same":       {why: "nothing goes", before: versions("a1", "b1"), after: versions("b1", "a1"), want: sync.Loss{Total: 2}, exceeds: map[int]bool{0: false}},
		"one of two": {
			why: "exactly the share is let through", before: versions("a1", "b1"), after: versions("a1"),
			want: sync.Loss{Removed: 1, Total: 2, Names: []string{"b"}}, exceeds: map[int]bool{0: true, 49: true, 50: false},
		},
		"new versions": {
			why: "a registry of one version each is replaced by every release", before: versions("a1", "b1"), after: versions("a2", "b2"),
			want: sync.Loss{Total: 2}, exceeds: map[int]bool{0: false},
		},
		"history lost": {
			why: "versions count, not only names", before: versions("a1", "a2", "a3", "a4"), after: versions("a4"),
			want: sync.Loss{Removed: 3, Total: 4, Names: []string{"a"}}, exceeds: map[int]bool{50: true, 75: false},
		},
		"others instead": {
			why: "as many servers, but not these", before: versions("a1", "b1"), after: versions("c1", "d1"),
			want: sync.Loss{Removed: 2, Total: 2, Names: []string{"a", "b"}}, exceeds: map[int]bool{99: true, 100: false},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			loss := sync.LossOf(tc.before, tc.after)
			require.Equal(t, tc.want, loss, tc.why)
			for percent, want := range tc.exceeds {
				require.Equal(t, want, loss.Exceeds(percent), "%s (%d %%)", tc.why, percent)
			}
		})
	}
}

// numbered are n servers from s000 on.
func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("s%03d", i))
	}
	return all
}

func TestShrinkHeld(t *testing.T) {
	for kind, fresh := range map[string]func(*testing.T) (*bench, *bytesSource, string){
		"only": func(t *testing.T) (*bench, *bytesSource, string) {
			b := newBench(t)
			return b, &b.source, ""
		},
		"one of several": func(t *testing.T) (*bench, *bytesSource, string) {
			b := newBenchOf(t, "one", "two")
			b.sources["two"].content = source.OneFile("r1", catalog("z"))
			return b, b.sources["one"], "one"
		},
	} {
		t.Run(kind, func(t *testing.T) {
			b, src, slot := fresh(t)
			b.request.Guard.MaxRemovalPercent = 50
			src.content = source.OneFile("r1", catalog(numbered(100)...))
			b.mustSync(t)

			src.content = source.OneFile("r2", catalog(numbered(30)...))
			r, err := b.sync()
			require.Equal(t, v1alpha1.ReasonShrinkHeld, fault.ReasonOf(err, ""))
			require.ErrorContains(t, err, "70 of 100 servers would go, more than 50 %: io.test/s030, io.test/s031, io.test/s032 and 67 more.")
			require.Empty(t, r.Stored.Digest)
			require.Len(t, b.store.names(t, slot), 100)
			digest := regexp.MustCompile(`accept-removal=(sha256:[0-9a-f]{64}) toolhive.stacklok.dev/sync-trigger=`).FindStringSubmatch(err.Error())[1]

			_, again := b.sync()
			require.EqualError(t, again, err.Error(), "the digest does not change by itself")

			b.request.Guard.Accepted = "sha256:of-something-else"
			_, err = b.sync()
			require.Error(t, err, "exactly that change is let through")
			b.request.Guard.Accepted = registry.Digest(digest)
			src.content = source.OneFile("r3", catalog(numbered(20)...))
			_, err = b.sync()
			require.Error(t, err, "not another that comes meanwhile")
			src.content = source.OneFile("r4", catalog(numbered(30)...))
			b.mustSync(t)
			require.Len(t, b.store.names(t, slot), 30)
		})
	}
}

// What a person takes away by editing the spec is meant.
func TestEditsAreNotHeld(t *testing.T) {
	for name, edit := range map[string]func(*testing.T, *bench, *bytesSource){
		"filter": func(t *testing.T, b *bench, _ *bytesSource) {
			b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Include: []string{"s00?"}}), "new"
		},
		"source": func(_ *testing.T, b *bench, src *bytesSource) {
			b.request.Sources[0].Hash, b.request.Inputs.SourceHash = "other", "other"
			src.content = source.OneFile("r2", catalog(numbered(10)...))
		},
		"filter, and the source grows": func(t *testing.T, b *bench, src *bytesSource) {
			b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Include: []string{"s00?"}}), "new"
			src.content = source.OneFile("r2", catalog(numbered(110)...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.request.Guard.MaxRemovalPercent = 50
			b.source.content = source.OneFile("r1", catalog(numbered(100)...))
			b.mustSync(t)
			edit(t, b, &b.source)
			b.mustSync(t)
			require.Len(t, b.store.names(t, ""), 10)
		})
	}
}

// A source that shrinks does not get through behind an edit of the filter.
func TestShrinkHeldBehindAnEdit(t *testing.T) {
	b := newBench(t)
	b.request.Guard.MaxRemovalPercent = 50
	b.source.content = source.OneFile("r1", catalog(numbered(100)...))
	b.mustSync(t)
	b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"s099"}}), "new"
	b.source.content = source.OneFile("r2", catalog(numbered(3)...))
	r, err := b.sync()
	require.Equal(t, v1alpha1.ReasonShrinkHeld, fault.ReasonOf(err, ""))
	require.Len(t, b.store.names(t, ""), 99, "the edit itself is applied to what is there")
	require.Equal(t, []string{"io.test/s099@1.0.0"}, r.Changes.Removed)
}

// What the filter no longer lets through is gone, though the source still has it.
func TestShrinkHeldWhenTagsGo(t *testing.T) {
	file := func(tagged int) []byte {
		var entries []string
		for i := range 10 {
			tag := "kept"
			if i >= tagged {
				tag = "other"
			}
			entries = append(entries, fmt.Sprintf(`{"name":"io.test/s%d","description":"d","version":"1.0.0","_meta":{
				"io.modelcontextprotocol.registry/publisher-provided":{"io.github.stacklok":{"x":{"tags":[%q]}}}}}`, i, tag))
		}
		return []byte("[" + strings.Join(entries, ",") + "]")
	}
	b := newBench(t)
	b.request.Guard.MaxRemovalPercent = 50
	f, err := filter.New(filter.Spec{Tags: filter.Patterns{Include: []string{"kept"}}})
	require.NoError(t, err)
	b.request.Filter = f
	b.source.content = source.OneFile("r1", file(10))
	b.mustSync(t)
	require.Len(t, b.store.names(t, ""), 10)

	b.source.content = source.OneFile("r2", file(3))
	_, err = b.sync()
	require.Equal(t, v1alpha1.ReasonShrinkHeld, fault.ReasonOf(err, ""))
	require.Len(t, b.store.names(t, ""), 10)
}
