package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

const (
	// What a client sends is cut to these numbers of bytes.
	maxLoggedMethod = 20
	maxLoggedPath   = 512
	maxLoggedValue  = 128
	maxLoggedAgent  = 256
	maxLoggedQuery  = 8 << 10
)

// loggedParameters are the query parameters whose values are logged: those of
// the API that say what somebody looked for. All others may hold anything, for
// example a token that was put into the URL by mistake.
var loggedParameters = map[string]bool{
	"limit": true, "search": true, "version": true, "updated_since": true, "include_deleted": true,
	"q": true, "tag": true, "transport": true, "package_type": true, "tier": true, "status": true,
}

// AccessLog writes one line of JSON for each answer. It is safe for concurrent use.
type AccessLog struct{ logger *slog.Logger }

// NewAccessLog returns a log that writes to w, one line in one Write.
func NewAccessLog(w io.Writer) *AccessLog {
	return &AccessLog{logger: slog.New(slog.NewJSONHandler(w, nil))}
}

// Observe writes one line; it is for [apiserver.Options]. No header but
// User-Agent is read, so that no credential can be written.
func (a *AccessLog) Observe(r *http.Request, o apiserver.Observation) {
	a.logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("method", printable(r.Method, maxLoggedMethod)),
		slog.String("route", o.Route),
		slog.String("path", printable(r.URL.EscapedPath(), maxLoggedPath)),
		slog.Attr{Key: "query", Value: slog.GroupValue(parameters(r.URL.RawQuery)...)},
		slog.Int("status", o.Status),
		slog.Int("bytes", o.Bytes),
		slog.Float64("seconds", o.Took.Seconds()),
		slog.String("client", r.RemoteAddr),
		slog.String("userAgent", printable(r.UserAgent(), maxLoggedAgent)),
	)
}

// parameters are the values of the parameters that are logged, those of one name
// with commas between, and how many others there are.
func parameters(query string) []slog.Attr {
	if query == "" {
		return nil
	}
	names, values, others := []string{}, map[string]string{}, 0
	if len(query) > maxLoggedQuery {
		query, others = query[:maxLoggedQuery], 1
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if !loggedParameters[name] {
			others++
			continue
		}
		if text, err := url.QueryUnescape(value); err == nil {
			value = text
		}
		if before, again := values[name]; again {
			value = before + "," + value
		} else {
			names = append(names, name)
		}
		values[name] = printable(value, maxLoggedValue)
	}
	attrs := make([]slog.Attr, 0, len(names)+1)
	for _, name := range names {
		attrs = append(attrs, slog.String(name, values[name]))
	}
	if others > 0 {
		attrs = append(attrs, slog.Int("others", others))
	}
	return attrs
}

// printable cuts text to at most limit bytes and replaces what a terminal could
// take for a command. JSON escapes some of that, but not all.
func printable(text string, limit int) string {
	if len(text) > limit {
		end := limit
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, text)
}
