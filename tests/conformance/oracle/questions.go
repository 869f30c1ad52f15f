package oracle

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const api = "/v0.1/servers"

// questionsAbout are all questions about what is in a snapshot: three searches,
// the lists, the pages and every server.
func questionsAbout(snapshot registry.Snapshot, few, many, mixed string) []question {
	var all []question
	all = append(all, listQuestions(few, many, mixed)...)
	all = append(all, pagingQuestions(many)...)
	all = append(all, serverQuestions(snapshot)...)
	return all
}

func get(target string) question { return question{method: http.MethodGet, target: target} }
func walk(target string) question {
	return question{method: http.MethodGet, target: target, walk: true}
}

// listQuestions are all combinations of filters, to the last page.
func listQuestions(searches ...string) []question {
	var all []question
	for _, search := range append(searches, "", "search=no-such-thing") {
		for _, version := range []string{"", "version=latest", "version=1.0.0"} {
			for _, deleted := range []string{"", "include_deleted=true", "include_deleted=false"} {
				for _, since := range []string{"", "updated_since=2026-01-02T12:30:00Z", "updated_since=2026-01-02T14:00:00Z"} {
					all = append(all, walk(target(search, version, deleted, since)))
				}
			}
		}
	}
	return all
}

// target joins the parameters that there are.
func target(parameters ...string) string {
	var present []string
	for _, p := range parameters {
		if p != "" {
			present = append(present, p)
		}
	}
	return strings.TrimSuffix(api+"?"+strings.Join(present, "&"), "?")
}

// pagingQuestions go to the end in steps of different size.
func pagingQuestions(search string) []question {
	var all []question
	for _, limit := range []string{"limit=1", "limit=2", "limit=7", "limit=30", "limit=99", "limit=100"} {
		for _, filter := range []string{"", "version=latest", search, "include_deleted=true", "updated_since=2026-01-02T13:00:00Z", search + "&version=latest"} {
			all = append(all, walk(target(limit, filter)))
		}
	}
	return all
}

// serverQuestions ask for every server and every version there is; of the
// fillers, which are all alike, the first ones do.
func serverQuestions(snapshot registry.Snapshot) []question {
	var all []question
	seen := map[string]bool{}
	_ = snapshot.Each(func(p registry.Parsed) error {
		if strings.Contains(p.Name, ".fill/") && p.Name > "com.example.fill/server-009" {
			return nil
		}
		where := api + "/" + url.PathEscape(p.Name) + "/versions"
		if !seen[p.Name] {
			all = append(all, get(where), get(where+"?include_deleted=true"), get(where+"/latest"), get(where+"/latest?include_deleted=true"))
		}
		seen[p.Name] = true
		escaped := strings.ReplaceAll(url.PathEscape(p.Version), "+", "%2B")
		all = append(all, get(where+"/"+escaped))
		if p.Official.Status == registry.StatusDeleted {
			all = append(all, get(where+"/"+escaped+"?include_deleted=true"))
		}
		return nil
	})
	return all
}

// edgeQuestions are what careless, curious and hostile clients ask.
func edgeQuestions() []question {
	targets := []string{
		// Values at and beyond their borders.
		"?limit=0", "?limit=-1", "?limit=101", "?limit=1000000000000000000000", "?limit=x", "?limit=1.5", "?limit=", "?limit=5&limit=6",
		"?include_deleted=perhaps", "?include_deleted=1", "?include_deleted=T", "?include_deleted=", "?include_deleted=TRUE",
		"?updated_since=yesterday", "?updated_since=2026-01-02", "?updated_since=2026-01-02T13:00:00", "?updated_since=",
		"?updated_since=2026-01-02T15:00:00%2B02:00", "?updated_since=2026-01-02T13:00:00.000000001Z", "?updated_since=2026-01-02T12:59:59.999Z",
		"?updated_since=2999-01-01T00:00:00Z", "?updated_since=0001-01-01T00:00:00Z", "?updated_since=2026-01-02t13:00:00z",
		"?version=", "?version=LATEST", "?version=none", "?version=1.0.0%2Ba", "?version=1.0.0+a", "?version=snapshot-a", "?version=v1.0.0",
		"?search=", "?search=a", "?search=ex", "?search=%20a%20", "?search=%25%25%25", "?search=___", "?search=%5C%5C%5C", "?search=HALF", "?search=%C3%96st",
		"?search=remote+servers", "?search=Packages+of", "?search=rich/uni", "?search=example/", "?search=ample/ha", "?search=%E6%9D%B1%E4%BA%AC%F0%9F%8C%A6",
		"?search=%ff%fe%fd", "?search=abc%00def", "?search=" + strings.Repeat("a", 300), "?version=" + strings.Repeat("1", 300), "?version=%ff",
		"?cursor=x", "?cursor=com.example%2Fhalf%3A1.0.0", "?cursor=com.example%2Fhalf", "?cursor=%E2%82%AC", "?cursor=",
		"?unknown=1", "?Limit=2", "?&&", "?limit=%zz", "?%zz=1", "?limit=2;version=latest",
		// Paths.
		"/", "?/", "/com.example%2Fhalf", "/com.example%2Fhalf/", "/com.example/half/versions", "/com.example/half/versions/1.0.0", "/com.example/half/versions/latest",
		"/com.example%2Fhalf/versions/", "/com.example%2Fhalf/versions/latest/", "/com.example%252Fhalf/versions", "/com.example%252Fhalf/versions/1.0.0",
		"/com.example%2fhalf/versions/1.0.0", "/%63om.example%2Fhalf/versions/1%2E0%2E0", "/com.example%2FHALF/versions/1.0.0", "/COM.example%2Fhalf/versions",
		"/com.example%2Fnone/versions", "/com.example%2Fnone/versions/latest", "/com.example%2Fhalf/versions/9.9.9", "/com.example%2Fhalf/versions/LATEST",
		"/com.example%2Fhalf/versions/v1.0.0", "/com.example%2Fbuild/versions/1.0.0+20130313144700", "/com.example%2Fbuild/versions/1.0.0", "/half/versions", "/half/versions/1.0.0",
		"/%20/versions", "/com.example%2Fhalf/versions/%20", "/com.example%2Fha%00lf/versions", "/com.example%2Fhalf/versions/1.0.0%00", "/com.example%2Fha%FFlf/versions/1.0.0",
		"/com.example%2Fhalf/versions?include_deleted=perhaps", "/com.example%2Fhalf/versions/1.0.0?include_deleted=perhaps", "/com.example%2Fhalf/versions?limit=1",
		"/com.example%2Fhalf/versions/latest?version=2.0.0", "/com.example%2Fhalf/versions/1.0.0/more", "/com.example%2Fhalf/nothing", "/..%2F..%2Fetc/versions/passwd",
	}
	var all []question
	for _, t := range targets {
		all = append(all, get(api+t))
	}
	for _, t := range []string{"/v0/servers?limit=5", "/v0/servers/com.example%2Fhalf/versions", "/v0/servers/com.example%2Fhalf/versions/latest", "/v0.1/ping", "/v0/ping",
		"/v0.1/health", "/v0.1/version", "/v0.1", "/v0.1/", "/v0.1/nothing", "/v1/servers", "/servers", "/health", "/readiness", "/"} {
		all = append(all, get(t))
	}
	one := api + "/com.example%2Fhalf/versions/1.0.0"
	return append(all, []question{
		{method: http.MethodHead, target: api}, {method: http.MethodHead, target: api + "?limit=0"}, {method: http.MethodHead, target: one},
		{method: http.MethodHead, target: api + "/com.example%2Fnone/versions/latest"}, {method: http.MethodHead, target: "/v0.1/ping"},
		{method: http.MethodPost, target: "/v0.1/publish"}, {method: http.MethodPost, target: api}, {method: http.MethodPut, target: one},
		{method: http.MethodDelete, target: one}, {method: http.MethodPatch, target: one + "/status"}, {method: http.MethodPatch, target: api + "/com.example%2Fhalf/status"},
		{method: http.MethodOptions, target: api},
	}...)
}
