package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// Cursors are the server's, and servers are not trusted.
func TestHostileCursors(t *testing.T) {
	for _, cursor := range []string{"a:1.0.0+b", "x&limit=1&version=latest", "../../admin?x=", "#", "%2e%2e/%", "é\u2028 \t", `"\`, "a\r\nHost: evil"} {
		t.Run(cursor, func(t *testing.T) {
			p := newPublic(t)
			var got []string
			p.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
				q := r.URL.Query()
				got = append(got, r.URL.Path, q.Get("limit"), q.Get("version"), q.Get("cursor"))
				next := ""
				if n == 1 {
					next = `"nextCursor":` + quote(cursor)
				}
				return respond(200, isJSON, `{"servers":[],"metadata":{`+next+`}}`)(w, r, n)
			}
			r := newReader(t, p.url)
			r.sync()
			require.Equal(t, []string{"/v0.1/servers", "100", "", "", "/v0.1/servers", "100", "", cursor}, got)
		})
	}
}

func TestOlderRegistries(t *testing.T) {
	p := newPublic(t, many(250)...)
	p.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if strings.HasPrefix(r.URL.Path, "/v0.1") {
			http.NotFound(w, r)
			return true
		}
		if r.URL.Query().Has("include_deleted") || r.URL.Query().Has("updated_since") {
			return respond(422, "application/problem+json", "{}")(w, r, n)
		}
		return false
	}
	r := newReader(t, p.url)
	require.True(t, r.sync())
	require.Equal(t, p.holds()[1:], r.holds(), "all but the deleted one")
	require.False(t, r.sync())
	p.put(row{name: "io.test/new", version: "1.0.0", text: "x", updated: now(), latest: true})
	require.True(t, r.sync())
	require.Len(t, r.holds(), 250)
}

func TestIgnoresUpdatedSince(t *testing.T) {
	p := newPublic(t, many(250)...)
	p.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		q := r.URL.Query()
		q.Del("updated_since")
		q.Set("include_deleted", "true")
		r.URL.RawQuery = q.Encode()
		return false
	}
	r := newReader(t, p.url)
	require.True(t, r.sync())
	require.NotContains(t, r.revision, "since")
	require.False(t, r.sync(), "the same content is no news")
	p.remove("io.test/s00003:1.0.0")
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
}

func TestMovesWhileItIsRead(t *testing.T) {
	p := newPublic(t, many(450)...)
	p.before = func(_ http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 4 { // Behind what has been read.
			p.put(
				row{name: "io.test/a", version: "1.0.0", text: "new", updated: now(), latest: true},
				row{name: "io.test/s00002", version: "1.0.0", text: "changed", updated: now(), latest: true},
				row{name: "io.test/s00003", version: "1.0.0", text: "one", status: "deleted", updated: now(), latest: true},
			)
		}
		return false
	}
	r := newReader(t, p.url)
	require.True(t, r.sync())
	require.Equal(t, p.holds(), r.holds())
}

// Pages by number let an entry appear twice when one is added before it.
func TestSameEntryTwice(t *testing.T) {
	entry := func(text, updated string) string {
		return `{"server":{"name":"io.test/a","version":"1.0.0","description":"` + text + `"},"_meta":{"io.modelcontextprotocol.registry/official":{"status":"active","updatedAt":"` + updated + `","isLatest":true}}}`
	}
	for name, order := range map[string][]string{
		"newer later":   {entry("old", "2026-01-01T00:00:00Z"), entry("new", "2026-01-02T00:00:00Z")},
		"newer earlier": {entry("new", "2026-01-02T00:00:00Z"), entry("old", "2026-01-01T00:00:00Z")},
		"no times":      {entry("old", ""), entry("new", "")},
		"equal":         {entry("new", ""), entry("new", "")},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPublic(t)
			p.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
				if r.URL.Query().Has("updated_since") {
					return respond(200, isJSON, `{"servers":[],"metadata":{}}`)(w, r, n)
				}
				if n == 1 {
					return respond(200, isJSON, `{"servers":[`+order[0]+`],"metadata":{"nextCursor":"2"}}`)(w, r, n)
				}
				return respond(200, isJSON, `{"servers":[`+order[1]+`],"metadata":{}}`)(w, r, n)
			}
			r := newReader(t, p.url)
			r.sync()
			require.Equal(t, []string{"io.test/a@1.0.0 new active latest"}, r.holds())
		})
	}
}

// A registry without cursors must not be taken for one with a hundred entries.
func TestRegistryWithoutCursors(t *testing.T) {
	cut := func(n int, ignoresLimit bool) *public {
		p := newPublic(t, many(n)...)
		p.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			if ignoresLimit {
				limit = n
			}
			servers := make([]string, 0, n)
			for _, e := range many(n)[:min(limit, n)] {
				servers = append(servers, `{"server":{"name":"`+e.name+`","version":"1.0.0","description":"one"},"_meta":{}}`)
			}
			return respond(200, isJSON, `{"servers":[`+strings.Join(servers, ",")+`],"metadata":{"count":1}}`)(w, r, 0)
		}
		return p
	}
	for _, n := range []int{100, 101, 2000} {
		_, err := newReader(t, cut(n, false).url).fetch("")
		require.ErrorContains(t, err, "no cursor to the rest; the registry needs a newer version")
		require.Equal(t, fault.Terminal, fault.ClassOf(err))
	}
	for _, n := range []int{0, 99} {
		require.True(t, newReader(t, cut(n, false).url).sync())
	}
	for _, n := range []int{99, 100, 101, 2000} {
		r := newReader(t, cut(n, true).url)
		require.True(t, r.sync(), "all of it on one page is all of it")
		require.Len(t, r.holds(), n)
	}
	// One with cursors may have exactly as many entries as fit on a page.
	o := newOwn(t, 100)
	r := o.reader()
	require.True(t, r.sync())
	require.Len(t, contents(t, r.stored), 100)
}
