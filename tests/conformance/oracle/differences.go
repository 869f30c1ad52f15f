package oracle

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// difference is a way in which the two registries answer differently, and mean to.
type difference struct {
	// What is asked, what the two answer and why are a line of the table in
	// docs/conformance.md.
	what, theirs, ours, why string
	// settle makes two answers alike as far as they differ in this way and in no
	// other, and leaves them as they are otherwise.
	settle func(q question, theirs, ours *answer)
}

// differences are all of them, in the order in which they are settled: first
// who answers at all, then what is in a list, at last how an error looks.
func differences() []difference {
	var all []difference
	all = append(all, ofRequests()...)
	all = append(all, ofTexts()...)
	all = append(all, ofPaths()...)
	all = append(all, ofEntries()...)
	all = append(all, ofLists()...)
	return append(all, ofErrors())
}

// statuses matches two statuses.
func statuses(theirs, ours *answer, t, o int) bool { return theirs.Status == t && ours.Status == o }

// agree gives ours the answer of theirs.
func agree(theirs, ours *answer) { *ours = *theirs }

// isWrite is true for what would change something.
func (q question) isWrite() bool {
	return q.method != http.MethodGet && q.method != http.MethodHead && q.method != http.MethodOptions
}

// asks reports whether a text is part of the question as it is sent.
func (q question) asks(text string) bool { return strings.Contains(q.target, text) }

func (q question) path() string {
	path, _, _ := strings.Cut(q.target, "?")
	return path
}

// instead settles answers with two statuses to questions that are meant.
func instead(t, o int, meant func(question) bool) func(question, *answer, *answer) {
	return func(q question, theirs, ours *answer) {
		if statuses(theirs, ours, t, o) && meant(q) {
			agree(theirs, ours)
		}
	}
}

// ofRequests are about requests that are not for this registry or malformed.
func ofRequests() []difference {
	return []difference{
		{
			"a write: publishing, changing, deleting", "400, 401 or 404 without a token; does it with one", "501",
			"Entries come from the sources of the registry. The standard names 501 for registries that do not support a write.",
			func(q question, theirs, ours *answer) {
				if q.isWrite() && theirs.Status/100 == 4 && ours.Status == http.StatusNotImplemented {
					agree(theirs, ours)
				}
			},
		},
		{
			"`OPTIONS` that is not a preflight", "404", "204 with the CORS headers",
			"Clients find out what is allowed without an `Origin` too. A real preflight is answered 204 by both.",
			instead(404, 204, func(q question) bool { return q.method == http.MethodOptions }),
		},
		{
			"`limit` or `include_deleted` out of range or malformed", "422", "400",
			"A malformed value is one status, whatever the parameter is; the official registry has 400 for `updated_since`.",
			func(q question, theirs, ours *answer) {
				if statuses(theirs, ours, 422, 400) && (q.asks("limit=") || q.asks("include_deleted=")) {
					theirs.Status = 400
					setTitle(theirs, "Bad Request", 400)
				}
			},
		},
		{
			"a value that is not correctly percent-encoded", "takes the parameter for absent", "400",
			"The client meant something, and the whole list is not it.",
			instead(200, 400, func(q question) bool { return q.asks("%zz") }),
		},
		{
			"a `cursor` that this registry did not give out", "goes on after what the text says", "400",
			"Cursors are opaque. Ours carry the filters of their list, because VS Code does not repeat them.",
			instead(200, 400, func(q question) bool { return q.parameter("cursor") != "" }),
		},
	}
}

// ofTexts are about texts to look for.
func ofTexts() []difference {
	return []difference{
		{
			"`search` with fewer than three characters", "422", "the records that contain them",
			"There is no database to protect, and a page that searches as one types begins with one letter.",
			instead(422, 200, func(q question) bool {
				search := q.parameter("search")
				return search != "" && utf8.RuneCountInString(strings.TrimSpace(search)) < 3
			}),
		},
		{
			"`search` or `version` with more than 256 bytes", "no records", "400",
			"No field has so much to search in that this could be meant, and cursors carry the filters.",
			func(q question, theirs, ours *answer) {
				long := max(len(q.parameter("search")), len(q.parameter("version"))) > 256
				if long && statuses(theirs, ours, 200, 400) && len(theirs.Records) == 0 {
					agree(theirs, ours)
				}
			},
		},
		{
			"text that is not UTF-8", "500", "400 in a query, 404 in a path",
			"It is the client's mistake.",
			func(q question, theirs, ours *answer) {
				if theirs.Status == 500 && (ours.Status == 400 || ours.Status == 404) && (q.asks("%ff") || q.asks("%FF")) {
					agree(theirs, ours)
				}
			},
		},
		{
			"a NUL in a query or a path", "400", "no records, 404",
			"For PostgreSQL it is an error; here it is a character that no name contains.",
			func(q question, theirs, ours *answer) {
				nothing := ours.Status == 404 || ours.Status == 200 && len(ours.Records) == 0
				if theirs.Status == 400 && nothing && q.asks("%00") {
					agree(theirs, ours)
				}
			},
		},
	}
}

// setTitle changes what an error says about its status.
func setTitle(a *answer, title string, status float64) {
	if body, isObject := a.Body.(map[string]any); isObject {
		body = copyOf(body)
		body["title"], body["status"] = title, status
		a.Body = body
	}
}
