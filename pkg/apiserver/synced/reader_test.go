package synced

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

// answering returns a reader whose Kubernetes answers with body, and how often it
// was asked.
func answering(t *testing.T, status *int, body *string) (*Reader, *int) {
	t.Helper()
	asked := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/apis/toolhive.stacklok.dev/v1alpha1/namespaces/ns/mcpregistries/team/status" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(*status)
		_, _ = w.Write([]byte(*body))
	}))
	t.Cleanup(web.Close)
	reader, err := New(&rest.Config{Host: web.URL}, "ns", "team")
	require.NoError(t, err)
	return reader, &asked
}

const object = `{"apiVersion":"toolhive.stacklok.dev/v1alpha1","kind":"MCPRegistry","status":{"syncStatus":{
	"lastSyncTime":"2026-01-02T12:00:00Z","sources":[{"name":"a","lastSyncTime":"2026-01-02T11:00:00Z"},{"name":"b"}]}}}`

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestRead(t *testing.T) {
	status, body := http.StatusOK, object
	reader, asked := answering(t, &status, &body)
	now := noon
	reader.now = func() time.Time { return now }
	want := apiserver.Synced{Last: noon, Sources: map[string]time.Time{"a": noon.Add(-time.Hour), "b": {}}}

	require.Equal(t, want, reader.Read())
	require.Equal(t, want, reader.Read())
	require.Equal(t, 1, *asked, "what is fresh is not asked for again")

	now = now.Add(freshness)
	status, body = http.StatusForbidden, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":403}`
	require.Equal(t, want, reader.Read(), "what was known stays")
	reader.Read()
	require.Equal(t, 2, *asked, "a failure is not asked for again either")

	now = now.Add(freshness)
	status, body = http.StatusOK, `{"apiVersion":"toolhive.stacklok.dev/v1alpha1","kind":"MCPRegistry"}`
	require.Equal(t, apiserver.Synced{}, reader.Read(), "a registry without a status")
}

func TestReadGivesUp(t *testing.T) {
	reader := &Reader{now: time.Now, read: func(ctx context.Context) (v1alpha1.MCPRegistryStatus, error) {
		deadline, limited := ctx.Deadline()
		require.True(t, limited)
		require.WithinDuration(t, time.Now().Add(patience), deadline, patience)
		return v1alpha1.MCPRegistryStatus{}, errors.New("no answer")
	}}
	require.Equal(t, apiserver.Synced{}, reader.Read())
}
