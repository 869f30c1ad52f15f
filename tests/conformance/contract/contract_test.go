package contract_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/contract"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/program"
)

const officialModule = "github.com/modelcontextprotocol/registry"

func TestMain(m *testing.M) {
	code := m.Run()
	program.Remove()
	os.Exit(code)
}

func officialDocument(t *testing.T) *contract.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(program.Module(t, officialModule), "docs", "reference", "api", "openapi.yaml"))
	require.NoError(t, err)
	return parsed(t, data)
}

func parsed(t *testing.T, data []byte) *contract.Document {
	t.Helper()
	document, err := contract.Parse(data)
	require.NoError(t, err)
	return document
}

// ourDocument is what the server itself says about its API.
func ourDocument(t *testing.T, base string) *contract.Document {
	t.Helper()
	answer := ask(t, http.MethodGet, base+"/openapi.yaml")
	require.Equal(t, http.StatusOK, answer.Status)
	return parsed(t, answer.Body)
}

func ask(t *testing.T, method, url string, headers ...string) contract.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return contract.Answer{Status: response.StatusCode, Header: response.Header, Body: body}
}

const (
	listPath     = "/v0.1/servers"
	versionsPath = "/v0.1/servers/{serverName}/versions"
	serverPath   = "/v0.1/servers/{serverName}/versions/{version}"
)

// modern is the history without what the official document cannot describe.
func modern() []corpus.Wave { return corpus.Without(corpus.History(), corpus.Underscored) }

// served starts the program over every corpus there is.
func served(t *testing.T, check func(t *testing.T, base string)) {
	t.Run("history", func(t *testing.T) {
		var documents []json.RawMessage
		for _, wave := range modern() {
			documents = append(documents, wave.Published...)
		}
		check(t, program.ServeDocuments(t, documents))
	})
	t.Run("statuses", func(t *testing.T) {
		snapshots, err := corpus.Snapshots(modern()) // a file cannot tell of a past
		require.NoError(t, err)
		_, base := corpus.Serve(t, snapshots[len(snapshots)-1])
		check(t, base)
	})
	for file, format := range corpus.RealFiles {
		t.Run(file, func(t *testing.T) {
			check(t, program.Serve(t, corpus.RealPath(t, file), format))
		})
	}
}

// Everything that is served is what the official document says and, but for
// our errors, what our own document says.
func TestAnswersFollowTheDocuments(t *testing.T) {
	official := officialDocument(t)
	served(t, func(t *testing.T, base string) {
		ours := ourDocument(t, base)
		for _, page := range pages(t, base, "limit=100&include_deleted=true") {
			both(t, official, ours, listPath, page)
			for _, s := range decode(t, page).Servers {
				name := base + "/v0.1/servers/" + url.PathEscape(s.Server.Name) + "/versions"
				both(t, official, ours, versionsPath, ask(t, http.MethodGet, name+"?include_deleted=true"))
				both(t, official, ours, serverPath, ask(t, http.MethodGet, name+"/latest?include_deleted=true"))
				version := ask(t, http.MethodGet, name+"/"+url.PathEscape(s.Server.Version)+"?include_deleted=true")
				require.Equal(t, http.StatusOK, version.Status)
				both(t, official, ours, serverPath, version)
			}
		}
		for _, query := range []string{"", "limit=1", "version=latest&limit=7", "search=nothing-at-all", "updated_since=2020-01-01T00:00:00Z", "version=1.0.0", "search=a&version=latest"} {
			for _, page := range pages(t, base, query) {
				both(t, official, ours, listPath, page)
			}
		}
		for _, path := range []string{"/none%2Fnone/versions", "/none%2Fnone/versions/latest", "/none%2Fnone/versions/1.0.0"} {
			answer := ask(t, http.MethodGet, base+"/v0.1/servers"+path)
			require.Equal(t, http.StatusNotFound, answer.Status)
			template := map[bool]string{true: versionsPath, false: serverPath}[strings.HasSuffix(path, "versions")]
			both(t, official, ours, template, answer)
		}
	})
}

func both(t *testing.T, official, ours *contract.Document, path string, answer contract.Answer) {
	t.Helper()
	require.NoError(t, official.Check(contract.Operation{Method: http.MethodGet, Path: path}, answer))
	require.NoError(t, ours.Check(contract.Operation{Method: http.MethodGet, Path: path}, answer))
}

type list struct {
	Servers []struct {
		Server struct{ Name, Version string }
	}
	Metadata struct{ NextCursor string }
}

func decode(t *testing.T, page contract.Answer) list {
	t.Helper()
	require.Equal(t, http.StatusOK, page.Status, "%s", page.Body)
	var l list
	require.NoError(t, json.Unmarshal(page.Body, &l))
	return l
}

// pages asks for a list to its end.
func pages(t *testing.T, base, query string) []contract.Answer {
	t.Helper()
	var all []contract.Answer
	cursor := ""
	for {
		page := ask(t, http.MethodGet, base+listPath+"?"+query+cursor)
		all = append(all, page)
		next := decode(t, page).Metadata.NextCursor
		if next == "" {
			return all
		}
		cursor = "&cursor=" + next
	}
}

// Every entry follows the schema that it names.
func TestEntriesFollowTheirSchema(t *testing.T) {
	entries, err := contract.ReadEntries(filepath.Join(program.Module(t, officialModule), "internal", "validators", "schemas"))
	require.NoError(t, err)
	require.Len(t, entries, 6, "revisions")
	served(t, func(t *testing.T, base string) {
		checked := 0
		for _, page := range pages(t, base, "limit=100&include_deleted=true") {
			var l struct {
				Servers []struct{ Server json.RawMessage }
			}
			require.NoError(t, json.Unmarshal(page.Body, &l))
			for _, s := range l.Servers {
				require.NoError(t, entries.Check(s.Server), "%.200s", s.Server)
				checked++
			}
		}
		require.NotZero(t, checked)
	})
}
