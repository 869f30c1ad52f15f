package apiserver

import (
	"net/url"
	"regexp"
	"strings"
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

// A segment is read as the standard library reads it, however little that costs.
func FuzzUnescape(f *testing.F) {
	for _, path := range []string{"/a%2Fb/c", "/a/%2F", "/%25/b", "/%C3%A4", "/a b/%20", "/plain/ü", "//%2f/"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		asked := locationOf(u)
		for segment := range strings.SplitSeq(asked.escaped, "/") {
			want, err := url.PathUnescape(segment)
			require.NoError(t, err)
			require.Equal(t, want, asked.unescape(segment))
		}
	})
}

func routed(t *testing.T, path, registryName string) target {
	t.Helper()
	u, err := url.ParseRequestURI(path)
	require.NoError(t, err)
	return locationOf(u).route(registryName)
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
		"more escaped":       {"what needs none", "/v0.1/servers/%61%2F%62/versions/%31", target{pageServer, true, "a/b", "1"}},
		"version only":       {"the only escape", "/v0.1/servers/a/b/versions/1%2B2", target{pageServer, true, "a/b", "1+2"}},
		"escaped escape":     {"unescaped once", "/v0.1/servers/a/b/versions/%252F", target{pageServer, true, "a/b", "%2F"}},
		"not ASCII":          {"longer than a byte", "/v0.1/servers/a%2F%C3%A4/versions/1", target{pageServer, true, "a/ä", "1"}},
		"slash at the end":   {"joined carelessly", "//v0.1/servers/a%2Fb/versions/1/", target{pageServer, true, "a/b", "1"}},
		"slash in version":   {"not escaped", "/v0/servers/a/b/versions/1/2", target{pageServer, true, "a/b", "1/2"}},
		"registry":           {"the third prefix", "/registry/my%20team/v0.1/servers", target{page: pageList, api: true}},
		"registry v0":        {"is not promised", "/registry/my%20team/v0/servers", target{api: true}},
		"prefix only":        {"nothing is there", "/v0.1", target{}},
		"looks like prefix":  {"a segment is compared whole", "/v0.10/servers", target{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, routed(t, c.path, "my team"), c.why)
		})
	}
	require.Equal(t, target{api: true}, routed(t, "/registry//v0.1/servers", ""), "no name, no such paths")
}
