package browse_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/browse"
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
