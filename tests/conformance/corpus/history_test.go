package corpus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
)

// The other tests mean something only if what they are about is really there.
func TestHistoryHoldsWhatIsSpecial(t *testing.T) {
	snapshot := corpus.Final(t)
	require.Greater(t, snapshot.Servers, 150)
	statuses := map[registry.Status]int{}
	latest := map[string]string{}
	times := map[string]bool{}
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		statuses[p.Official.Status]++
		times[p.Official.UpdatedAt.String()] = true
		if p.Official.IsLatest {
			latest[p.Name] = p.Version
		}
		return nil
	}))
	require.Equal(t, 3, statuses[registry.StatusDeleted])
	require.Equal(t, 1, statuses[registry.StatusDeprecated])
	require.Len(t, times, 4)
	require.Equal(t, "2.0.0", latest["com.example/semver"])
	require.Equal(t, "snapshot-a", latest["com.example/plain"])
	require.Equal(t, "0.0.1", latest["com.example/mixed"])
	require.Equal(t, "0.1.0", latest["com.example/parts"])
	require.Equal(t, "1.0.0", latest["com.example/half"])
	require.Equal(t, "1.0.0", latest["com.example/gone"])
}

func TestNumbered(t *testing.T) {
	require.Equal(t, 10_000, corpus.Of(t, corpus.Numbered(10_000)).Servers)
}
