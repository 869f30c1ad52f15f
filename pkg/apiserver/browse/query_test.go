package browse_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

func TestRefusedQueries(t *testing.T) {
	encoded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	cases := map[string]struct{ why, query, names string }{
		"limit 0":             {"out of range", "limit=0", "limit"},
		"limit 101":           {"out of range", "limit=101", "limit"},
		"limit word":          {"not a number", "limit=ten", "limit"},
		"limit signed":        {"not a plain number", "limit=-1", "limit"},
		"q too long":          {"work for nothing", "q=" + strings.Repeat("a", 257), "q must"},
		"q too long folded":   {"a cursor could not hold it", "q=" + strings.Repeat("%C8%BA", 128), "q must"},
		"q of too many words": {"each costs a look", "q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", "q must"},
		"q not UTF-8":         {"no text", "q=%ff", "q must"},
		"q not escaped":       {"malformed", "q=%zz", "q is"},
		"tag not UTF-8":       {"no text", "tag=%ff", "tag"},
		"tag not escaped":     {"malformed", "tag=a&tag=%", "tag"},
		"tag too long":        {"no server has it", "tag=" + strings.Repeat("a", 257), "tag"},
		"too many tags":       {"each costs a look", strings.Repeat("tag=a&", 11), "tag"},
		"tier too long":       {"no server has it", "tier=" + strings.Repeat("a", 257), "tier"},
		"status too often":    {"each costs a look", strings.Repeat("status=a&", 11), "status"},
		"package type":        {"no text", "package_type=%ff", "package_type"},
		"transport":           {"there are three", "transport=http", "transport must be stdio, streamable-http or sse"},
		"cursor":              {"never a page one", "cursor=garbage", "cursor"},
		"cursor not base64":   {"never a page one", "cursor=%20", "cursor"},
		"cursor of nothing":   {"{} in base64 is not ours", "cursor=" + encoded(`{}`), "cursor"},
		"cursor without name": {"not ours", "cursor=" + encoded(`{"r":0,"a":""}`), "cursor"},
		"cursor of no rank":   {"not ours", "cursor=" + encoded(`{"r":7,"a":"x"}`), "cursor"},
		"cursor below ranks":  {"not ours", "cursor=" + encoded(`{"r":-1,"a":"x"}`), "cursor"},
		"cursor not folded":   {"not ours", "cursor=" + encoded(`{"r":1,"a":"x","q":"A"}`), "cursor"},
		"cursor spelled":      {"not ours", "cursor=" + encoded(`{"r":1, "a":"x"}`), "cursor"},
		"cursor of the list":  {"not ours", "cursor=" + encoded(`{"n":"x","a":"1"}`), "cursor"},
		"cursor too much":     {"its question is checked as any other", "cursor=" + encoded(`{"r":1,"a":"x","f":[null,["http"],null,null,null]}`), "cursor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := browse.ParseQuery(c.query)
			require.ErrorContains(t, err, c.names, c.why)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestAcceptedQueries(t *testing.T) {
	for _, query := range []string{
		"", "&&", "=", "q", "unknown=%zz", "limit=100", "limit=1&limit=ten", "q=a&q=%ff%", "q=" + strings.Repeat("a", 256),
		"q=" + strings.Repeat("a+", 128), "transport=STDIO",
	} {
		q, err := browse.ParseQuery(query)
		if query == "q=a&q=%ff%" {
			require.Error(t, err, "what cannot be read is refused wherever it stands")
			continue
		}
		require.NoError(t, err, query)
		require.LessOrEqual(t, len(q.Text), browse.MaxText)
	}
}

func TestCursorsCarryTheirQuestion(t *testing.T) {
	c := load(t, corpus.Snapshot(t, 1500))
	first := c.ask(t, "limit=2&q=Weather+calendar&transport=stdio&package_type=npm&package_type=oci")
	require.Len(t, first.names, 2)
	require.Regexp(t, `^[A-Za-z0-9._~-]+$`, first.next, "VS Code does not escape it")
	second := c.ask(t, "limit=2&cursor="+first.next)
	require.Equal(t, first.total, second.total)
	require.Equal(t, first.facets, second.facets)
	require.Equal(t, second, c.ask(t, "limit=2&q=other&tag=none&cursor="+first.next), "the cursor wins")
	both := c.ask(t, "limit=4&q=Weather+calendar&transport=stdio&package_type=npm&package_type=oci")
	require.Equal(t, both.names, append(first.names, second.names...))
}

// room is what a URL of 8 KiB has for the query, below the longest path.
const room = 8<<10 - len("/registry//v0.1/x/servers/search/") - 253

// Text that is longest in a cursor for what it is in a URL: each byte has three
// there and six in JSON.
func costly(n int) string { return strings.Repeat("<", n) }

// largest is the query of the most and longest parameters, and a server that it finds.
func largest(tb testing.TB, name string) (url.Values, registry.Server) {
	tb.Helper()
	tag := costly(256)
	found := described(tb, name, tag, `{"tags":["`+tag+`"],"tier":"a"}`, `,"packages":[{"registryType":"npm","transport":{"type":"sse"}}]`)
	query := url.Values{"q": {costly(256)}, "tag": {tag}, "limit": {"1"}}
	for f, value := range map[string]string{"tier": "a", "status": "active", "package_type": "npm", "transport": "sse"} {
		for range 10 {
			query.Add(f, value)
		}
	}
	// Together they have 1024 bytes: 768 are the tag's, 129 those of the other values.
	query["tier"][0] = costly(42) + "a"
	return query, found
}

// The next page of the largest query can be asked for, with its parameters and without.
func TestCursorsFitIntoAURL(t *testing.T) {
	long := strings.Repeat("n", 199)
	query, first := largest(t, long+"1")
	_, second := largest(t, long+"2")
	c := newCatalog(t, first, second)
	a := c.ask(t, query.Encode())
	require.Equal(t, 2, a.total)
	require.NotEmpty(t, a.next)
	for name, also := range map[string]string{"alone": "limit=100", "with its question": query.Encode()} {
		next := also + "&cursor=" + a.next
		require.LessOrEqual(t, len(next), room, name)
		require.Equal(t, []string{long + "2@1.0.0"}, c.ask(t, next).names, name)
	}

	query["tier"][0] += "a"
	_, err := browse.ParseQuery(query.Encode())
	require.EqualError(t, err, "tag, transport, package_type, tier and status must have at most 1024 bytes together, percent-encoded")
}
