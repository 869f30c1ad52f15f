package apiserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

func TestState(t *testing.T) {
	first := sample(t)
	server, base := start(t, first)
	const path = "/v0.1/x/registry"

	_, body := ask(t, http.MethodGet, base+path)
	require.JSONEq(t, `{"name":"team","digest":"`+string(first.Digest)+`","servers":8,"names":5}`, string(body),
		"what is not known is absent")

	description := apiserver.Description{
		Digest: first.Digest, Revision: "main@1", PublishedAt: noon,
		About: registry.About{
			DisplayName: "Our <b>team</b>",
			Sources:     []registry.SourceState{{Type: "git", Revision: "main@1", Servers: 9, Rejected: 1}},
			Rejected:    []registry.RejectedEntry{{Entry: "#3", Reason: "name: \u2028 no slash"}},
		},
	}
	server.Describe(description)
	response, body := ask(t, http.MethodGet, base+path)
	checkCommon(t, response, first.Digest)
	tag := response.Header.Get("ETag")
	var got map[string]any
	require.NoError(t, json.Unmarshal(body, &got))
	require.Equal(t, "Our <b>team</b>", got["displayName"])
	require.NotContains(t, string(body), "<b>", "a page that forgets to escape is not harmed either")
	require.Equal(t, "2026-01-02T12:00:00Z", got["publishedAt"])
	require.Equal(t, "main@1", got["revision"])
	require.Equal(t, []any{map[string]any{"type": "git", "revision": "main@1", "servers": 9.0, "rejected": 1.0}}, got["sources"])
	require.Len(t, got["rejected"], 1)

	response, _ = ask(t, http.MethodGet, base+path, "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, response.StatusCode)
	description.DisplayName = "Renamed"
	server.Describe(description)
	response, body = ask(t, http.MethodGet, base+path, "If-None-Match", tag)
	require.Equal(t, http.StatusOK, response.StatusCode, "the digest is the same and the answer is not")
	require.Contains(t, string(body), "Renamed")

	second := build(t, first, noon, entry(t, "io.acme/a", "2.0.0", ""))
	require.NoError(t, server.Load(second))
	_, body = ask(t, http.MethodGet, base+path)
	require.JSONEq(t, `{"name":"team","digest":"`+string(second.Digest)+`","servers":1,"names":1}`, string(body),
		"what was told of another snapshot is not told of this one")
}

func TestStateTellsTheLastSync(t *testing.T) {
	snapshot := sample(t)
	server := apiserver.New(apiserver.Options{Synced: func() apiserver.Synced {
		return apiserver.Synced{Last: noon, Sources: map[string]time.Time{"a": noon.Add(-time.Hour)}}
	}})
	require.NoError(t, server.Load(snapshot))
	server.Describe(apiserver.Description{
		Digest: snapshot.Digest, About: registry.About{Sources: []registry.SourceState{{Name: "a"}, {Name: "new"}}},
	})
	_, body := ask(t, http.MethodGet, listen(t, server)+"/v0.1/x/registry")
	require.JSONEq(t, `{"digest":"`+string(snapshot.Digest)+`","servers":8,"names":5,"lastSyncTime":"2026-01-02T12:00:00Z","sources":[
		{"name":"a","servers":0,"rejected":0,"lastSyncTime":"2026-01-02T11:00:00Z"},{"name":"new","servers":0,"rejected":0}]}`, string(body))
}

func TestStateIsBounded(t *testing.T) {
	snapshot := sample(t)
	server, base := start(t, snapshot)
	description := apiserver.Description{Digest: snapshot.Digest}
	description.Rejected = make([]registry.RejectedEntry, 10_000)
	description.Rejected[0].Reason = strings.Repeat("x", 1<<20)
	server.Describe(description)
	_, body := ask(t, http.MethodGet, base+"/v0.1/x/registry")
	require.Less(t, len(body), 200_000)
}

func TestStateBeforeTheFirstSnapshot(t *testing.T) {
	server := apiserver.New(apiserver.Options{RegistryName: "team"})
	response, _ := ask(t, http.MethodGet, listen(t, server)+"/v0.1/x/registry")
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.NotEmpty(t, response.Header.Get("Retry-After"))
}
