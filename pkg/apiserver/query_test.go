package apiserver

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

var urlSafe = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// Whatever the names and filters are, a cursor needs no escaping and comes back
// as it was.
func FuzzCursorRoundTrip(f *testing.F) {
	f.Add("io.acme/a", "1.0.0+x", "<&> ", "latest", int64(0), false)
	f.Add("a", "", "\u2028\"\\", "", int64(1_700_000_000), true)
	f.Fuzz(func(t *testing.T, name, at, search, version string, since int64, deleted bool) {
		p := parameters{search: search, version: version}
		wanted, err := p.filter()
		if err != nil || name == "" {
			t.Skip("no such list")
		}
		wanted.changes, wanted.deleted = since != 0, deleted
		wanted.since = since
		c := cursor{after: registry.ID{Name: toValid(name), Version: toValid(at)}, filter: wanted}
		if len(c.String()) > maxCursor {
			t.Skip("no snapshot holds such a name")
		}
		require.Regexp(t, urlSafe, c.String())
		got, err := parseCursor(c.String())
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
}

// toValid drops what cannot be in a snapshot.
func toValid(text string) string { return string([]rune(text)) }

// Only what String writes is a cursor; nothing panics.
func FuzzParseCursor(f *testing.F) {
	first := cursor{after: registry.ID{Name: "a", Version: "1"}}
	f.Add(first.String())
	f.Add("e30")
	f.Add("bnVsbA")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseCursor(text); err == nil {
			require.Equal(t, text, c.String())
		}
	})
}

func TestRoute(t *testing.T) {
	cases := map[string]struct {
		why  string
		path string
		want target
	}{
		"escaped":            {"as the contract says", "/v0.1/servers/a%2Fb/versions/1%2B2", target{pageServer, true, "a/b", "1+2"}},
		"bare":               {"as clients do it", "/v0/servers/a/b/versions/1", target{pageServer, true, "a/b", "1"}},
		"named versions":     {"a server may have this name", "/v0/servers/a/versions/versions", target{pageServerVersions, true, "a/versions", ""}},
		"named versions one": {"a server may have this name", "/v0/servers/a/versions/versions/1", target{pageServer, true, "a/versions", "1"}},
		"without slash":      {"a name that cannot be, but is no other", "/v0/servers/a/versions/1", target{pageServer, true, "a", "1"}},
		"slash in version":   {"not escaped", "/v0/servers/a/b/versions/1/2", target{pageServer, true, "a/b", "1/2"}},
		"registry":           {"the third prefix", "/registry/my%20team/v0.1/servers", target{page: pageList, api: true}},
		"registry v0":        {"is not promised", "/registry/my%20team/v0/servers", target{api: true}},
		"prefix only":        {"nothing is there", "/v0.1", target{}},
		"looks like prefix":  {"a segment is compared whole", "/v0.10/servers", target{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, route(c.path, "my team"), c.why)
		})
	}
	require.Equal(t, target{api: true}, route("/registry//v0.1/servers", ""), "no name, no such paths")
}
