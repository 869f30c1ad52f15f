package peers_test

import (
	"context"
	"testing"

	official "github.com/modelcontextprotocol/registry/pkg/api/v0"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/peers"
)

func TestReadEverything(t *testing.T) {
	cases := map[string]func(*testing.T) registry.Snapshot{
		"history": func(t *testing.T) registry.Snapshot { return corpus.Final(t) },
		"1,000":   func(t *testing.T) registry.Snapshot { return corpus.Of(t, corpus.Numbered(1000)) },
		"nothing": func(t *testing.T) registry.Snapshot { return corpus.Of(t, nil) },
	}
	for file := range corpus.RealFiles {
		cases[file] = func(t *testing.T) registry.Snapshot { return corpus.Real(t, file) }
	}
	readers := map[string]func(context.Context, string) ([]official.ServerResponse, error){
		"official importer":        peers.ImportOfficial,
		"toolhive-registry-server": peers.ReadToolHive,
		"toolhive-registry-server, by name": func(ctx context.Context, base string) ([]official.ServerResponse, error) {
			return peers.ReadToolHive(ctx, base+"/registry/"+corpus.RegistryName)
		},
	}
	for name, snapshotOf := range cases {
		t.Run(name, func(t *testing.T) {
			snapshot := snapshotOf(t)
			_, base := corpus.Serve(t, snapshot)
			for reader, read := range readers {
				got, err := read(t.Context(), base)
				require.NoError(t, err, reader)
				checkSame(t, snapshot, got)
			}
		})
	}
}

// checkSame compares what a peer holds now with what is served and not deleted.
func checkSame(t *testing.T, snapshot registry.Snapshot, got []official.ServerResponse) {
	t.Helper()
	i := 0
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		if p.Official.Status == registry.StatusDeleted {
			return nil
		}
		require.Less(t, i, len(got), "%s is missing", p.Name)
		require.Equal(t, p.Name, got[i].Server.Name)
		require.Equal(t, p.Version, got[i].Server.Version)
		require.NotEmpty(t, got[i].Server.Description)
		meta := got[i].Meta.Official
		require.NotNil(t, meta)
		require.Equal(t, string(p.Official.Status), string(meta.Status))
		require.Equal(t, p.Official.IsLatest, meta.IsLatest)
		require.True(t, p.Official.PublishedAt.Equal(meta.PublishedAt))
		require.True(t, p.Official.UpdatedAt.Equal(meta.UpdatedAt))
		i++
		return nil
	}))
	require.Len(t, got, i)
}

func TestVersionsOfOne(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	all, err := peers.Versions(t.Context(), base, "com.example%2Fhalf")
	require.NoError(t, err)
	require.Len(t, all, 2, "deleted ones too")
}

// Before the first snapshot a peer must fail, or it would believe that all is gone.
func TestNothingYet(t *testing.T) {
	_, base := corpus.Serve(t)
	_, err := peers.ImportOfficial(t.Context(), base)
	require.ErrorContains(t, err, "status 503")
	_, err = peers.ReadToolHive(t.Context(), base)
	require.ErrorContains(t, err, "status 503")
}
