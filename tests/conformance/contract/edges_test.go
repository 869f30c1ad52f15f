package contract_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/contract"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

// values are what stands for the variables of paths.
var values = strings.NewReplacer(
	"{serverName}", "com.example%2Fhalf", "{version}", "1.0.0", "{registryName}", corpus.RegistryName, "{name}", corpus.RegistryName)

// Nothing that would change something works, and it is said as the standard wants it.
func TestWritesAreRefused(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	official := officialDocument(t)
	refused := 0
	for _, o := range official.Operations() {
		if o.Method == http.MethodGet {
			continue
		}
		answer := ask(t, o.Method, base+values.Replace(o.Path))
		require.Equal(t, http.StatusNotImplemented, answer.Status, "%s %s", o.Method, o.Path)
		checkProblem(t, answer)
		if official.Names(o, answer.Status) {
			require.NoError(t, official.Check(o, answer))
		}
		refused++
	}
	require.Equal(t, 5, refused, "the official document has more writes than before")
}

// checkProblem wants the body that both kinds of clients read.
func checkProblem(t *testing.T, answer contract.Answer) {
	t.Helper()
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	var body struct {
		Error, Title, Detail string
		Status               int
	}
	require.NoError(t, json.Unmarshal(answer.Body, &body))
	require.NotEmpty(t, body.Error)
	require.Equal(t, http.StatusText(answer.Status), body.Title)
	require.Equal(t, answer.Status, body.Status)
	require.NotEmpty(t, body.Detail)
}

// Every operation that our own document promises is there and answers so.
func TestOurDocumentIsTrue(t *testing.T) {
	_, ready := corpus.Serve(t, corpus.Final(t))
	_, starting := corpus.Serve(t)
	for _, base := range []string{ready, starting} {
		ours := ourDocument(t, base)
		for _, o := range ours.Operations() {
			path := values.Replace(o.Path)
			require.NotContains(t, path, "{", "a variable without a value here")
			require.NoError(t, ours.Check(o, ask(t, o.Method, base+path)))
		}
	}
}

// What is malformed is the client's fault, in the words of our document.
func TestMalformedQueries(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	ours := ourDocument(t, base)
	for path, queries := range map[string][]string{
		listPath: {
			"limit=0", "limit=-1", "limit=101", "limit=1.5", "limit=x", "limit=%32%zz", "limit=99999999999999999999",
			"cursor=x", "cursor=com.example%2Fhalf%3A1.0.0", "cursor=%00", "updated_since=yesterday", "updated_since=2026-01-02",
			"include_deleted=perhaps", "updated_since=2026-01-02T00:00:00Z&include_deleted=false", "search=%ff",
			"search=" + strings.Repeat("a", 257), "version=%c3%28",
		},
		versionsPath: {"include_deleted=perhaps"},
		serverPath:   {"include_deleted=perhaps", "include_deleted=%zz"},
	} {
		for _, query := range queries {
			answer := ask(t, http.MethodGet, base+values.Replace(path)+"?"+query)
			require.Equal(t, http.StatusBadRequest, answer.Status, "%s?%s", path, query)
			checkProblem(t, answer)
			require.NoError(t, ours.Check(contract.Operation{Method: http.MethodGet, Path: path}, answer))
		}
	}
}

// The three prefixes and both spellings of a name are one API; HEAD is GET
// without a body, and what did not change is not sent again.
func TestSpellings(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	for _, path := range []string{
		"/servers", "/servers?limit=3&version=latest", "/servers/com.example%2Fbuild/versions",
		"/servers/com.example%2Fbuild/versions/1.0.0%2B20130313144700", "/servers/com.example%2Fhalf/versions/latest", "/ping", "/version", "/health",
	} {
		want := ask(t, http.MethodGet, base+"/v0.1"+path)
		require.Equal(t, http.StatusOK, want.Status, path)
		where, query, _ := strings.Cut(path, "?")
		for _, other := range []string{
			base + "/v0" + path, base + "/registry/" + corpus.RegistryName + "/v0.1" + path,
			base + "/v0.1" + where + "/?" + query, base + "/v0.1" + strings.Replace(path, "%2F", "/", 1), base + "/v0.1" + strings.Replace(path, "%2B", "+", 1),
		} {
			require.JSONEq(t, string(want.Body), string(ask(t, http.MethodGet, other).Body), other)
		}
		head := ask(t, http.MethodHead, base+"/v0.1"+path)
		require.Equal(t, want.Status, head.Status)
		require.Empty(t, head.Body)
		require.Equal(t, want.Header.Get("Content-Type"), head.Header.Get("Content-Type"))
		if tag := want.Header.Get("ETag"); tag != "" {
			require.Equal(t, tag, head.Header.Get("ETag"))
			again := ask(t, http.MethodGet, base+"/v0.1"+path, "If-None-Match", tag)
			require.Equal(t, http.StatusNotModified, again.Status)
			require.Empty(t, again.Body)
		}
	}
}

// An entry of the first revision follows its own schema and is no longer what
// the official document describes; this is the one deviation, and a listed one.
func TestUnderscoredEntry(t *testing.T) {
	_, base := corpus.Serve(t, corpus.Final(t))
	answer := ask(t, http.MethodGet, base+"/v0.1/servers/"+url.PathEscape(corpus.Underscored)+"/versions/latest")
	entries, err := contract.ReadEntries(filepath.Join(program.Module(t, officialModule), "internal", "validators", "schemas"))
	require.NoError(t, err)
	var body struct{ Server json.RawMessage }
	require.NoError(t, json.Unmarshal(answer.Body, &body))
	require.NoError(t, entries.Check(body.Server))
	err = officialDocument(t).Check(contract.Operation{Method: http.MethodGet, Path: serverPath}, answer)
	require.ErrorContains(t, err, "missing property 'registryType'")
}
