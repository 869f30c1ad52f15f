package apiserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func TestEndpoints(t *testing.T) {
	snapshot := sample(t)
	_, base := start(t, snapshot)
	cases := map[string]struct {
		why    string
		path   string
		status int
		has    string
	}{
		"home":                   {"addresses are relative, for base URLs with a prefix", "/", 200, `src="page/`},
		"home by name":           {"every endpoint has the address of the registry", "/registry/team/", 200, `src="page/`},
		"home of another":        {"a wrong name is not this registry", "/registry/other/", 404, "error"},
		"asset of another page":  {"a page of an older version finds what it needs", "/page/0123456789abcdef/app.js", 200, "import"},
		"asset by name":          {"assets lie beside the page", "/registry/team/page/0123456789abcdef/app.js", 200, "import"},
		"asset unknown":          {"the error body is everywhere", "/page/0123456789abcdef/nope.js", 404, "error"},
		"assets":                 {"a folder is not listed", "/page/", 404, "error"},
		"health":                 {"alive", "/health", 200, `"ok"`},
		"readiness":              {"it says what is loaded", "/readiness", 200, string(snapshot.Digest)},
		"openapi":                {"other registries look here first", "/openapi.yaml", 200, "https://github.com/modelcontextprotocol/registry"},
		"openapi of name":        {"the base URL may be that of the registry", "/registry/team/openapi.yaml", 200, "1.0.0"},
		"list":                   {"the standard prefix", "/v0.1/servers", 200, `"servers":[{"server":`},
		"list v0":                {"mcp-publisher and importers use v0", "/v0/servers", 200, `"servers":[{`},
		"list by name":           {"several registries behind one host", "/registry/team/v0.1/servers", 200, `"servers":[{`},
		"list of another":        {"a wrong name is not this registry", "/registry/other/v0.1/servers", 404, "error"},
		"trailing slash":         {"base URLs are joined carelessly", "/v0.1/servers/", 200, `"servers":[{`},
		"double slash in front":  {"base URLs are joined carelessly", "//v0.1/servers", 200, `"servers":[{`},
		"ping":                   {"as upstream", "/v0.1/ping", 200, `"pong":true`},
		"ping by name":           {"every endpoint has three addresses", "/registry/team/v0.1/ping", 200, `"pong":true`},
		"state":                  {"what is served", "/v0.1/x/registry", 200, `"names":5`},
		"state v0":               {"every endpoint has three addresses", "/v0/x/registry/", 200, `"servers":8`},
		"state by name":          {"every endpoint has three addresses", "/registry/team/v0.1/x/registry", 200, `"name":"team"`},
		"no other extension":     {"only what there is", "/v0.1/x", 404, "error"},
		"version":                {"as upstream", "/v0/version", 200, "v1.2.3"},
		"api health":             {"as upstream", "/v0.1/health", 200, `"ok"`},
		"versions":               {"newest first by precedence, not by spelling", "/v0.1/servers/io.acme%2Ffiles/versions", 200, `"count":3`},
		"versions with slash":    {"clients forget to escape", "/v0.1/servers/io.acme/files/versions/", 200, `"count":3`},
		"versions with deleted":  {"deleted ones on demand", "/v0.1/servers/io.acme%2Ffiles/versions?include_deleted=true", 200, `"count":4`},
		"versions unknown":       {"an empty list would say that it exists", "/v0.1/servers/io.acme%2Fno/versions", 404, "io.acme/no"},
		"versions all deleted":   {"a withdrawn server is not allowed any more", "/v0.1/servers/io.acme%2Fgone/versions", 404, "error"},
		"latest":                 {"10 is later than 9", "/v0.1/servers/io.acme%2Ffiles/versions/latest", 200, `"version":"10.0.0"`},
		"latest with slash":      {"clients forget to escape", "/v0/servers/io.acme/files/versions/latest", 200, `"version":"10.0.0"`},
		"latest deleted":         {"Copilot reads 404 as not allowed", "/v0.1/servers/io.acme%2Fgone/versions/latest", 404, "error"},
		"latest deleted wanted":  {"deleted ones on demand", "/v0.1/servers/io.acme%2Fgone/versions/latest?include_deleted=1", 200, `"deleted"`},
		"exact":                  {"one version", "/v0.1/servers/io.acme%2Ffiles/versions/2.0.0", 200, `"version":"2.0.0"`},
		"exact deleted":          {"hidden by default", "/v0.1/servers/io.acme%2Ffiles/versions/11.0.0", 404, "error"},
		"build metadata":         {"the plus is escaped", "/v0.1/servers/io.acme%2Fbuild/versions/1.0.0%2Bexp.sha", 200, `1.0.0+exp.sha`},
		"build metadata bare":    {"in a path a plus is a plus", "/v0.1/servers/io.acme%2Fbuild/versions/1.0.0+exp.sha", 200, `1.0.0+exp.sha`},
		"unescaped once":         {"%252F is the text %2F", "/v0.1/servers/io.acme%252Ffiles/versions/latest", 404, "error"},
		"version unknown":        {"404 and not the latest", "/v0.1/servers/io.acme%2Ffiles/versions/3.0.0", 404, "3.0.0"},
		"server alone":           {"not part of the API", "/v0.1/servers/io.acme%2Ffiles", 404, "error"},
		"nothing":                {"the error body is everywhere", "/nope", 404, "error"},
		"limit 0":                {"out of range", "/v0.1/servers?limit=0", 400, "limit"},
		"limit 101":              {"out of range", "/v0.1/servers?limit=101", 400, "limit"},
		"limit word":             {"not a number", "/v0.1/servers?limit=ten", 400, "limit"},
		"limit signed":           {"not a plain number", "/v0.1/servers?limit=%2B5", 400, "limit"},
		"limit huge":             {"beyond 64 bits", "/v0.1/servers?limit=99999999999999999999", 400, "limit"},
		"cursor garbage":         {"never a 500, never page one", "/v0.1/servers?cursor=garbage", 400, "cursor"},
		"cursor of nothing":      {"{} in base64 is not ours", "/v0.1/servers?cursor=e30", 400, "cursor"},
		"longest version":        {"255 characters may take four bytes each", "/v0.1/servers?version=" + strings.Repeat("%F0%9F%98%80", 255), 200, "count"},
		"version too long":       {"", "/v0.1/servers?version=" + strings.Repeat("v", 1025), 400, "1024"},
		"updated_since word":     {"not a time", "/v0.1/servers?updated_since=yesterday", 400, "updated_since"},
		"updated_since year -1":  {"an offset may lead out of the years that can be written, the cursor does not mind", "/v0.1/servers?limit=1&updated_since=0000-01-01T00:00:00%2B01:00", 200, "nextCursor"},
		"updated_since conflict": {"a reader of changes must see what is gone", "/v0.1/servers?updated_since=2026-01-01T00:00:00Z&include_deleted=false", 400, "include_deleted"},
		"include_deleted word":   {"not a boolean", "/v0.1/servers?include_deleted=maybe", 400, "include_deleted"},
		"include_deleted one":    {"not a boolean", "/v0.1/servers/io.acme%2Ffiles/versions/latest?include_deleted=maybe", 400, "include_deleted"},
		"bad escape":             {"a malformed value is 400", "/v0.1/servers?search=%zz", 400, "search"},
		"search not UTF-8":       {"a malformed value is 400", "/v0.1/servers?search=%ff", 400, "search"},
		"unknown parameter":      {"clients of later versions send more", "/v0.1/servers?tags=a;b&limit=1", 200, `"count":1`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			// Go's client asks for gzip by itself, and then hides the length.
			response, body := ask(t, http.MethodGet, base+c.path, "Accept-Encoding", "identity")
			require.Equal(t, c.status, response.StatusCode, "%s: %s", c.why, body)
			require.Contains(t, string(body), c.has, c.why)
			checkCommon(t, response, snapshot.Digest)
			if c.status >= 400 {
				checkProblem(t, response, body)
			}

			head, none := ask(t, http.MethodHead, base+c.path, "Accept-Encoding", "identity")
			require.Equal(t, c.status, head.StatusCode, "HEAD answers like GET")
			require.Empty(t, none)
			require.Equal(t, response.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
			require.Equal(t, response.Header.Get("Content-Type"), head.Header.Get("Content-Type"))

			options, none := ask(t, http.MethodOptions, base+c.path)
			require.Equal(t, http.StatusNoContent, options.StatusCode, "browsers ask before they ask")
			require.Empty(t, none)
			checkCommon(t, options, snapshot.Digest)
		})
	}
}

func checkCommon(t *testing.T, response *http.Response, digest registry.Digest) {
	t.Helper()
	require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "GET, OPTIONS", response.Header.Get("Access-Control-Allow-Methods"))
	require.Equal(t, "Authorization, Content-Type", response.Header.Get("Access-Control-Allow-Headers"))
	if strings.HasPrefix(response.Header.Get("ETag"), "W/") {
		require.Empty(t, response.Header.Get("X-Registry-Digest"), "the tag says it")
		return
	}
	require.Equal(t, string(digest), response.Header.Get("X-Registry-Digest"))
}

func checkProblem(t *testing.T, response *http.Response, body []byte) {
	t.Helper()
	var p map[string]any
	require.NoError(t, json.Unmarshal(body, &p), "%s", body)
	require.Equal(t, "application/json", response.Header.Get("Content-Type"))
	require.EqualValues(t, response.StatusCode, p["status"])
	for _, key := range []string{"error", "title", "detail"} {
		require.NotEmpty(t, p[key], "%s in %s", key, body)
	}
	require.Equal(t, "no-store", response.Header.Get("Cache-Control"), "an error must not outlive its cause")
}

func TestWritesAreNotImplemented(t *testing.T) {
	_, base := start(t, sample(t))
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, path := range []string{"/v0/publish", "/v0.1/servers", "/v0.1/servers/io.acme%2Ffiles/versions/2.0.0", "/registry/team/v0.1/servers"} {
			response, body := ask(t, method, base+path)
			require.Equal(t, http.StatusNotImplemented, response.StatusCode, "%s %s", method, path)
			checkProblem(t, response, body)
		}
		response, body := ask(t, method, base+"/health")
		require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
		require.Equal(t, "GET, HEAD, OPTIONS", response.Header.Get("Allow"))
		checkProblem(t, response, body)
	}
}

func TestBeforeTheFirstSnapshot(t *testing.T) {
	base := listen(t, apiserver.New(apiserver.Options{RegistryName: "team"}))
	for _, path := range []string{
		"/readiness", "/v0.1/servers", "/v0/servers?limit=1", "/registry/team/v0.1/servers", "/v0.1/servers/a%2Fb/versions",
		"/v0.1/servers/a%2Fb/versions/latest", "/v0.1/servers/a/b/versions/latest", "/v0.1/x/servers/search", "/v0.1/whatever",
	} {
		response, body := ask(t, http.MethodGet, base+path)
		require.Equal(t, http.StatusServiceUnavailable, response.StatusCode, "%s: 404 would mean not allowed", path)
		require.NotEmpty(t, response.Header.Get("Retry-After"))
		checkProblem(t, response, body)
		checkCommon(t, response, "")
	}
	for _, path := range []string{"/health", "/v0.1/ping", "/v0.1/health", "/openapi.yaml", "/"} {
		response, _ := ask(t, http.MethodGet, base+path)
		require.Equal(t, http.StatusOK, response.StatusCode, "%s: alive, only not ready", path)
	}
}

func TestLoadRefusesWhatIsNotWhole(t *testing.T) {
	good := sample(t)
	server, base := start(t, good)
	lines := strings.SplitAfter(string(good.Content), "\n")
	cases := map[string]registry.Snapshot{
		"cut off":      registry.New(good.Content[:len(good.Content)-1], 0),
		"out of order": registry.New([]byte(lines[1]+lines[0]), 2),
		"twice":        registry.New([]byte(lines[0]+lines[0]), 2),
		"not JSON":     registry.New([]byte("hello\n"), 1),
		"no name":      registry.New([]byte(strings.Replace(lines[0], `"name"`, `"nome"`, 1)), 1),
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			require.Error(t, server.Load(bad))
			response, _ := ask(t, http.MethodGet, base+"/readiness")
			require.Equal(t, string(good.Digest), response.Header.Get("X-Registry-Digest"), "the good one stays")
		})
	}
}

func TestEmptyRegistry(t *testing.T) {
	_, base := start(t, registry.New(nil, 0))
	for _, query := range []string{"", "?version=latest", "?search=x", "?include_deleted=true", "?version=1.0.0"} {
		p := list(t, base+"/v0.1/servers"+query)
		require.Empty(t, p.Servers)
		require.Nil(t, p.Metadata.NextCursor)
	}
}

func TestConditionalRequests(t *testing.T) {
	first, second := sample(t), numbered(t, 3)
	server, base := start(t, first)
	tags := map[string]string{}
	for _, path := range []string{"/v0.1/servers", "/v0.1/servers?limit=1", "/v0.1/servers/io.acme%2Ffiles/versions", "/v0.1/servers/io.acme%2Ffiles/versions/latest"} {
		response, _ := ask(t, http.MethodGet, base+path)
		tag := response.Header.Get("ETag")
		require.Regexp(t, `^`+tagOf(first)+`-[0-9a-f]+"$`, tag)
		require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
		require.Empty(t, tags[tag], "two answers share a tag")
		tags[tag] = path
		for _, header := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			response, body := ask(t, http.MethodGet, base+path, "If-None-Match", header)
			require.Equal(t, http.StatusNotModified, response.StatusCode, header)
			require.Empty(t, body)
			require.Equal(t, tag, response.Header.Get("ETag"))
			require.Empty(t, response.Header.Get("Access-Control-Allow-Origin"), "only browsers need it")
			require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
			require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
		}
		response, _ = ask(t, http.MethodGet, base+path, "If-None-Match", tag, "Origin", "https://page.example")
		require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"), "or a browser hides it from its page")
		response, _ = ask(t, http.MethodGet, base+path, "If-None-Match", `"other"`)
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	response, _ := ask(t, http.MethodGet, base+"/v0.1/servers")
	old := response.Header.Get("ETag")
	require.NoError(t, server.Load(second))
	response, _ = ask(t, http.MethodGet, base+"/v0.1/servers", "If-None-Match", old)
	require.Equal(t, http.StatusOK, response.StatusCode, "another snapshot, another answer")
}

// The document promises paths; each must exist, with the statuses it names.
func TestOpenAPIIsTrue(t *testing.T) {
	server := apiserver.New(apiserver.Options{
		RegistryName: "team", Metadata: func(*http.Request) []byte { return []byte(`{"resource":"https://a"}`) },
	})
	require.NoError(t, server.Load(sample(t)))
	base := listen(t, server)
	response, body := ask(t, http.MethodGet, base+"/openapi.yaml")
	require.Equal(t, "application/yaml", response.Header.Get("Content-Type"))
	var document struct {
		Info  struct{ Version, Description string }
		Paths map[string]map[string]struct{ Responses map[string]any }
	}
	// A list of parameters stands beside the methods; only methods are read.
	var loose map[string]any
	require.NoError(t, yaml.Unmarshal(body, &loose))
	for _, item := range loose["paths"].(map[string]any) {
		delete(item.(map[string]any), "parameters")
	}
	again, err := yaml.Marshal(loose)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(again, &document))
	require.Equal(t, "1.0.0", document.Info.Version)
	require.Contains(t, document.Info.Description, "https://github.com/modelcontextprotocol/registry")

	fill := strings.NewReplacer("{serverName}", "io.acme%2Ffiles", "{version}", "latest")
	for path, methods := range document.Paths {
		for method, operation := range methods {
			response, _ := ask(t, strings.ToUpper(method), base+fill.Replace(path))
			status := http.StatusText(response.StatusCode)
			require.Contains(t, operation.Responses, response.Status[:3], "%s %s: %s", method, path, status)
			require.NotEqual(t, http.StatusNotFound, response.StatusCode, path)
		}
	}
}

// Whatever is asked, the answer is never a 5xx.
func FuzzRequests(f *testing.F) {
	server := apiserver.New(apiserver.Options{RegistryName: "team"})
	require.NoError(f, server.Load(sample(f)))
	handler := server.Handler()
	for _, seed := range [][2]string{
		{"v0.1/servers", "limit=2&version=latest"}, {"v0.1/servers", "cursor=eyJuIjoiYSIsImEiOiIxIn0"}, {"v0.1/x/servers/search", "q=a+b&tag=%00&cursor=e30"},
		{"v0/servers/io.acme%2Ffiles/versions/latest", ""}, {"registry/team/v0.1/servers/a/versions/versions", "include_deleted=1"},
		{"v0.1/servers//versions//", "search=%00&&=&;"}, {"v0.1/servers", "search=a%0Ab&updated_since=2026-01-01T00:00:00Z"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/"+path+"?"+query, nil)
		if err != nil {
			t.Skip("net/http would not let it through")
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		require.Less(t, recorder.Code, 500)
		if strings.HasPrefix(recorder.Header().Get("Content-Type"), "application/json") {
			require.True(t, json.Valid(recorder.Body.Bytes()), "%s", recorder.Body)
		}
	})
}
