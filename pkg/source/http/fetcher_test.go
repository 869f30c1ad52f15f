package http_test

import (
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
		"weak ETag":     {"nginx makes one weak when it compresses", func(h http.Header, _ []byte) { h.Set("ETag", `W/"abc"`) }, 0},
		"odd ETag":      {"without the quotes that belong there", func(h http.Header, _ []byte) { h.Set("ETag", "abc=d e") }, 0},
		"long ETag":     {"it would fill the status", func(h http.Header, _ []byte) { h.Set("ETag", `"`+strings.Repeat("e", 300)+`"`) }, 1},
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
	require.Equal(t, source.ReasonVerificationFailed, fault.ReasonOf(err, ""))
	require.ErrorContains(t, err, pin)
	require.ErrorContains(t, err, string(registry.DigestOf([]byte("two"))))
}

// TestUnchangedUnderAnotherName: a server that was deployed anew calls an
// unchanged file by a new name. It is downloaded once for that.
func TestUnchangedUnderAnotherName(t *testing.T) {
	for _, old := range []string{`"old"`, ""} {
		unchangedUnderAnotherName(t, old)
	}
}

func unchangedUnderAnotherName(t *testing.T, name string) {
	t.Helper()
	s := newServer(t)
	s.validate = func(h http.Header, _ []byte) { h.Set("ETag", name) }
	s.Put([]byte("one"))
	memory := &sourcehttp.Memory{}
	f := s.fetcher(t, func(c *sourcehttp.Config) { c.Memory = memory })
	first, err := f.Fetch(t.Context(), "")
	require.NoError(t, err)

	name, s.bodies = `"new"`, 0
	for range 3 {
		again, err := f.Fetch(t.Context(), first.Revision)
		require.NoError(t, err)
		require.True(t, again.Unchanged)
		require.Equal(t, first.Revision, again.Revision, "nothing is written for a name")
	}
	require.Equal(t, 1, s.bodies)

	name = `"newer"`
	s.Put([]byte("two"))
	changed, err := f.Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.Equal(t, "two", string(changed.Data()))
	again, err := f.Fetch(t.Context(), changed.Revision)
	require.NoError(t, err)
	require.True(t, again.Unchanged)
	require.Equal(t, 2, s.bodies)
}

// TestTwoChangesInASecond: times have seconds, so a fresh one tells nothing.
func TestTwoChangesInASecond(t *testing.T) {
	s := newServer(t)
	now := time.Now()
	s.validate = func(h http.Header, _ []byte) { h.Set("Last-Modified", now.UTC().Format(http.TimeFormat)) }
	s.Put([]byte("one"))
	f := s.fetcher(t, nil)
	first, err := f.Fetch(t.Context(), "")
	require.NoError(t, err)
	s.Put([]byte("two"))
	second, err := f.Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.Equal(t, "two", string(second.Data()))
}

// TestManualLook: a look that must read says so to caches on the way.
func TestManualLook(t *testing.T) {
	s := newServer(t)
	var asked http.Header
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		w.Header().Set("ETag", `"a"`)
		_, _ = w.Write([]byte("one"))
	}
	f := s.fetcher(t, nil)
	first, err := f.Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "no-cache", asked.Get("Cache-Control"))
	require.Empty(t, asked.Get("If-None-Match"))
	_, err = f.Fetch(t.Context(), first.Revision)
	require.NoError(t, err)
	require.Empty(t, asked.Get("Cache-Control"))
	require.Equal(t, `"a"`, asked.Get("If-None-Match"))
}

func TestInvalidReferences(t *testing.T) {
	for url, says := range map[string]string{
		"":                                 "not a URL",
		"registry.json":                    "not a URL",
		"https:///registry.json":           "not a URL",
		"https://example.com/%zz?q=hidden": "not a URL",
		"file:///etc/passwd":               "not a URL",
		"file://host/etc/passwd":           "https://",
		"ftp://example.com/x":              "https://",
		"https://u:hidden@example.com/x":   "credentials",
	} {
		_, err := sourcehttp.New(sourcehttp.Config{URL: url})
		require.Equal(t, fault.Terminal, fault.ClassOf(err), url)
		require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""), url)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "hidden")
	}
	for _, pin := range []string{"abc", strings.Repeat("A", 64), "sha256:" + strings.Repeat("a", 64)} {
		_, err := sourcehttp.New(sourcehttp.Config{URL: "https://example.com/x", SHA256: pin})
		require.ErrorContains(t, err, "http.sha256")
	}
}
