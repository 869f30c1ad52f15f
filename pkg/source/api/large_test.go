package api_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/api"
)

// large invents the pages of a registry of any size while they are asked for,
// so that nothing but the fetcher needs memory.
type large struct {
	entries  int
	requests atomic.Int64
	bytes    atomic.Int64
	// peak is the most of the heap that was in use, garbage not counted.
	peak atomic.Uint64
}

func (l *large) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.requests.Add(1)%100 == 0 {
		l.measure()
	}
	q := r.URL.Query()
	at, _ := strconv.Atoi(q.Get("cursor"))
	end := min(at+100, l.entries)
	if q.Has("updated_since") {
		at, end = 0, 0
	}
	body := []byte(`{"servers":[`)
	for i := at; i < end; i++ {
		body = append(appendEntry(body, i), ',')
	}
	if end > at {
		body = body[:len(body)-1]
	}
	body = append(body, `],"metadata":{`...)
	if end > at && end < l.entries {
		body = fmt.Appendf(body, `"nextCursor":"%d"`, end)
	}
	body = append(body, `}}`...)
	l.bytes.Add(int64(len(body)))
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// appendEntry invents an entry of 1.3 KB, of which a third cannot be compressed.
func appendEntry(body []byte, i int) []byte {
	random := rand.New(rand.NewPCG(uint64(i), 7))
	body = fmt.Appendf(body, `{"server":{"name":"io.test/server-%d","version":"1.0.%d","description":"A server that does a little of everything for its users","packages":[`, i/4, i%4)
	for range 4 {
		body = fmt.Appendf(body, `{"registryType":"npm","identifier":"@acme/server","version":"1.0.0","transport":{"type":"stdio"},"fileSha256":"%016x%016x%016x%016x","runtimeHint":"npx","registryBaseUrl":"https://registry.example.com"},`,
			random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64())
	}
	status := "active"
	if i%100 == 0 {
		status = "deleted"
	}
	return fmt.Appendf(body[:len(body)-1], `]},"_meta":{"io.modelcontextprotocol.registry/official":{"status":%q,"publishedAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:%02d.5Z","isLatest":%t}}}`,
		status, i%60, i%4 == 3)
}

func (l *large) measure() {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	l.peak.Store(max(l.peak.Load(), stats.HeapAlloc))
}

// mirror reads all of it and returns how many bytes were handed out.
func (l *large) mirror(tb testing.TB) (handedOut int) {
	tb.Helper()
	web := httptest.NewServer(l)
	defer web.Close()
	client := egress.Policy{AllowHTTP: true, AllowLoopback: true}.Client()
	defer client.CloseIdleConnections()
	fetcher, err := api.New(api.Config{Endpoint: web.URL, HTTP: client, Dir: tb.TempDir()})
	require.NoError(tb, err)
	content, err := fetcher.Fetch(context.Background(), "")
	require.NoError(tb, err)
	defer content.Close()
	for i, file := range content.Files {
		data, err := file.Bytes()
		require.NoError(tb, err)
		require.Less(tb, len(data), 2<<20, "a piece at a time")
		handedOut += len(data)
		if i%20 == 0 {
			l.measure()
		}
	}
	return handedOut
}

// What is read goes to disk: memory holds an index and one page.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 60 MB")
	}
	small, big := &large{entries: 5_000}, &large{entries: 50_000}
	small.mirror(t)
	handedOut := big.mirror(t)
	require.Greater(t, handedOut, 50<<20)
	grown := int64(big.peak.Load()) - int64(small.peak.Load())
	t.Logf("%d MB read in %d requests; the heap grew by %d KB for 45,000 more entries", big.bytes.Load()>>20, big.requests.Load(), grown>>10)
	require.Less(t, grown, int64(20<<20), "an index of a few hundred bytes an entry, and not their text")
}

// BenchmarkMirror reads a registry of the size of the public one.
func BenchmarkMirror(b *testing.B) {
	for b.Loop() {
		l := &large{entries: 187_108}
		began := time.Now()
		handedOut := l.mirror(b)
		b.ReportMetric(float64(l.requests.Load()), "requests")
		b.ReportMetric(float64(l.bytes.Load())/1e6, "MB-read")
		b.ReportMetric(float64(handedOut)/1e6, "MB-out")
		b.ReportMetric(float64(l.peak.Load())/1e6, "MB-heap")
		b.ReportMetric(float64(l.bytes.Load())/1e6/time.Since(began).Seconds(), "MB/s")
	}
}
