package api

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Whatever a server sends: what is kept of a page is one line of JSON an entry,
// and it comes out of the spool as it went in.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{"servers":[{"server":{"name":"io.acme/a","version":"1.0.0"},"_meta":{"io.modelcontextprotocol.registry/official":{"status":"deleted","updatedAt":"2026-01-01T00:00:00Z","isLatest":true}}}],"metadata":{"nextCursor":"a:1.0.0"}}`,
		`{"servers":null}`, `{"servers":[null,1,"x",[],{}],"metadata":7}`, `{"metadata":{"next_cursor":"é\n"},"servers":[{"name":"a\u0000b","version":{}}]}`,
		"{\"servers\":[{\n\t\"server\" : {\"name\":\"\xff\"}}]}", `[]`, `{"servers":[{"server":{"name":"a"}},{"server":{"name":"a"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := readPage(body)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(p.next), maxCursor)
		m, err := newMirror(t.TempDir())
		require.NoError(t, err)
		defer m.Close()
		require.NoError(t, putAll(m, p))
		kept := len(m.index)
		files, err := m.files()
		require.NoError(t, err)
		out := 0
		for _, file := range files {
			data, err := file.Bytes()
			require.NoError(t, err)
			require.True(t, json.Valid(data), "%q", data)
			require.NotContains(t, string(bytes.TrimSpace(data)), "\n")
			again, err := readPage(data)
			require.NoError(t, err)
			out += len(again.entries)
		}
		require.Equal(t, kept, out)
	})
}

// A revision is read back as it was written; anything else is refused or harmless.
func FuzzRevision(f *testing.F) {
	at := time.Date(2026, 11, 24, 8, 0, 0, 5000, time.UTC)
	f.Add(string(checkpoint{digest: digestOf(nil), entries: 7, since: at, full: at.Truncate(time.Second), snapshot: "0123456789abcdef"}.revision()))
	f.Add(string(checkpoint{digest: digestOf(nil)}.revision()))
	f.Add("0123456789abcdef0123456789abcdef: 1 entries, since yesterday")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCheckpoint(source.Revision(text))
		if !ok {
			return
		}
		again, ok := parseCheckpoint(c.revision())
		require.True(t, ok, "%q", c.revision())
		require.Equal(t, c.entries, again.entries)
		require.True(t, c.since.Equal(again.since))
	})
}
