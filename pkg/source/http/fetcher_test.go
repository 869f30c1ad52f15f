package http_test

import (
	"compress/gzip"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

func TestConformance(t *testing.T) {
	for name, validate := range map[string]func(http.Header, []byte){
		"with ETag":          withETag,
		"without validators": nil,
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Harness {
				s := newServer(t)
				s.validate = validate
				return harness{s, t}
			})
		})
	}
}

// What an unchanged file costs, by what the server can tell of it.
func TestUnchangedCosts(t *testing.T) {
	for name, c := range map[string]struct {
		why      string
		validate func(http.Header, []byte)
		bodies   int
	}{
		"ETag":          {"the server compares", withETag, 0},
		"Last-Modified": {"the server compares times", func(h http.Header, _ []byte) { h.Set("Last-Modified", "Fri, 02 Jan 2026 12:00:00 GMT") }, 0},
		"neither":       {"the bytes are compared here, and not parsed again", nil, 1},
		"an ETag that is never the same": {"a farm of servers, each with its own", func(h http.Header, _ []byte) {
			h.Set("ETag", `"`+time.Now().String()+`"`)
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.validate = c.validate
			s.Put([]byte("one"))
			f := s.fetcher(t, nil)
			first, err := f.Fetch(t.Context(), "")
			require.NoError(t, err)
			s.requests, s.bodies = 0, 0
			again, err := f.Fetch(t.Context(), first.Revision)
			require.NoError(t, err)
			require.True(t, again.Unchanged)
			require.Equal(t, first.Revision, again.Revision)
			require.Equal(t, 1, s.requests)
			require.Equal(t, c.bodies, s.bodies, c.why)
		})
	}
}

func TestPinnedFile(t *testing.T) {
	s := newServer(t)
	s.Put([]byte("one"))
	pin := string(registry.DigestOf([]byte("one")))[7:]
	f := s.fetcher(t, func(c *sourcehttp.Config) { c.SHA256 = pin })
	first, err := f.Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "one", string(first.Data()))

	s.Put([]byte("two"))
	again, err := f.Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.True(t, again.Unchanged, "what is pinned cannot change, so nobody is asked")
	require.Equal(t, 1, s.requests)

	_, err = f.Fetch(t.Context(), "")
	require.Equal(t, fault.Terminal, fault.ClassOf(err))
	require.ErrorContains(t, err, pin)
	require.ErrorContains(t, err, string(registry.DigestOf([]byte("two"))))
}

func TestAnswers(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte("what the server says"))
		}
	}
	for name, c := range map[string]struct {
		why    string
		handle http.HandlerFunc
		class  fault.Class
		reason string
		says   string
	}{
		"401":           {"credentials are wrong", status(401), fault.Terminal, source.ReasonAuthFailed, "http.secretRef"},
		"403":           {"credentials are not enough", status(403), fault.Terminal, source.ReasonAuthFailed, "http.secretRef"},
		"404":           {"it may come", status(404), fault.Retry, source.ReasonUnavailable, "404 Not Found"},
		"500":           {"it may pass", status(500), fault.Retry, source.ReasonUnavailable, "500"},
		"429":           {"the server says when", status(429, "Retry-After", "120"), fault.Wait, source.ReasonUnavailable, "429"},
		"304 unasked":   {"nothing was known", status(304), fault.Retry, source.ReasonUnavailable, "304"},
		"206":           {"a part is not the whole", status(206), fault.Retry, source.ReasonUnavailable, "206"},
		"http redirect": {"nobody may read or change it on the way", status(302, "Location", "http://127.0.0.1:1/"), fault.Terminal, source.ReasonInvalidReference, "plain http"},
		"file redirect": {"it is not ours to read", status(302, "Location", "file:///etc/passwd"), fault.Terminal, source.ReasonInvalidReference, "scheme"},
		"a loop":        {"it does not end", status(302, "Location", "/registry.json"), fault.Terminal, source.ReasonInvalidReference, "redirects"},
		"a page": {"a login form has the status 200", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("\n<!doctype html><title>Log in</title>"))
		}, fault.Terminal, source.ReasonInvalidReference, "page for people"},
		"cut off": {"half a file is none", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}, fault.Retry, source.ReasonUnavailable, "broke off"},
		"a bomb": {"the limit is for what comes out", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte(strings.Repeat("0", 10<<20)))
			_ = z.Close()
		}, fault.Terminal, source.ReasonTooLarge, "larger than the limit"},
		"endless": {"it is not read to the end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		}, fault.Terminal, source.ReasonTooLarge, "larger than the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.handle = c.handle
			content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
			require.Error(t, err, c.why)
			require.Equal(t, c.class, fault.ClassOf(err), "%s: %v", c.why, err)
			require.Equal(t, c.reason, fault.ReasonOf(err, ""))
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "what the server says")
			require.NotContains(t, err.Error(), "hidden", "a query may hold a secret")
			require.Empty(t, content.Files)
		})
	}
}

func TestGzip(t *testing.T) {
	s := newServer(t)
	var accepts string
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		accepts = r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte("one"))
		_ = z.Close()
	}
	content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "one", string(content.Data()))
	require.Equal(t, "gzip", accepts)
}

// A server that does not answer holds nothing up for longer than the sync may take.
func TestSlowServer(t *testing.T) {
	s := newServer(t)
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("o"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := s.fetcher(t, nil).Fetch(ctx, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Retry, fault.ClassOf(err))
}

func TestInvalidReferences(t *testing.T) {
	for url, says := range map[string]string{
		"":                          "not a URL",
		"registry.json":             "not a URL",
		"file:///etc/passwd":        "not a URL",
		"ftp://example.com/x":       "https://",
		"https://u:p@example.com/x": "credentials",
	} {
		_, err := sourcehttp.New(sourcehttp.Config{URL: url})
		require.Equal(t, fault.Terminal, fault.ClassOf(err), url)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "u:p")
	}
	_, err := sourcehttp.New(sourcehttp.Config{URL: "https://example.com/x", SHA256: "abc"})
	require.ErrorContains(t, err, "http.sha256")
}
