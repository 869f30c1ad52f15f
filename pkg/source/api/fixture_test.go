package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

// row is an entry of a public registry.
type row struct {
	name, version, text string
	status              string
	updated             time.Time
	latest              bool
	// foreign is what others put into the _meta; nothing if it is empty.
	foreign string
}

func (r row) key() string { return r.name + ":" + r.version }

// public is a stand-in for a registry of the official kind, for faults that a
// real one cannot be made to have: its cursors are name:version, its last full
// page promises one more, an answer to updated_since includes deleted entries.
type public struct {
	mu   sync.Mutex
	rows map[string]row
	// before may answer a request instead; n is its number, from 1.
	before   func(w http.ResponseWriter, r *http.Request, n int) (answered bool)
	requests []string
	bytes    int
	url      string
}

func newPublic(t *testing.T, rows ...row) *public {
	t.Helper()
	p := &public{rows: map[string]row{}}
	p.put(rows...)
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	p.url = web.URL
	return p
}

func (p *public) put(rows ...row) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range rows {
		p.rows[r.key()] = r
	}
}

func (p *public) remove(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.rows, key)
}

// forget begins to count anew.
func (p *public) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.bytes = nil, 0
}

func (p *public) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

func (p *public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, r.URL.RequestURI())
	n, before := len(p.requests), p.before
	p.mu.Unlock()
	if before != nil && before(w, r, n) {
		return
	}
	if r.URL.Path != "/v0.1/servers" && r.URL.Path != "/v0/servers" {
		http.NotFound(w, r)
		return
	}
	p.list(w, r)
}

func (p *public) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	since, _ := time.Parse(time.RFC3339, q.Get("updated_since"))
	p.mu.Lock()
	defer p.mu.Unlock()
	var keys []string
	for key, entry := range p.rows {
		deleted := entry.status == "deleted" && since.IsZero() && q.Get("include_deleted") != "true"
		if key > q.Get("cursor") && !deleted && (since.IsZero() || entry.updated.After(since)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	more := len(keys) >= limit
	keys = keys[:min(limit, len(keys))]
	servers := make([]any, 0, len(keys))
	for _, key := range keys {
		servers = append(servers, p.rows[key].record())
	}
	metadata := map[string]any{"count": len(keys)}
	if more {
		metadata["nextCursor"] = keys[len(keys)-1]
	}
	body, _ := json.Marshal(map[string]any{"servers": servers, "metadata": metadata})
	p.bytes += len(body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

func (r row) record() map[string]any {
	status := r.status
	if status == "" {
		status = "active"
	}
	meta := map[string]any{registry.OfficialKey: map[string]any{
		"status": status, "updatedAt": r.updated, "publishedAt": r.updated, "statusChangedAt": r.updated, "isLatest": r.latest,
	}}
	if r.foreign != "" {
		meta["com.example/foreign"] = map[string]any{"said": r.foreign, "a": "<&>"}
	}
	return map[string]any{
		"server": map[string]any{"name": r.name, "version": r.version, "description": r.text},
		"_meta":  meta,
	}
}

// long is when the entries of a test were made: so long ago that all is settled.
var long = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// many are n rows, the first of them deleted.
func many(n int) []row {
	rows := make([]row, 0, n)
	for i := range n {
		rows = append(rows, row{name: fmt.Sprintf("io.test/s%05d", i), version: "1.0.0", text: "one", updated: long.Add(time.Duration(i) * time.Second), latest: true})
	}
	if n > 0 {
		rows[0].status = "deleted"
	}
	return rows
}

// reader fetches as the operator does: what it has read is parsed and stored,
// and what is stored is its memory.
type reader struct {
	t        *testing.T
	cfg      api.Config
	stored   registry.Snapshot
	revision source.Revision
}

func newReader(t *testing.T, url string) *reader {
	t.Helper()
	r := &reader{t: t, cfg: api.Config{
		Endpoint: url, Dir: t.TempDir(), Pause: time.Millisecond,
		HTTP: egress.Policy{AllowHTTP: true, AllowLoopback: true}.Client(),
	}}
	t.Cleanup(r.cfg.HTTP.CloseIdleConnections)
	return r
}

func (r *reader) records(_ context.Context, at source.Revision) iter.Seq2[registry.Parsed, error] {
	require.Equal(r.t, r.revision, at)
	return r.stored.Records()
}

func (r *reader) fetch(known source.Revision) (source.Content, error) {
	fetcher, err := api.New(r.cfg)
	require.NoError(r.t, err)
	return fetcher.Update(r.t.Context(), known, r.records)
}

// sync fetches and stores, and reports whether anything was new.
func (r *reader) sync() bool {
	r.t.Helper()
	content, err := r.fetch(r.revision)
	require.NoError(r.t, err)
	if content.Unchanged {
		require.Equal(r.t, r.revision, content.Revision)
		return false
	}
	defer content.Close()
	servers := parse(r.t, content)
	snapshot, _, err := registry.Build(servers, r.stored, time.Now())
	require.NoError(r.t, err)
	r.stored, r.revision = snapshot, content.Revision
	return true
}

func parse(t *testing.T, content source.Content) []registry.Server {
	t.Helper()
	var servers []registry.Server
	for _, file := range content.Files {
		data, err := file.Bytes()
		require.NoError(t, err)
		catalog, err := format.Parse(format.Upstream, data)
		require.NoError(t, err)
		require.Empty(t, catalog.Rejected)
		servers = append(servers, catalog.Servers...)
	}
	return servers
}

// holds are the entries that are stored, in short.
func (r *reader) holds() []string {
	r.t.Helper()
	var all []string
	require.NoError(r.t, r.stored.Each(func(p registry.Parsed) error {
		text, err := registry.Text(p.Description)
		line := p.Name + "@" + p.Version + " " + text + " " + string(p.Official.Status)
		if p.Official.IsLatest {
			line += " latest"
		}
		line += string(p.Foreign)
		all = append(all, line)
		return err
	}))
	return all
}

// short are the entries of a public registry in the same form.
func (p *public) holds() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, r := range p.rows {
		line := r.name + "@" + r.version + " " + r.text + " "
		if r.status == "" {
			line += "active"
		}
		line += r.status
		if r.latest {
			line += " latest"
		}
		if r.foreign != "" {
			line += fmt.Sprintf(`"com.example/foreign":{"a":"<&>","said":%q}`, r.foreign)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

func quote(text string) string {
	literal, _ := json.Marshal(text)
	return string(literal)
}
