package registry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func TestAboutIsBounded(t *testing.T) {
	long := strings.Repeat("ö", 5000)
	var huge registry.About
	huge.DisplayName = long
	for range 1000 {
		huge.Sources = append(huge.Sources, registry.SourceState{Name: long, Type: long, Revision: long, Servers: 1})
		huge.Rejected = append(huge.Rejected, registry.RejectedEntry{Source: long, Entry: long, Reason: long})
	}
	got := huge.Bounded()
	require.Len(t, got.Sources, registry.MaxSourceStates)
	data, err := json.Marshal(got.Rejected)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), 192<<10)
	require.Greater(t, len(got.Rejected), 100)
	require.LessOrEqual(t, len(got.DisplayName), 1024)
	require.LessOrEqual(t, len(got.Rejected[0].Reason), 200)
	require.True(t, strings.HasSuffix(got.Rejected[0].Reason, "ö…"), "cut between characters, and seen to be cut")
	require.Equal(t, strings.Repeat("ö", 5000), huge.Rejected[0].Reason, "the original stays")
}

func TestAboutListsManyOrdinaryEntries(t *testing.T) {
	about := registry.About{Rejected: make([]registry.RejectedEntry, 2*registry.MaxRejectedEntries)}
	for i := range about.Rejected {
		about.Rejected[i] = registry.RejectedEntry{Source: "upstream", Entry: "io.github.acme/files", Reason: "description is missing"}
	}
	require.Len(t, about.Bounded().Rejected, registry.MaxRejectedEntries)
}

// An unchanged sync writes nothing, so what was stored must compare as equal to
// what is found again, whatever a source has put into it.
func FuzzAboutSurvivesStorage(f *testing.F) {
	f.Add("Our team", "main@1", "#12", "name: no slash")
	f.Add("\xff\xfe", "\u2028<script>", strings.Repeat("\xf0\x9f\x98\x80", 60), strings.Repeat("x", 198)+"öö")
	f.Fuzz(func(t *testing.T, display, revision, entry, reason string) {
		about := registry.About{
			DisplayName: display,
			Sources:     []registry.SourceState{{Type: "git", Revision: revision, Servers: 1}},
			Rejected:    []registry.RejectedEntry{{Entry: entry, Reason: reason}},
		}.Bounded()
		data, err := json.Marshal(about)
		require.NoError(t, err)
		var stored registry.About
		require.NoError(t, json.Unmarshal(data, &stored))
		require.True(t, about.Equal(stored), "%+v is not %+v", stored, about)
		require.True(t, about.Equal(about.Bounded()))
	})
}
