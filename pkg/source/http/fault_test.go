package http_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
)

// answer is one with headers in turn.
func answer(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte("what the server says"))
	}
}

// page is what a server shows to people, with status 200.
func page(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func TestAnswers(t *testing.T) {
	const (
		unavailable = source.ReasonUnavailable
		invalid     = source.ReasonInvalidReference
		authFailed  = source.ReasonAuthFailed
	)
	for name, c := range map[string]struct {
		why    string
		handle http.HandlerFunc
		class  fault.Class
		reason string
		says   string
	}{
		"401":              {"credentials are wrong", answer(401), fault.Terminal, authFailed, "http.secretRef"},
		"401 and a pause":  {"waiting does not help", answer(401, "Retry-After", "5"), fault.Terminal, authFailed, "http.secretRef"},
		"403":              {"credentials are not enough", answer(403), fault.Terminal, authFailed, "http.secretRef"},
		"403 and a pause":  {"how some say that there were too many requests", answer(403, "Retry-After", "60"), fault.Wait, unavailable, "403"},
		"404":              {"it may come", answer(404), fault.Retry, unavailable, "404 Not Found"},
		"410":              {"the server says that it will not come back", answer(410), fault.Terminal, invalid, "410 Gone"},
		"400":              {"the same request gets the same answer", answer(400), fault.Terminal, invalid, "400"},
		"407":              {"it is the proxy's, not the file's", answer(407), fault.Retry, unavailable, "407"},
		"429":              {"the server says when", answer(429, "Retry-After", "120"), fault.Wait, unavailable, "429"},
		"429 without time": {"it may pass", answer(429), fault.Retry, unavailable, "429"},
		"500":              {"it may pass", answer(500), fault.Retry, unavailable, "500"},
		"503":              {"the server says when", answer(503, "Retry-After", "120"), fault.Wait, unavailable, "503"},
		"599":              {"nobody knows what it is", answer(599), fault.Retry, unavailable, "599"},
		"204":              {"no file", answer(204), fault.Retry, unavailable, "204"},
		"206":              {"a part is not the whole", answer(206), fault.Retry, unavailable, "206"},
		"304 unasked":      {"nothing was known", answer(304), fault.Retry, unavailable, "304"},
		"302 to nowhere":   {"no Location", answer(302), fault.Retry, unavailable, "302"},
		"http redirect":    {"nobody may read or change it on the way", answer(302, "Location", "http://127.0.0.1:1/"), fault.Terminal, invalid, "plain http"},
		"file redirect":    {"it is not ours to read", answer(302, "Location", "file:///etc/passwd"), fault.Terminal, invalid, "scheme"},
		"userinfo":         {"it would be sent as a login", answer(302, "Location", "https://u:hidden@127.0.0.1:1/"), fault.Terminal, invalid, "credentials"},
		"a loop":           {"it does not end", answer(302, "Location", "/registry.json?hidden"), fault.Terminal, invalid, "more than 5 redirects"},
		"a dead redirect":  {"its query is not for everybody", answer(302, "Location", "https://127.0.0.1:1/x?sig=hidden"), fault.Retry, unavailable, "refused"},
		"a page":           {"a login form has the status 200", page("\n<!doctype html><title>Log in</title>"), fault.Terminal, invalid, "page for people"},
		"a page after BOM": {"editors put it there", page("\ufeff<html>"), fault.Terminal, invalid, "page for people"},
		"zstd":             {"it was not asked for", answer(200, "Content-Encoding", "zstd"), fault.Retry, unavailable, `"zstd"`},
		"gzip in name only": {
			"what is inside is unknown", answer(200, "Content-Encoding", "gzip"), fault.Retry, unavailable, "decompress",
		},
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
			require.NotContains(t, err.Error(), "\n")
			require.Empty(t, content.Files)
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		why         string
		value, date string
		want        time.Duration
	}{
		"seconds":       {"the usual form", "120", "", 2 * time.Minute},
		"a date":        {"by the server's clock", "Fri, 02 Jan 2026 12:10:00 GMT", "Fri, 02 Jan 2026 12:00:00 GMT", 10 * time.Minute},
		"a past date":   {"over already", "Fri, 02 Jan 2026 11:00:00 GMT", "Fri, 02 Jan 2026 12:00:00 GMT", 0},
		"years":         {"a server cannot silence a source for ever", "999999999", "", 24 * time.Hour},
		"a far date":    {"nor like that", "Fri, 02 Jan 2099 12:00:00 GMT", "Fri, 02 Jan 2026 12:00:00 GMT", 24 * time.Hour},
		"a huge number": {"it is none", "99999999999999999999999", "", 0},
		"negative":      {"it makes no sense", "-5", "", 0},
		"words":         {"they make no sense", "soon", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.handle = answer(503, "Retry-After", c.value, "Date", c.date)
			if c.date == "" {
				s.handle = answer(503, "Retry-After", c.value)
			}
			_, err := s.fetcher(t, nil).Fetch(t.Context(), "")
			require.Equal(t, c.want, fault.After(err), c.why)
			require.Equal(t, c.want > 0, fault.ClassOf(err) == fault.Wait)
		})
	}
}

// TestRedirects: as many as are allowed are followed, and who refuses after one
// is told from the host that the spec names.
func TestRedirects(t *testing.T) {
	s, other := newServer(t), newServer(t)
	s.handle = func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) < len("/registry.json")+5 {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("one"))
	}
	content, err := s.fetcher(t, nil).Fetch(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "one", string(content.Data()))

	other.handle = answer(403)
	s.handle = answer(302, "Location", other.URL+"/?sig=hidden")
	policy := s.policy()
	policy.RootCAs.AddCert(other.Certificate())
	_, err = s.fetcher(t, func(c *sourcehttp.Config) { c.Client = policy.Client() }).Fetch(t.Context(), "")
	require.ErrorContains(t, err, strings.TrimPrefix(other.URL, "https://")+`" after a redirect, where no credentials are sent`)
	require.NotContains(t, err.Error(), "hidden")
}

func TestUnreachable(t *testing.T) {
	s := newServer(t)
	_, err := s.fetcher(t, func(c *sourcehttp.Config) { c.Client = egress.Policy{AllowLoopback: true}.Client() }).Fetch(t.Context(), "")
	require.Equal(t, fault.Retry, fault.ClassOf(err), "a certificate may be replaced")
	require.ErrorContains(t, err, "ca.crt into the Secret")

	_, err = s.fetcher(t, func(c *sourcehttp.Config) { c.Client = egress.Policy{}.Client() }).Fetch(t.Context(), "")
	require.Equal(t, fault.Terminal, fault.ClassOf(err), "the operator's own network is no source")
	require.Equal(t, source.ReasonInvalidReference, fault.ReasonOf(err, ""))
	require.ErrorContains(t, err, "loopback")

	s.Close()
	_, err = s.fetcher(t, nil).Fetch(t.Context(), "")
	require.Equal(t, fault.Retry, fault.ClassOf(err))
	require.ErrorContains(t, err, "refused")
	require.NotContains(t, err.Error(), "hidden")
}

// TestSlowServer: a server that does not answer holds nothing up for longer than
// the sync may take, and half an answer is none.
func TestSlowServer(t *testing.T) {
	wait := func(r *http.Request) { <-r.Context().Done() }
	for name, handle := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { wait(r) },
		"half of it": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("o"))
			_ = http.NewResponseController(w).Flush()
			wait(r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewTLSServer(handle)
			defer s.Close()
			policy := egress.Policy{AllowLoopback: true, RootCAs: poolOf(s)}
			f, err := sourcehttp.New(sourcehttp.Config{URL: s.URL, Client: policy.Client()})
			require.NoError(t, err)
			for range 5 {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				_, err = f.Fetch(ctx, "")
				cancel()
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, fault.Retry, fault.ClassOf(err))
			}
		})
	}
}
