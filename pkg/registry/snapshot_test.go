package registry_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

var (
	morning = time.Date(2026, 11, 3, 8, 0, 0, 123456789, time.UTC)
	noon    = morning.Add(4 * time.Hour)
)

func server(name, version, description string) registry.Server {
	raw := fmt.Sprintf(`{"description":%q,"name":%q,"version":%q}`, description, name, version)
	return registry.Server{Name: name, Version: version, JSON: json.RawMessage(raw)}
}

func withStatus(s registry.Server, status registry.Status) registry.Server {
	s.Status = status
	return s
}

func build(t *testing.T, servers []registry.Server, previous registry.Snapshot, now time.Time) (registry.Snapshot, registry.Changes) {
	t.Helper()
	snapshot, changes, err := registry.Build(servers, previous, now)
	require.NoError(t, err)
	require.Equal(t, len(servers), snapshot.Servers)
	require.Equal(t, registry.DigestOf(snapshot.Content), snapshot.Digest)
	return snapshot, changes
}

func parse(t *testing.T, s registry.Snapshot) map[string]registry.Parsed {
	t.Helper()
	all := map[string]registry.Parsed{}
	require.NoError(t, s.Each(func(p registry.Parsed) error {
		all[p.Name+"@"+p.Version] = p
		return nil
	}))
	return all
}

// sample returns n servers with several versions each, at random but repeatable.
func sample(r *rand.Rand, n int) []registry.Server {
	statuses := []registry.Status{"", registry.StatusActive, registry.StatusDeprecated, registry.StatusDeleted}
	versions := []string{"1.0.0", "v1.0.0", "1.0.0+b", "2.0.0-rc.1", "1.10.0", "1.9.0", "2026-01", "nightly", "v1"}
	seen := map[registry.ID]bool{}
	var servers []registry.Server
	for len(servers) < n {
		s := server(fmt.Sprintf("io.x/s%d", r.IntN(n/3+1)), versions[r.IntN(len(versions))], strconv.Itoa(r.IntN(3)))
		s.Status = statuses[r.IntN(len(statuses))]
		if !seen[s.ID()] {
			seen[s.ID()] = true
			servers = append(servers, s)
		}
	}
	return servers
}

// Pitfall 11: the hash changed when only timestamps or the order did.
func TestBuildIsStable(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		servers := sample(r, 30)
		early, _ := build(t, servers[:10], registry.Snapshot{}, morning)
		first, _ := build(t, servers, early, noon)

		r.Shuffle(len(servers), func(i, j int) { servers[i], servers[j] = servers[j], servers[i] })
		permuted, _ := build(t, servers, early, noon)
		require.Equal(t, string(first.Content), string(permuted.Content), "order must not matter")

		for _, now := range []time.Time{noon, noon.Add(time.Hour), morning.Add(-time.Hour)} {
			again, changes := build(t, servers, first, now)
			require.Equal(t, first.Digest, again.Digest, "unchanged input keeps its digest at any time")
			require.False(t, changes.Any(), "unchanged input changes nothing")
		}
	}
}

func TestBuildOrdersByTuple(t *testing.T) {
	servers := []registry.Server{server("a/b-c", "1", ""), server("a/b", "2", ""), server("a/b", "10", ""), server("a/B", "1", "")}
	snapshot, changes := build(t, servers, registry.Snapshot{}, noon)
	var order []string
	require.NoError(t, snapshot.Each(func(p registry.Parsed) error {
		order = append(order, p.Name+" "+p.Version)
		return nil
	}))
	require.Equal(t, []string{"a/B 1", "a/b 10", "a/b 2", "a/b-c 1"}, order)
	require.Equal(t, []string{"a/B@1", "a/b-c@1", "a/b@10", "a/b@2"}, changes.Added, "changes are sorted as text")
}

func TestBuildNotesChanges(t *testing.T) {
	before, _ := build(t, []registry.Server{
		server("a/kept", "1.0.0", "x"), server("a/edited", "1.0.0", "x"), server("a/gone", "1.0.0", "x"),
		withStatus(server("a/retired", "1.0.0", "x"), registry.StatusActive),
		withStatus(server("a/revived", "1.0.0", "x"), registry.StatusDeprecated),
	}, registry.Snapshot{}, morning)
	after, changes := build(t, []registry.Server{
		server("a/kept", "1.0.0", "x"), server("a/edited", "1.0.0", "y"), server("a/new", "1.0.0", "x"),
		withStatus(server("a/retired", "1.0.0", "x"), registry.StatusDeprecated),
		server("a/revived", "1.0.0", "x"),
	}, before, noon)
	require.Equal(t, registry.Changes{
		Added:   []string{"a/new@1.0.0"},
		Updated: []string{"a/edited@1.0.0", "a/retired@1.0.0", "a/revived@1.0.0"},
		Removed: []string{"a/gone@1.0.0"},
	}, changes)

	m, n := morning.Truncate(time.Second), noon.Truncate(time.Second)
	want := map[string]registry.Official{
		"a/kept@1.0.0":    {Status: "active", StatusChangedAt: m, PublishedAt: m, UpdatedAt: m, IsLatest: true},
		"a/edited@1.0.0":  {Status: "active", StatusChangedAt: m, PublishedAt: m, UpdatedAt: n, IsLatest: true},
		"a/new@1.0.0":     {Status: "active", StatusChangedAt: n, PublishedAt: n, UpdatedAt: n, IsLatest: true},
		"a/retired@1.0.0": {Status: "deprecated", StatusChangedAt: n, PublishedAt: m, UpdatedAt: n, IsLatest: true},
		"a/revived@1.0.0": {Status: "active", StatusChangedAt: n, PublishedAt: m, UpdatedAt: n, IsLatest: true},
	}
	got := map[string]registry.Official{}
	for name, p := range parse(t, after) {
		got[name] = p.Official
	}
	require.Equal(t, want, got)
}

func TestBuildKeepsServerBytes(t *testing.T) {
	// The description holds the very text that separates a line's parts.
	tricky := server("a/b", "1.0.0", `<b>&</b>`)
	tricky.JSON = json.RawMessage(`{"description":"<b>&</b>","name":"a/b","version":"1.0.0",` +
		`"x":{"server":{},"_meta":{"io.modelcontextprotocol.registry/official":{"status":"deleted"}}}}`)
	snapshot, _ := build(t, []registry.Server{tricky}, registry.Snapshot{}, noon)
	require.Contains(t, string(snapshot.Content), string(tricky.JSON), "no HTML escaping, no rewriting")

	p := parse(t, snapshot)["a/b@1.0.0"]
	require.Equal(t, string(tricky.JSON), string(p.Server))
	var record registry.Record
	require.NoError(t, json.Unmarshal(p.Line, &record), "a line is a record")
	require.Equal(t, p.Official, record.Meta.Official)
	require.Equal(t, string(tricky.JSON), string(record.Server))
}

func TestBuildRefuses(t *testing.T) {
	tests := map[string]struct {
		why      string
		servers  []registry.Server
		previous registry.Snapshot
	}{
		"twice":        {why: "an ID is unique", servers: []registry.Server{server("a/b", "1", "x"), server("a/b", "1", "y")}},
		"line break":   {why: "it would tear the record", servers: []registry.Server{{Name: "a/b", Version: "1", JSON: []byte("{\n}")}}},
		"no object":    {why: "a server is an object", servers: []registry.Server{{Name: "a/b", Version: "1", JSON: []byte("null")}}},
		"damaged past": {why: "times cannot be carried from damaged data", previous: registry.New([]byte("{}\n"), 1)},
		"torn past":    {why: "nor from half a record", previous: registry.New([]byte(`{"server":{`), 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := registry.Build(test.servers, test.previous, noon)
			require.Error(t, err, test.why)
		})
	}
}

func TestLatest(t *testing.T) {
	tests := map[string]struct {
		why   string
		known []string // published in the morning; the rest at noon
		fresh []string
		want  string
	}{
		"numeric":        {why: "10 is more than 9", fresh: []string{"1.10.0", "1.9.0"}, want: "1.10.0"},
		"pre-release":    {why: "a release follows its candidates", fresh: []string{"2.0.0", "2.0.0-rc.1"}, want: "2.0.0"},
		"leading v":      {why: "the v is optional", fresh: []string{"v2.0.0", "1.9.9"}, want: "v2.0.0"},
		"semver wins":    {why: "a date is no semantic version", known: []string{"1.0.0"}, fresh: []string{"2026-01-01"}, want: "1.0.0"},
		"two parts":      {why: "semantic means three parts", fresh: []string{"9.9", "0.0.1"}, want: "0.0.1"},
		"by time":        {why: "others are ordered by publication", known: []string{"zulu"}, fresh: []string{"alpha"}, want: "alpha"},
		"by spelling":    {why: "the last resort is the spelling", fresh: []string{"alpha", "beta"}, want: "beta"},
		"deleted":        {why: "a deleted version is not offered", fresh: []string{"!2.0.0", "1.0.0"}, want: "1.0.0"},
		"deleted semver": {why: "not even before a date", fresh: []string{"!2.0.0", "2026"}, want: "2026"},
		"all deleted":    {why: "some version must be the latest", fresh: []string{"!2.0.0", "!1.0.0"}, want: "2.0.0"},
	}
	make1 := func(version string) registry.Server {
		s := server("a/b", strings.TrimPrefix(version, "!"), "x")
		if strings.HasPrefix(version, "!") {
			s.Status = registry.StatusDeleted
		}
		return s
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var servers []registry.Server
			for _, v := range test.known {
				servers = append(servers, make1(v))
			}
			before, _ := build(t, servers, registry.Snapshot{}, morning)
			for _, v := range test.fresh {
				servers = append(servers, make1(v))
			}
			after, _ := build(t, servers, before, noon)
			var latest []string
			for _, p := range parse(t, after) {
				if p.Official.IsLatest {
					latest = append(latest, p.Version)
				}
			}
			require.Equal(t, []string{test.want}, latest, test.why)
		})
	}
}

func FuzzEach(f *testing.F) {
	good, _, err := registry.Build([]registry.Server{server("a/b", "1.0.0", "x")}, registry.Snapshot{}, noon)
	require.NoError(f, err)
	f.Add(good.Content)
	f.Add([]byte(`{"server":{"name":"a","version":"1"},"_meta":{"io.modelcontextprotocol.registry/official":{}}}` + "\n"))
	f.Add([]byte(`{"server":{"name":"a","version":"1"},"_meta":{"io.modelcontextprotocol.registry/official":{},"x":{"y":1}}}` + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		// Whatever was stored, reading it ends, with records or with an error.
		_ = registry.New(content, 0).Each(func(p registry.Parsed) error {
			require.NotEmpty(t, p.Name)
			require.NotEmpty(t, p.Version)
			return nil
		})
	})
}

func BenchmarkBuild(b *testing.B) {
	servers := make([]registry.Server, 0, 100_000)
	for i := range cap(servers) {
		servers = append(servers, server(fmt.Sprintf("io.x/s%d", i/4), fmt.Sprintf("1.%d.0", i%4), strings.Repeat("x", 1000)))
	}
	previous, _, err := registry.Build(servers, registry.Snapshot{}, morning)
	require.NoError(b, err)
	for b.Loop() {
		_, _, err := registry.Build(servers, previous, noon)
		require.NoError(b, err)
	}
}

// A registry that mirrors another one believes it: the latest need not be the
// greatest version, for example after a new major one was withdrawn.
func TestStatedLatest(t *testing.T) {
	server := func(version string, latest bool, message string) registry.Server {
		raw, err := registry.Canonical(fmt.Appendf(nil, `{"name":"io.acme/a","description":"d","version":%q}`, version))
		require.NoError(t, err)
		return registry.Server{Name: "io.acme/a", Version: version, Latest: latest, StatusMessage: message, JSON: raw}
	}
	latest := func(s registry.Snapshot) (version string) {
		require.NoError(t, s.Each(func(p registry.Parsed) error {
			if p.Official.IsLatest {
				require.Empty(t, version, "there is one")
				version = p.Version
			}
			return nil
		}))
		return version
	}
	first, _, err := registry.Build([]registry.Server{server("1.0.0", true, ""), server("2.0.0", false, "")}, registry.Snapshot{}, time.Unix(1, 0))
	require.NoError(t, err)
	require.Equal(t, "1.0.0", latest(first))

	gone := server("1.0.0", true, "")
	gone.Status = registry.StatusDeleted
	second, _, err := registry.Build([]registry.Server{gone, server("2.0.0", false, "")}, first, time.Unix(2, 0))
	require.NoError(t, err)
	require.Equal(t, "2.0.0", latest(second), "what is deleted is not the latest while there is another")

	third, changes, err := registry.Build([]registry.Server{gone, server("2.0.0", false, "in a hurry")}, second, time.Unix(3, 0))
	require.NoError(t, err)
	require.Equal(t, []string{"io.acme/a@2.0.0"}, changes.Updated, "a message is news")
	require.Contains(t, string(third.Content), `"statusMessage":"in a hurry"`)
	again, changes, err := registry.Build([]registry.Server{gone, server("2.0.0", false, "in a hurry")}, third, time.Unix(4, 0))
	require.NoError(t, err)
	require.False(t, changes.Any())
	require.Equal(t, third.Digest, again.Digest)
}
