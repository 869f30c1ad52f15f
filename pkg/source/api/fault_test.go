package api_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

// respond answers with a status, a content type and a body.
func respond(status int, kind, body string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// from lets do answer the requests from number first on, count of them.
func from(first, count int, do func(http.ResponseWriter, *http.Request, int) bool) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, n int) bool {
		return n >= first && n < first+count && do(w, r, n)
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request, _ int) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "5000")
	_, _ = w.Write([]byte(`{"servers":[`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func hangUp(http.ResponseWriter, *http.Request, int) bool { panic(http.ErrAbortHandler) }

func busy(after string) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
}

const (
	always = 1 << 30
	isJSON = "application/json"
)

// A bad moment in the middle costs another request, and no entry.
func TestBadMoments(t *testing.T) {
	tests := map[string]func(http.ResponseWriter, *http.Request, int) bool{
		"500":       respond(500, "text/plain", "oops"),
		"502 html":  respond(502, "text/html", "<html>bad gateway</html>"),
		"html":      respond(200, "text/html", "<html>we are working on it</html>"),
		"not json":  respond(200, isJSON, "{"),
		"no page":   respond(200, isJSON, `{"error":"timeout"}`),
		"cut off":   cutOff,
		"hung up":   hangUp,
		"busy":      busy("0"),
		"busy date": busy(time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)),
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPublic(t, many(450)...)
			p.before = from(3, 3, do)
			r := newReader(t, p.url)
			require.True(t, r.sync())
			require.Equal(t, p.holds(), r.holds())
		})
	}
}

// Pitfall 12: whatever goes wrong for good, nothing is handed out, and the
// error says who has to act.
func TestFailures(t *testing.T) {
	tests := map[string]struct {
		why    string
		before func(http.ResponseWriter, *http.Request, int) bool
		class  fault.Class
		reason string
		says   string
	}{
		"page 57":    {why: "one page is missing", before: from(57, always, respond(500, isJSON, "{}")), reason: source.ReasonUnavailable, says: "after 56 pages with 5600 entries: the answer is 500"},
		"cut off":    {why: "half a page is no page", before: from(2, always, cutOff), reason: source.ReasonUnavailable, says: "cut off"},
		"login page": {why: "people would see it at once", before: respond(200, "text/html; charset=utf-8", "<html>log in</html>"), class: fault.Terminal, reason: format.ReasonInvalidData, says: `the content type is "text/html; charset=utf-8", not JSON; correct api.endpoint`},
		"no type":    {why: "what is it?", before: respond(200, "", `{"servers":[]}`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "the content type is"},
		"not json":   {why: "not a registry", before: respond(200, isJSON, `hello`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "not valid JSON"},
		"other json": {why: "not a registry", before: respond(200, isJSON, `{"data":{"servers":[]}}`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "it has no servers"},
		"object":     {why: "ToolHive's file", before: respond(200, isJSON, `{"servers":{}}`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "servers is not a list"},
		"later html": {why: "it was a registry a moment ago", before: from(2, always, respond(200, "text/html", "<html>")), reason: source.ReasonUnavailable, says: "not JSON"},
		"401":        {why: "credentials are needed", before: respond(401, isJSON, "{}"), class: fault.Terminal, reason: source.ReasonAuthFailed, says: "401 Unauthorized"},
		"403":        {why: "other credentials are needed", before: respond(403, isJSON, "{}"), class: fault.Terminal, reason: source.ReasonAuthFailed, says: "403 Forbidden"},
		"404":        {why: "it may come back", before: respond(404, isJSON, "{}"), reason: source.ReasonUnavailable, says: "404 Not Found"},
		"410":        {why: "who knows", before: respond(410, isJSON, "{}"), reason: source.ReasonUnavailable, says: "410 Gone"},
		"500":        {why: "it may come back", before: respond(500, isJSON, "{}"), reason: source.ReasonUnavailable, says: "500 Internal Server Error"},
		"refused":    {why: "the cursor is not liked any more", before: from(2, always, respond(400, isJSON, "{}")), reason: source.ReasonUnavailable, says: "400 Bad Request"},
		"busy":       {why: "it says when to come back", before: busy("3600"), class: fault.Wait, reason: source.ReasonUnavailable, says: "429 Too Many Requests"},
		"loop":       {why: "the list would have no end", before: respond(200, isJSON, `{"servers":[{}],"metadata":{"nextCursor":"again"}}`), reason: source.ReasonUnavailable, says: `the cursor "again" came twice`},
		"endless":    {why: "always another cursor, never an entry", before: endless, reason: source.ReasonUnavailable, says: "pages in a row are empty"},
		"cursor":     {why: "a cursor is part of a URL", before: respond(200, isJSON, `{"servers":[],"metadata":{"nextCursor":"`+strings.Repeat("x", 5000)+`"}}`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "5000 bytes"},
		"odd cursor": {why: "a cursor is a text", before: respond(200, isJSON, `{"servers":[],"metadata":{"nextCursor":7}}`), class: fault.Terminal, reason: format.ReasonInvalidData, says: "cursor of the next page cannot be used"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			entries := 300
			if name == "page 57" {
				entries = 5700
			}
			p := newPublic(t, many(entries)...)
			p.before = test.before
			r := newReader(t, p.url)
			content, err := r.fetch("")
			require.Error(t, err, test.why)
			require.Empty(t, content)
			require.Equal(t, test.class, fault.ClassOf(err), err)
			require.Equal(t, test.reason, fault.ReasonOf(err, ""), err)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func endless(w http.ResponseWriter, r *http.Request, n int) bool {
	return respond(200, isJSON, `{"servers":[],"metadata":{"nextCursor":"`+strconv.Itoa(n)+`"}}`)(w, r, n)
}

func TestRetryAfter(t *testing.T) {
	p := newPublic(t, many(450)...)
	p.before = busy(time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat))
	r := newReader(t, p.url)
	_, err := r.fetch("")
	require.InDelta(t, 2*time.Hour, fault.After(err), float64(time.Minute))

	p.before = busy("99999999999")
	_, err = r.fetch("")
	require.Equal(t, 24*time.Hour, fault.After(err), "a server cannot ask for a pause of years")

	// Within the time that the sync has, it is waited for.
	p.forget()
	p.before = from(3, 1, busy("1"))
	began := time.Now()
	require.True(t, r.sync())
	require.GreaterOrEqual(t, time.Since(began), time.Second)

	// Beyond it, there is no use in waiting.
	p.forget()
	p.before = from(3, 1, busy("3600"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fetcher, err := api.New(r.cfg)
	require.NoError(t, err)
	_, err = fetcher.Fetch(ctx, "")
	require.Equal(t, fault.Wait, fault.ClassOf(err))
	require.Equal(t, time.Hour, fault.After(err))
	require.NoError(t, ctx.Err())
}

func TestTimeIsUp(t *testing.T) {
	p := newPublic(t, many(450)...)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	p.before = from(3, always, func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	})
	r := newReader(t, p.url)
	fetcher, err := api.New(r.cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = fetcher.Fetch(ctx, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Retry, fault.ClassOf(err))
	require.ErrorContains(t, err, "after 2 pages with 200 entries")
}

func TestLimits(t *testing.T) {
	p := newPublic(t, many(1000)...)
	r := newReader(t, p.url)
	r.cfg.MaxBytes = 100_000
	_, err := r.fetch("")
	require.Equal(t, source.ReasonTooLarge, fault.ReasonOf(err, ""))
	require.Equal(t, fault.Terminal, fault.ClassOf(err))
	require.ErrorContains(t, err, "after 3 pages")

	p.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", isJSON)
		_, _ = w.Write([]byte(`{"servers":["`))
		for range 40 {
			_, _ = w.Write([]byte(strings.Repeat("x", 1<<20)))
		}
		return true
	}
	r.cfg.MaxBytes = 0
	_, err = r.fetch("")
	require.Equal(t, source.ReasonTooLarge, fault.ReasonOf(err, ""))
	require.ErrorContains(t, err, "a page of")
}
