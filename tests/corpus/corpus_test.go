package corpus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

func TestCorpusIsShapedLikeThePublicRegistry(t *testing.T) {
	const n = 10_000
	snapshot := corpus.Snapshot(t, n)
	require.Equal(t, n, snapshot.Servers)
	require.Equal(t, snapshot.Digest, corpus.Snapshot(t, n).Digest, "the same in every run")

	names := map[string]bool{}
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error { names[p.Name] = true; return nil }))
	require.InDelta(t, 3.6, float64(n)/float64(len(names)), 0.2, "versions a name")
	require.InDelta(t, 1300, float64(len(snapshot.Content))/n, 200, "bytes a record")
}
