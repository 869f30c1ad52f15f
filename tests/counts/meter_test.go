package counts

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
)

// meter counts requests, by what they are.
type meter struct {
	mu     sync.Mutex
	counts map[string]int
	bytes  int
}

func (m *meter) add(what string, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]int{}
	}
	if m.bytes += bytes; what != "" {
		m.counts[what]++
	}
}

// take returns and forgets what was counted.
func (m *meter) take() (counts map[string]int, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts, bytes = m.counts, m.bytes
	m.counts, m.bytes = nil, 0
	return counts, bytes
}

// told are the counts as a text: "get 2, patch 1".
func told(counts map[string]int) string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%s %d", what, counts[what]))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// metered counts what goes through a transport; name says what a request is.
type metered struct {
	meter *meter
	next  http.RoundTripper
	name  func(*http.Request) string
}

// RoundTrip implements [http.RoundTripper].
func (m metered) RoundTrip(r *http.Request) (*http.Response, error) {
	m.meter.add(m.name(r), 0)
	response, err := m.next.RoundTrip(r)
	if err == nil {
		response.Body = &meteredBody{response.Body, m.meter}
	}
	return response, err
}

type meteredBody struct {
	io.ReadCloser
	meter *meter
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.add("", n)
	return n, err
}

// verb is the Kubernetes verb of a request that names an object. There are no
// other ones: lists come from caches.
func verb(r *http.Request) string {
	if r.Method == http.MethodPost {
		return "create"
	}
	return strings.ToLower(r.Method)
}

// events counts what is recorded, each of which is one more create.
type events struct{ meter *meter }

// Eventf implements the recorder of client-go.
func (e events) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {
	e.meter.add("event", 0)
}
