package http_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(data)
	_ = z.Close()
	return out.Bytes()
}

// endless writes the same until the client has had enough, and says how much that was.
func endless(part []byte, written *int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		for r.Context().Err() == nil {
			n, err := w.Write(part)
			*written += n
			if err != nil {
				return
			}
		}
	}
}

// TestTooMuch: whatever a server promises or hides, no more than the limit is kept.
func TestTooMuch(t *testing.T) {
	var written int
	for name, c := range map[string]struct {
		why    string
		handle http.HandlerFunc
	}{
		"a promise": {"nothing of it is read", endless(make([]byte, 1024), &written, "Content-Length", strconv.Itoa(1<<40))},
		"endless":   {"it is not read to the end", endless(make([]byte, 1024), &written)},
		"a bomb":    {"the limit is for what comes out", answered(gzipped(make([]byte, 10<<20)), "Content-Encoding", "gzip")},
		"a bomb in a file": {
			"a file that is compressed itself", answered(gzipped(make([]byte, 1<<20))),
		},
		"a bomb in a bomb": {
			"the outer one is small enough", answered(gzipped(gzipped(make([]byte, 1<<20))), "Content-Encoding", "gzip"),
		},
		"endless nothing": {
			"empty streams in a row never give a byte", endless(bytes.Repeat(gzipped(nil), 100), &written, "Content-Encoding", "gzip"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			written = 0
			s := newServer(t)
			s.handle = c.handle
			content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
			require.Equal(t, source.ReasonTooLarge, fault.ReasonOf(err, ""), "%s: %v", c.why, err)
			require.Equal(t, fault.Terminal, fault.ClassOf(err))
			require.Empty(t, content.Files)
			s.Close() // waits for the handler
			require.Less(t, written, 64<<20, "what is under way in buffers, not all that the server has")
		})
	}
}

func answered(body []byte, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = w.Write(body)
	}
}

func TestBrokenOff(t *testing.T) {
	whole := gzipped(bytes.Repeat([]byte("0123456789"), 100))
	for name, c := range map[string]struct {
		why    string
		handle http.HandlerFunc
		class  fault.Class
	}{
		"shorter than promised": {"half a file is none", answered([]byte("half"), "Content-Length", "100"), fault.Retry},
		"half of a stream":      {"the end is missing", answered(whole[:len(whole)/2], "Content-Encoding", "gzip"), fault.Retry},
		"wrong checksum": {
			"something changed on the way", answered(append(bytes.Clone(whole[:len(whole)-8]), make([]byte, 8)...), "Content-Encoding", "gzip"), fault.Retry,
		},
		"half of a compressed file": {"it is so on the server", answered(whole[:len(whole)/2]), fault.Terminal},
		"aborted": {"the server fell over", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, fault.Retry},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.handle = c.handle
			content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
			require.Error(t, err, c.why)
			require.Equal(t, c.class, fault.ClassOf(err), err)
			require.Empty(t, content.Files)
		})
	}
}

// TestGzip: on the way, in the file, and both.
func TestGzip(t *testing.T) {
	full := bytes.Repeat([]byte("x"), sourcetest.Limit)
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		served []byte // what a pin and a revision are about
	}{
		"on the way":        {answered(gzipped(full), "Content-Encoding", "gzip"), full},
		"old name":          {answered(gzipped(full), "Content-Encoding", "x-gzip"), full},
		"a compressed file": {answered(gzipped(full), "Content-Type", "application/gzip"), gzipped(full)},
		"both":              {answered(gzipped(gzipped(full)), "Content-Encoding", "gzip"), gzipped(full)},
		"two streams": {
			answered(append(gzipped(full[:10]), gzipped(full[10:])...), "Content-Encoding", "gzip"), full,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.handle = c.handle
			digest := string(registry.DigestOf(c.served))
			content, err := s.fetcher(t, func(c *sourcehttp.Config) { c.SHA256 = digest[7:] }).Fetch(t.Context(), "")
			require.NoError(t, err)
			require.Equal(t, full, content.Data())
			require.Equal(t, source.Revision(digest), content.Revision)
		})
	}
}

// TestIncompressible: what does not compress is still within the limit of what is read.
func TestIncompressible(t *testing.T) {
	var stored bytes.Buffer
	z, err := gzip.NewWriterLevel(&stored, gzip.NoCompression)
	require.NoError(t, err)
	full := make([]byte, sourcetest.Limit)
	for i := range full {
		_, _ = z.Write(full[i : i+1])
		_ = z.Flush() // as bad as a server can make it: a block for each byte
	}
	require.NoError(t, z.Close())
	s := newServer(t)
	s.handle = answered(stored.Bytes(), "Content-Encoding", "gzip")
	content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, full, content.Data())
}
