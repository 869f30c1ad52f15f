package http

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

var digest = registry.DigestOf([]byte("one"))

func TestRevision(t *testing.T) {
	const old, now = "Fri, 02 Jan 2026 12:00:00 GMT", "Sat, 03 Jan 2026 12:00:00 GMT"
	for name, tt := range map[string]struct {
		why    string
		header http.Header
		want   string
	}{
		"nothing":       {why: "the digest is enough", want: ""},
		"ETag":          {why: "the best name", header: http.Header{"Etag": {`"a"`}, "Last-Modified": {old}, "Date": {now}}, want: ` etag="a"`},
		"time":          {why: "the next best", header: http.Header{"Last-Modified": {old}, "Date": {now}}, want: " modified=" + old},
		"fresh time":    {why: "the file may change again in this second", header: http.Header{"Last-Modified": {now}, "Date": {now}}},
		"future time":   {why: "clocks differ", header: http.Header{"Last-Modified": {now}, "Date": {old}}},
		"without clock": {why: "nobody knows how fresh it is", header: http.Header{"Last-Modified": {old}}},
		"not a time":    {why: "0 is what some send", header: http.Header{"Last-Modified": {"0"}, "Date": {now}}},
		"not ASCII":     {why: "it could not be sent back", header: http.Header{"Etag": {"\"ü\""}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := revisionOf(digest, tt.header)
			require.Equal(t, source.Revision(string(digest)+tt.want), r.written(), tt.why)
			require.Equal(t, r, parseRevision(r.written()), "it is read back after a restart")
		})
	}
}

func TestRevisionsOfOthers(t *testing.T) {
	for _, text := range []source.Revision{"", "sha256:", "sha256:abc", "8f3e0c", "1234/5678", source.Revision(strings.ToUpper(string(digest)))} {
		require.Equal(t, revision{}, parseRevision(text), text)
	}
	injected := parseRevision(source.Revision(string(digest) + " etag=\"a\"\r\nX-Other: y"))
	require.False(t, injected.conditional(), "who can edit the stored revision adds no header")
}

func TestMemoryIsBounded(t *testing.T) {
	var m Memory
	r := revision{digest: digest, etag: `"new"`}
	for i := range 3 * maxRemembered {
		m.note(strings.Repeat("u", i%2000)+"x", r)
	}
	require.LessOrEqual(t, len(m.names), maxRemembered)
	require.Equal(t, r, m.recall(strings.Repeat("u", (3*maxRemembered-1)%2000)+"x", revision{digest: digest, etag: `"old"`}))
	require.Equal(t, revision{digest: "other"}, m.recall("x", revision{digest: "other"}))
}

func FuzzParseRevision(f *testing.F) {
	f.Add(string(digest))
	f.Add(string(digest) + ` etag=W/"a b"`)
	f.Add(string(digest) + " modified=Fri, 02 Jan 2026 12:00:00 GMT")
	f.Add("1234/5678")
	f.Fuzz(func(t *testing.T, text string) {
		r := parseRevision(source.Revision(text))
		header := http.Header{}
		r.condition(header)
		for _, values := range header {
			require.True(t, usable(values[0]))
		}
		if r.digest != "" {
			require.Equal(t, r, parseRevision(r.written()))
		}
	})
}
