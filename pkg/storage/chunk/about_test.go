package chunk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

// widest is an About whose texts take as many bytes in JSON as they can.
func widest() registry.About {
	text := strings.Repeat("<", 2000)
	about := registry.About{DisplayName: text}
	for range 2 * registry.MaxSourceStates {
		about.Sources = append(about.Sources, registry.SourceState{Name: text, Type: text, Revision: text, Servers: 1e9, Rejected: 1e9})
		about.Rejected = append(about.Rejected, registry.RejectedEntry{Source: text, Entry: text, Reason: text})
	}
	return about
}

// The largest manifest that can be written must be one that can be read, and
// fit into one ConfigMap beside its metadata.
func TestTheLargestManifest(t *testing.T) {
	pointer := strings.Repeat("n", 59) + "-registry-storage"
	pieces := make([][]byte, chunk.MaxCount)
	for i := range pieces {
		pieces[i] = make([]byte, chunk.MaxSize)
	}
	digest := registry.DigestOf(nil)
	manifest := storage.Manifest{
		Digest: digest, Size: chunk.MaxContent,
		Chunks: chunk.Describe(pointer, digest, pieces), Previous: chunk.Describe(pointer, digest, pieces),
		History: []storage.Past{
			{Digest: digest, Size: chunk.MaxContent, Revision: strings.Repeat("r", 256), Chunks: chunk.Describe(pointer, digest, pieces)},
			{Digest: digest, Size: chunk.MaxContent, Revision: strings.Repeat("r", 256), Chunks: chunk.Describe(pointer, digest, pieces)},
		},
		Origin: storage.Origin{Revision: strings.Repeat("r", 1000), About: widest().Bounded()},
	}
	data, err := json.Marshal(manifest)
	require.NoError(t, err)
	require.Less(t, len(data), 1<<20-16<<10)
	parsed, err := chunk.ParseManifest(data)
	require.NoError(t, err)
	require.Equal(t, manifest, parsed)
}

// Manifests are read by programs that are older and newer than their writer.
func TestParseManifestOfOtherVersions(t *testing.T) {
	manifest, _ := stored(t, registry.New([]byte("{}\n"), 1))
	old, err := json.Marshal(manifest)
	require.NoError(t, err)
	for _, field := range []string{"displayName", "sources", "rejected"} {
		require.NotContains(t, string(old), field)
	}
	parsed, err := chunk.ParseManifest(old)
	require.NoError(t, err, "written before there were such fields")
	require.Empty(t, parsed.About)

	manifest.Rejected = make([]registry.RejectedEntry, 10*registry.MaxRejectedEntries)
	wider, err := json.Marshal(manifest)
	require.NoError(t, err)
	newer := strings.Replace(string(wider), "{", `{"unknown":[1],`, 1)
	parsed, err = chunk.ParseManifest([]byte(newer))
	require.NoError(t, err, "a later version may list more; during an upgrade old Pods must still read it")
	require.Len(t, parsed.Rejected, registry.MaxRejectedEntries)
	require.Equal(t, manifest.Digest, parsed.Digest)
}
