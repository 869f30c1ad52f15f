package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
)

// own is our own API service behind TLS, with what it was asked counted.
type own struct {
	t       *testing.T
	service *apiserver.Server
	servers []registry.Server
	held    registry.Snapshot
	web     *httptest.Server

	mu       sync.Mutex
	requests int
	bytes    int
	// before sees each request first; n is its number.
	before func(n int)
}

func newOwn(t *testing.T, n int) *own {
	t.Helper()
	o := &own{t: t, service: apiserver.New(apiserver.Options{RegistryName: "team"}), servers: corpus.Servers(n)}
	o.publish(corpus.Noon)
	handler := o.service.Handler()
	o.web = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.requests++
		n, before := o.requests, o.before
		o.mu.Unlock()
		if before != nil {
			before(n)
		}
		handler.ServeHTTP(&counting{ResponseWriter: w, own: o}, r)
	}))
	t.Cleanup(o.web.Close)
	return o
}

type counting struct {
	http.ResponseWriter
	own *own
}

func (c *counting) Write(data []byte) (int, error) {
	c.own.mu.Lock()
	c.own.bytes += len(data)
	c.own.mu.Unlock()
	return c.ResponseWriter.Write(data)
}

// publish makes the servers what is served.
func (o *own) publish(at time.Time) {
	o.t.Helper()
	snapshot, _, err := registry.Build(o.servers, o.held, at)
	require.NoError(o.t, err)
	require.NoError(o.t, o.service.Load(snapshot))
	o.held = snapshot
}

// costs says what was asked since the last time.
func (o *own) costs() (requests, bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	requests, bytes = o.requests, o.bytes
	o.requests, o.bytes = 0, 0
	return requests, bytes
}

func (o *own) reader() *reader {
	r := newReader(o.t, o.web.URL)
	policy := egress.Policy{AllowLoopback: true}
	policy.RootCAs = o.web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	r.cfg.HTTP = policy.Client()
	o.t.Cleanup(r.cfg.HTTP.CloseIdleConnections)
	return r
}

// holds are the entries of a snapshot without their times.
func contents(t *testing.T, s registry.Snapshot) map[registry.ID]string {
	t.Helper()
	all := map[registry.ID]string{}
	require.NoError(t, s.Each(func(p registry.Parsed) error {
		all[p.ID] = fmt.Sprint(p.Official.Status, p.Official.IsLatest, string(p.Server), string(p.Foreign))
		return nil
	}))
	return all
}

func (o *own) change(i int, text string) {
	raw, err := registry.Canonical(fmt.Appendf(nil, `{"name":%q,"version":%q,"description":%q}`, o.servers[i].Name, o.servers[i].Version, text))
	require.NoError(o.t, err)
	o.servers[i].JSON = raw
}

func TestReadsOurOwnRegistry(t *testing.T) {
	o := newOwn(t, 10_000)
	r := o.reader()
	same := func() {
		t.Helper()
		require.True(t, mapsEqual(contents(t, o.held), contents(t, r.stored)), "the mirror holds what is served")
	}
	cost := func(what string, atMost int) {
		t.Helper()
		requests, bytes := o.costs()
		t.Logf("%-28s %4d requests %9d bytes", what, requests, bytes)
		require.LessOrEqual(t, requests, atMost, what)
	}

	require.True(t, r.sync())
	same()
	cost("first sync, 10,000 entries", 101)

	require.False(t, r.sync())
	cost("unchanged", 1)

	o.change(4711, "another text")
	o.servers[17].Status = registry.StatusDeleted
	o.publish(time.Now())
	require.True(t, r.sync())
	same()
	cost("two changes", 3)

	restarted := o.reader()
	restarted.stored, restarted.revision = r.stored, r.revision
	require.False(t, restarted.sync())
	cost("unchanged after a restart", 1)

	o.servers = append(o.servers[:300], o.servers[301:]...)
	o.publish(time.Now())
	require.True(t, r.sync())
	same()
	cost("one dropped without a trace", 3+101)
}

// The pages of two snapshots must never be one catalogue.
func TestOurOwnRegistryChangesWhileItIsRead(t *testing.T) {
	o := newOwn(t, 2000)
	o.before = func(n int) {
		if n == 8 {
			o.servers = append(o.servers[:10], o.servers[11:]...)
			o.change(1900, "another text")
			o.publish(time.Now())
		}
	}
	r := o.reader()
	require.True(t, r.sync())
	require.True(t, mapsEqual(contents(t, o.held), contents(t, r.stored)))
	requests, _ := o.costs()
	require.Equal(t, 8+21, requests, "it is read again")

	text := 0
	o.before = func(int) {
		text++
		o.change(1900, strconv.Itoa(text))
		o.publish(time.Now())
	}
	_, err := o.reader().fetch("")
	require.ErrorContains(t, err, "the registry changed while it was read")
}

func mapsEqual(a, b map[registry.ID]string) bool {
	for id, text := range a {
		if b[id] != text {
			return false
		}
	}
	return len(a) == len(b)
}

// Without the registry's certificate authority there is no connection.
func TestForeignAuthority(t *testing.T) {
	o := newOwn(t, 10)
	r := o.reader()
	r.cfg.HTTP = egress.Policy{AllowLoopback: true}.Client()
	_, err := r.fetch("")
	require.ErrorContains(t, err, "certificate")
}

// Before its first snapshot a registry of ours asks to wait.
func TestOurOwnRegistryHasNothingYet(t *testing.T) {
	web := httptest.NewServer(apiserver.New(apiserver.Options{}).Handler())
	defer web.Close()
	_, err := newReader(t, web.URL).fetch("")
	require.ErrorContains(t, err, "503")
}
