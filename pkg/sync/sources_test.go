package sync_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/filter"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

func (b *bench) mustSync(t *testing.T) sync.Result {
	t.Helper()
	r, err := b.sync()
	require.NoError(t, err)
	return r
}

// twoSources is a registry whose sources "one" (a, b) and "two" (c) are stored.
func twoSources(t *testing.T) *bench {
	t.Helper()
	b := newBenchOf(t)
	b.add("one", "a", "b")
	b.add("two", "c")
	b.mustSync(t)
	require.Equal(t, []string{"a", "b", "c"}, b.store.names(t, ""))
	return b
}

func TestSourcesAreMerged(t *testing.T) {
	b := twoSources(t)
	r := b.mustSync(t)
	require.True(t, r.Unchanged)
	require.Equal(t, map[string]int{"": 1, "one": 1, "two": 1}, b.store.publishes, "idle costs nothing")
	require.Len(t, b.store.manifests[""].Sources, 2)
	require.Equal(t, b.store.manifests["one"].Digest, b.store.manifests[""].Sources[0].Digest)

	b.sources["two"].content = source.OneFile("r2", []byte(`[{"name":"io.test/a","description":"other","version":"1.0.0"},
		{"name":"io.test/b","description":"d","version":"1.0.0"},{"name":"io.test/d","description":"d","version":"1.0.0"}]`))
	r = b.mustSync(t)
	require.Equal(t, []string{"a", "b", "d"}, b.store.names(t, ""))
	require.Equal(t, 1, r.Conflicts.Total, "b is the same in both")
	require.Equal(t, "io.test/a@1.0.0 (one before two)", r.Conflicts.Listed[0].String())
	require.Equal(t, 1, b.store.publishes["one"], "what has not changed is not stored again")
	require.True(t, r.Sources[0].Unchanged)
}

// Files that stand each for itself: what cannot be read of them is told like an
// entry that is not valid, and held against a source that is read strictly.
func TestIndependentFiles(t *testing.T) {
	b := twoSources(t)
	b.sources["two"].content = source.Content{
		Revision: "r2", Independent: true,
		Files: []source.File{
			{Name: "c/server.json", Data: []byte(`{"name":"io.test/c","description":"d","version":"1.0.0"}`)},
			{Name: "d/server.json", Data: []byte(`<html>`)},
		},
		Skipped: []registry.Rejection{{Entry: "e/server.json", Reason: "it is a symbolic link"}},
	}
	r := b.mustSync(t)
	require.Equal(t, []string{"a", "b", "c"}, b.store.names(t, ""))
	require.Equal(t, 2, r.Sources[1].Data.Rejected)
	require.Equal(t, "d/server.json", r.Sources[1].Rejected[0].Entry)
	require.Equal(t, "it is a symbolic link", r.Sources[1].Rejected[1].Reason)

	b.sources["two"].content.Revision, b.request.Strict = "r3", true
	_, err := b.sync()
	require.Equal(t, v1alpha1.ReasonEntriesRejected, fault.ReasonOf(err, ""))
}

// What one source states counts, also against what would follow from another one's
// versions alone.
func TestStatedLatestOfOneOfSeveral(t *testing.T) {
	tests := map[string]struct {
		why    string
		silent []string
		stated bool // by the other source, of 1.5.0
		want   string
	}{
		"stated":              {"the other source knows what is the latest", []string{"1.0.0", "2.0.0"}, true, "1.5.0"},
		"nobody says":         {"it follows from all versions", []string{"1.0.0", "2.0.0"}, false, "2.0.0"},
		"nobody says, or not": {"it follows from all versions", []string{"1.0.0"}, false, "1.5.0"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBenchOf(t)
			b.add("silent")
			b.add("other")
			var versions []string
			for _, v := range tc.silent {
				versions = append(versions, `{"name":"io.test/a","description":"d","version":"`+v+`"}`)
			}
			b.sources["silent"].content = source.OneFile("r1", []byte("["+strings.Join(versions, ",")+"]"))
			b.sources["other"].content = source.OneFile("r1", fmt.Appendf(nil, `{"servers":[{"server":{"name":"io.test/a","description":"d","version":"1.5.0"},
				"_meta":{"io.modelcontextprotocol.registry/official":{"status":"active","isLatest":%t}}}]}`, tc.stated))
			b.mustSync(t)
			require.NoError(t, b.store.snapshots[""].Each(func(p registry.Parsed) error {
				require.Equal(t, p.Version == tc.want, p.Official.IsLatest, "%s: %s", tc.why, p.Version)
				return nil
			}))
		})
	}
}

// A source that fails, however it does, takes nothing away and holds nobody up.
func TestOneSourceFails(t *testing.T) {
	tests := map[string]struct {
		why    string
		change func(*bench)
		reason string
		class  fault.Class
	}{
		"down": {
			why: "pitfall 9: it may pass", reason: v1alpha1.ReasonSourceUnavailable, class: fault.Retry,
			change: func(b *bench) {
				b.sources["one"].err = fault.NewRetry(v1alpha1.ReasonSourceUnavailable, errors.New("no route"))
			},
		},
		"hangs": {
			why: "pitfall 9: its time is its own", reason: v1alpha1.ReasonSourceUnavailable, class: fault.Retry,
			change: func(b *bench) { b.sources["one"].hang, b.request.Timeout = true, 50*time.Millisecond },
		},
		"hits a bug": {
			why: "no source takes the operator down", reason: v1alpha1.ReasonSourceUnavailable, class: fault.Retry,
			change: func(b *bench) { b.sources["one"].panics = true },
		},
		"not a registry": {
			why: "the data must be mended", reason: v1alpha1.ReasonInvalidData, class: fault.Terminal,
			change: func(b *bench) { b.sources["one"].content = source.OneFile("r2", []byte("<html>")) },
		},
		"empty": {
			why: "pitfall 5: nothing does not replace something", reason: v1alpha1.ReasonEmptyHeld, class: fault.Terminal,
			change: func(b *bench) { b.sources["one"].content = source.OneFile("r2", catalog()) },
		},
		"shrinks": {
			why: "half of a source is more than the guard lets go", reason: v1alpha1.ReasonShrinkHeld, class: fault.Terminal,
			change: func(b *bench) {
				b.sources["one"].content, b.request.Guard.MaxRemovalPercent = source.OneFile("r2", catalog("b")), 49
			},
		},
		"rejected, strictly": {
			why: "syncPolicy.strict: one bad entry fails the source", reason: v1alpha1.ReasonEntriesRejected, class: fault.Terminal,
			change: func(b *bench) {
				b.sources["one"].content, b.request.Strict = source.OneFile("r2", []byte(`[{"name":"bad"}]`)), true
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			b := twoSources(t)
			tc.change(b)
			b.sources["two"].content = source.OneFile("r2", catalog("c", "d"))
			r, err := b.sync()
			require.ErrorContains(t, err, `source "one": `, tc.why)
			require.NotContains(t, err.Error(), `source "two"`)
			require.Equal(t, tc.reason, fault.ReasonOf(err, ""), tc.why)
			require.Equal(t, tc.class, fault.ClassOf(err), tc.why)
			require.NotEmpty(t, r.Stored.Digest, "the others are stored")
			require.Equal(t, []string{"a", "b", "c", "d"}, b.store.names(t, ""))
			require.Equal(t, b.request.Inputs, r.Stored.Inputs)

			again, err := b.sync()
			require.Error(t, err)
			require.Empty(t, again.Stored.Digest, "failing again writes nothing")
		})
	}
}

func TestEditsWhileASourceIsDown(t *testing.T) {
	down := errors.New("no route")
	tests := map[string]struct {
		why    string
		change func(*testing.T, *bench)
		want   []string
	}{
		"exclude": {
			why: "pitfall 4: an exclude does not fail open",
			change: func(t *testing.T, b *bench) {
				b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"a"}}), "new"
			},
			want: []string{"b", "c"},
		},
		"exclude of the source": {
			why: "pitfall 4: nor does that of one source",
			change: func(t *testing.T, b *bench) {
				b.request.Sources[0].Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"b", "c"}}), "new"
			},
			want: []string{"a", "c"},
		},
		"source removed": {
			why: "it leaves at once",
			change: func(_ *testing.T, b *bench) {
				b.request.Sources, b.request.Inputs.SourceHash = b.request.Sources[:1], "one source"
			},
			want: []string{"a", "b"},
		},
		"source moved": {
			why: "its old data stays until the new place answers",
			change: func(_ *testing.T, b *bench) {
				b.request.Sources[0].Hash, b.request.Inputs.SourceHash = "moved", "moved"
			},
			want: []string{"a", "b", "c"},
		},
		"new source": {
			why: "a source that answers does not wait for one that does not",
			change: func(_ *testing.T, b *bench) {
				b.add("three", "e")
				b.request.Inputs.SourceHash = "three"
			},
			want: []string{"a", "b", "c", "e"},
		},
		"slot lost": {
			why:    "what is served stands in for a slot that somebody deleted",
			change: func(_ *testing.T, b *bench) { b.store.lose("one") },
			want:   []string{"a", "b", "c"},
		},
		"slot lost and exclude": {
			why: "pitfall 4: not even then does an exclude fail open",
			change: func(t *testing.T, b *bench) {
				b.store.lose("one")
				b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"a"}}), "new"
			},
			want: []string{"b", "c"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			b := twoSources(t)
			b.sources["one"].err = down
			tc.change(t, b)
			_, err := b.sync()
			require.ErrorContains(t, err, "no route")
			require.Equal(t, tc.want, b.store.names(t, ""), tc.why)

			b.sources["one"].err = nil
			r := b.mustSync(t)
			require.Equal(t, b.request.Inputs, b.store.manifests[""].Inputs, "what could not be applied is applied now: %+v", r)
			consistent, err := b.syncer.Consistent(t.Context(), b.request.Owner, b.request.Sources, b.store.manifests[""])
			require.NoError(t, err)
			require.True(t, consistent)
		})
	}
}

// The only source has no slot: what is served is its last good data.
func TestFilterEditedWhileTheOnlySourceIsDown(t *testing.T) {
	b := newBench(t)
	b.mustSync(t)
	before := b.request.Inputs
	b.source.err = errors.New("no route")
	b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"a"}}), "new"
	for range 2 {
		_, err := b.sync()
		require.ErrorContains(t, err, "no route")
		require.Equal(t, []string{"b"}, b.store.names(t, ""), "pitfall 4: an exclude does not fail open")
		require.Equal(t, before, b.store.manifests[""].Inputs, "what an earlier filter kept out is still missing")
	}
	b.source.err = nil
	b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Exclude: []string{"b"}}), "newer"
	b.mustSync(t)
	require.Equal(t, []string{"a"}, b.store.names(t, ""))
}

func TestMissingSource(t *testing.T) {
	b := newBenchOf(t)
	b.add("one", "a")
	b.add("two", "c")
	b.sources["two"].err = errors.New("no route")
	r, err := b.sync()
	require.ErrorContains(t, err, "the registry lacks this source", "people are told what is missing")
	require.Nil(t, r.Sources[1].Data)
	require.Equal(t, []string{"a"}, b.store.names(t, ""), "the others are published")

	b.sources["one"].err = errors.New("no route")
	b.store.lose("")
	b.store.lose("one")
	_, err = b.sync()
	require.Error(t, err)
	require.Empty(t, b.store.snapshots, "no data at all makes no registry")
}

// A registry that comes to list its sources keeps the data of the one it had.
func TestFromOneSourceToSeveral(t *testing.T) {
	b := newBench(t)
	b.mustSync(t)
	moved := b.request.Sources[0]
	moved.Name = "old"
	b.request.Sources, b.request.Inputs.SourceHash = []sync.Source{moved}, "several"
	b.source.err = errors.New("no route")
	b.add("new", "n")
	_, err := b.sync()
	require.Error(t, err)
	require.Equal(t, []string{"a", "b", "n"}, b.store.names(t, ""))
	b.source.err = nil
	b.mustSync(t)
	require.Equal(t, b.request.Inputs, b.store.manifests[""].Inputs)
}

func TestKilledBetweenSlotAndRegistry(t *testing.T) {
	b := twoSources(t)
	b.sources["two"].content = source.OneFile("r2", catalog("c", "d"))
	b.store.err = errors.New("killed")
	_, err := b.sync()
	require.Error(t, err)
	b.store.err = nil
	consistent, err := b.syncer.Consistent(t.Context(), b.request.Owner, b.request.Sources, b.store.manifests[""])
	require.NoError(t, err)
	require.False(t, consistent, "a look is due at once, not after the interval")
	b.mustSync(t)
	require.Equal(t, []string{"a", "b", "c", "d"}, b.store.names(t, ""))
}

// What others put into the _meta of an entry goes with it through slots, filters and
// the merge, and a change of it alone is one update.
func TestForeignMetaIsServed(t *testing.T) {
	for name, add := range map[string]func(*bench){
		"only source": func(b *bench) { b.add("", "a") }, "one of several": func(b *bench) { b.add("one", "a"); b.add("two", "c") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBenchOf(t)
			add(b)
			src := b.request.Sources[0].Name
			give := func(revision, foreign string) sync.Result {
				b.sources[src].content = source.OneFile(source.Revision(revision), fmt.Appendf(nil, `{"servers":[
					{"server":{"name":"io.test/a","description":"d","version":"1.0.0"},"_meta":{%s"io.modelcontextprotocol.registry/official":{"status":"active"}}},
					{"server":{"name":"io.test/b","description":"d","version":"1.0.0"}}]}`, foreign))
				return b.mustSync(t)
			}
			served := func() string { return string(b.store.snapshots[""].Content) }

			give("r2", `"com.example/foreign": {"keep": true},`)
			require.Contains(t, served(), `"isLatest":true},"com.example/foreign":{"keep":true}}}`+"\n")
			require.Equal(t, 1, strings.Count(served(), "foreign"))

			r := give("r3", `"com.example/foreign": {"keep": false},`)
			require.Equal(t, registry.Changes{Updated: []string{"io.test/a@1.0.0"}}, r.Changes)
			require.Contains(t, served(), `"com.example/foreign":{"keep":false}}}`+"\n")

			// What was stored of the source stands in for it.
			b.sources[src].err = fault.NewRetry(v1alpha1.ReasonSourceUnavailable, errors.New("no route"))
			b.request.Filter, b.request.Inputs.FilterHash = names(t, filter.Patterns{Include: []string{"io.test/a"}}), "f2"
			_, err := b.sync()
			require.Equal(t, v1alpha1.ReasonSourceUnavailable, fault.ReasonOf(err, ""))
			require.Equal(t, []string{"a"}, b.store.names(t, ""))
			require.Contains(t, served(), `"com.example/foreign":{"keep":false}}}`+"\n")
		})
	}
}
