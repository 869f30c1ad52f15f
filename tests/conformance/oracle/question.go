package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// question is asked to both registries.
type question struct {
	method string
	// target is path and query as they go over the wire.
	target string
	// walk follows the cursors of a list to the end.
	walk bool
}

func (q question) String() string {
	text := q.method + " " + q.target
	if q.walk {
		text += " and all pages after it"
	}
	return text
}

// parameter is a parameter of the query, empty if it is not there.
func (q question) parameter(name string) string {
	_, raw, _ := strings.Cut(q.target, "?")
	values, _ := url.ParseQuery(raw)
	return values.Get(name)
}

// answer is what a registry said, without what must differ: the text of cursors.
type answer struct {
	Status      int
	ContentType string
	// List is whether the answer is a list: then Records are the entries of all
	// its pages, Sizes their numbers, and More is whether another page follows.
	List    bool
	Records []record
	Sizes   []int
	More    bool
	// Body is any other answer.
	Body any
}

// record is an entry as any JSON, so that no field is overlooked.
type record struct {
	Server map[string]any `json:"server"`
	Meta   map[string]any `json:"_meta"`
}

func (r record) id() string { return fmt.Sprint(r.Server["name"], "@", r.Server["version"]) }

// wire is a list as it comes.
type wire struct {
	Servers  []record
	Metadata *struct {
		Count      *int
		NextCursor string
	}
}

// noRedirects shows redirects instead of following them.
var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask asks one registry.
func (q question) ask(tb testing.TB, base string) answer {
	tb.Helper()
	a, body := fetch(tb, q.method, base, q.target)
	next, isList := a.add(tb, body)
	if a.Status != http.StatusOK || !isList {
		a.Body = decode(body)
		return a
	}
	for n := 0; q.walk && next != ""; n++ {
		require.Less(tb, n, 10_000, "%s has no end at %s", q, base)
		target := withCursor(q.target, next)
		following, body := fetch(tb, q.method, base, target)
		require.Equal(tb, http.StatusOK, following.Status, "%s: %s", target, body)
		next, isList = a.add(tb, body)
		require.True(tb, isList, "%s: %s", target, body)
	}
	return a
}

// add appends a page, if it is one, and returns the cursor of the next.
func (a *answer) add(tb testing.TB, body []byte) (next string, isList bool) {
	tb.Helper()
	var w wire
	if json.Unmarshal(body, &w) != nil || w.Servers == nil || w.Metadata == nil || w.Metadata.Count == nil {
		return "", false
	}
	require.Len(tb, w.Servers, *w.Metadata.Count)
	for _, r := range w.Servers {
		normalise(r.Meta)
	}
	a.List, a.Records, a.Sizes, a.More = true, append(a.Records, w.Servers...), append(a.Sizes, len(w.Servers)), w.Metadata.NextCursor != ""
	return w.Metadata.NextCursor, true
}

func withCursor(target, cursor string) string {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return target + separator + "cursor=" + url.QueryEscape(cursor)
}

// fetch sends a target as it is, which http.NewRequest would tidy up.
func fetch(tb testing.TB, method, base, target string) (answer, []byte) {
	tb.Helper()
	where, err := url.Parse(base)
	require.NoError(tb, err)
	path, query, _ := strings.Cut(target, "?")
	where.RawQuery, where.Opaque = query, path
	request := (&http.Request{Method: method, URL: where, Header: http.Header{}}).WithContext(tb.Context())
	response, err := noRedirects.Do(request)
	require.NoError(tb, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(tb, err)
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	return answer{Status: response.StatusCode, ContentType: media}, body
}

// decode reads JSON, or gives the text back.
func decode(body []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value any
	if decoder.Decode(&value) != nil {
		return string(body)
	}
	if o, isObject := value.(map[string]any); isObject {
		meta, _ := o["_meta"].(map[string]any)
		normalise(meta)
	}
	return value
}

// normalise writes the times of the registry's own metadata in one way.
func normalise(meta map[string]any) {
	for _, extension := range meta {
		fields, _ := extension.(map[string]any)
		for key, value := range fields {
			text, _ := value.(string)
			if at, err := time.Parse(time.RFC3339, text); err == nil {
				fields[key] = at.UTC().Format(time.RFC3339Nano)
			}
		}
	}
}
