package oracle

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	mirror "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
)

// The operator mirrors the official registry: in full, and then by its changes.
func TestMirrorsTheOfficialRegistry(t *testing.T) {
	waves := corpus.History()
	snapshots, err := corpus.Snapshots(waves)
	require.NoError(t, err)
	_, ours := corpus.Serve(t, snapshots[0])
	theirs := startOfficial(t, ours+"/v0/servers")
	m := newMirrored(t, theirs.url)

	m.sync(t)
	m.check(t, theirs.url)
	for i, wave := range waves[1:] {
		theirs.learn(t, wave)
		m.sync(t)
		m.check(t, theirs.url)
		t.Logf("wave %d: %d requests, %s", i+1, m.requests.Swap(0), m.revision)
	}
	require.Contains(t, m.revision, "since", "it has shown deleted entries, so its changes are enough")
	for range 3 {
		m.sync(t)
	}
	m.check(t, theirs.url)
	theirs.learn(t, corpus.Wave{Changed: []corpus.Change{{
		ID: registry.ID{Name: "com.example/aa", Version: "1.0.0"}, Status: registry.StatusDeprecated, Message: "see aa-b",
	}}})
	m.requests.Store(0)
	m.sync(t)
	require.LessOrEqual(t, m.requests.Load(), int64(2), "a change does not cost a crawl")
	m.check(t, theirs.url)
}

// mirrored is the operator's side.
type mirrored struct {
	fetcher  *mirror.Fetcher
	stored   registry.Snapshot
	revision source.Revision
	requests atomic.Int64
}

// newMirrored counts what is asked on the way.
func newMirrored(t *testing.T, target string) *mirrored {
	t.Helper()
	m := &mirrored{}
	to, err := url.Parse(target)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.requests.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	m.fetcher, err = mirror.New(mirror.Config{
		Endpoint: web.URL, Dir: t.TempDir(), HTTP: egress.Policy{AllowHTTP: true, AllowLoopback: true}.Client(),
		// The test is faster than life: what it did a moment ago must not be read again.
		Overlap: time.Millisecond,
	})
	require.NoError(t, err)
	return m
}

func (m *mirrored) sync(t *testing.T) {
	t.Helper()
	content, err := m.fetcher.Update(t.Context(), m.revision, func(context.Context, source.Revision) iter.Seq2[registry.Parsed, error] {
		return m.stored.Records()
	})
	require.NoError(t, err)
	if content.Unchanged {
		return
	}
	defer content.Close()
	var servers []registry.Server
	for _, file := range content.Files {
		data, err := file.Bytes()
		require.NoError(t, err)
		catalog, err := format.Parse(format.Upstream, data)
		require.NoError(t, err)
		for _, rejected := range catalog.Rejected {
			// It spells the fields of this one in a way that their schema does not allow.
			require.Equal(t, corpus.Underscored, rejected.Entry, rejected.Reason)
		}
		servers = append(servers, catalog.Servers...)
	}
	m.stored, _, err = registry.Build(servers, m.stored, time.Now())
	require.NoError(t, err)
	m.revision = content.Revision
}

// check compares what is stored with what the registry says of itself.
func (m *mirrored) check(t *testing.T, url string) {
	t.Helper()
	theirs := question{method: http.MethodGet, target: "/v0.1/servers?limit=100&include_deleted=true", walk: true}.ask(t, url)
	require.Equal(t, http.StatusOK, theirs.Status)
	ours := map[string]record{}
	require.NoError(t, m.stored.Each(func(p registry.Parsed) error {
		var r record
		require.NoError(t, json.Unmarshal(p.Line, &r))
		ours[r.id()] = r
		return nil
	}))
	theirs.Records = slices.DeleteFunc(theirs.Records, func(r record) bool {
		return strings.HasPrefix(r.id(), corpus.Underscored+"@")
	})
	require.Len(t, ours, len(theirs.Records))
	for _, r := range theirs.Records {
		mine, found := ours[r.id()]
		require.True(t, found, r.id())
		require.Equal(t, r.Server, mine.Server)
		want, got := added(r), added(mine)
		require.Equal(t, want["status"], got["status"], r.id())
		require.Equal(t, want["statusMessage"], got["statusMessage"], r.id())
		if want["status"] != string(registry.StatusDeleted) {
			require.Equal(t, want["isLatest"], got["isLatest"], r.id())
		}
	}
}

// added is what a registry adds to an entry.
func added(r record) map[string]any {
	meta, _ := r.Meta[registry.OfficialKey].(map[string]any)
	return meta
}
