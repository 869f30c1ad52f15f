package oracle

import (
	"net/http"
	"regexp"
	"strings"
)

var unencodedName = regexp.MustCompile(`^/v0(?:\.1)?/servers/[^/%]+/[^/%]+/versions(?:/[^/]+)?$`)

// ofPaths are about how a path is read and which paths there are.
func ofPaths() []difference {
	return []difference{
		{
			"a name whose slash is not encoded, `/servers/a/b/versions`", "404", "as if it were encoded",
			"Clients and gateways decode paths.",
			instead(404, 200, func(q question) bool { return unencodedName.MatchString(q.path()) }),
		},
		{
			"a name that is encoded twice, `a%252Fb`", "decodes it twice", "404",
			"It is decoded once, as HTTP wants it; otherwise a name with a percent sign in it would be another one.",
			instead(200, 404, func(q question) bool { return strings.Contains(q.path(), "%25") }),
		},
		{
			"a slash at the end of a path", "308 to the path without it, the name decoded, which is then 404", "the same as without it",
			"Base URLs are joined carelessly, and a redirect behind a gateway may lead elsewhere.",
			func(q question, theirs, ours *answer) {
				if theirs.Status == http.StatusPermanentRedirect && strings.HasSuffix(q.path(), "/") && (ours.Status == 200 || ours.Status == 404) {
					agree(theirs, ours)
				}
			},
		},
		{
			"`/health` and `/readiness`", "404", "200",
			"Probes of Kubernetes; readiness says that a verified snapshot is loaded.",
			instead(404, 200, func(q question) bool { return q.path() == "/health" || q.path() == "/readiness" }),
		},
		{
			"`/`", "its own page for people", "our own",
			"Not a part of the API.",
			instead(200, 200, func(q question) bool { return q.path() == "/" }),
		},
		{
			"`/v0.1/version`", "`version`, `git_commit`, `build_time`", "`version`",
			"The version says which commit it is.",
			func(q question, theirs, ours *answer) {
				mine, isObject := ours.Body.(map[string]any)
				if statuses(theirs, ours, 200, 200) && strings.HasSuffix(q.path(), "/version") && isObject && len(mine) == 1 && mine["version"] != "" {
					agree(theirs, ours)
				}
			},
		},
	}
}

// ofErrors is about the body of an error, once the statuses are the same.
func ofErrors() difference {
	return difference{
		"the body of an error", "`application/problem+json` with `title`, `status` and `detail`", "`application/json` with these and `error`",
		"The OpenAPI document promises `application/json` and `error`; clients read the one or the other, so both are there.",
		func(_ question, theirs, ours *answer) {
			if theirs.Status < 400 || theirs.Status != ours.Status {
				return
			}
			a, isProblem := theirs.Body.(map[string]any)
			b, isOurs := ours.Body.(map[string]any)
			alike := isProblem && isOurs && a["title"] == b["title"] && a["status"] == b["status"] && b["error"] == b["detail"] && b["error"] != ""
			noBody := theirs.Body == "" && ours.Body == ""
			if ours.ContentType == "application/json" && (alike || noBody) {
				agree(theirs, ours)
			}
		},
	}
}
