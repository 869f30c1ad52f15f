package chaos

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// place is where sources of one type are.
type place interface {
	// source is what the spec says to read id there.
	source(id string) v1alpha1.Source
	// put makes the file what the source says.
	put(id string, file []byte)
	// trouble makes the source answer in another way; "" ends that.
	trouble(id, how string)
	// troubles are the ways that the place knows.
	troubles() []string
}

// The ways in which a server misbehaves.
const (
	gone    = "gone"    // 404
	broken  = "broken"  // 500
	refused = "refused" // 401
	busy    = "busy"    // 503 with Retry-After
	stalled = "stalled" // no answer at all
	cut     = "cut"     // the connection ends in the middle of an answer
	spoiled = "spoiled" // other bytes than the digest says
)

// moods are the troubles of the sources of one place, and what was asked there.
type moods struct {
	requests, bad atomic.Int64

	mu   sync.Mutex
	mood map[string]string
}

func (m *moods) trouble(id, how string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mood == nil {
		m.mood = map[string]string{}
	}
	m.mood[id] = how
}

func (m *moods) troubles() []string { return []string{gone, broken, refused, busy, stalled, cut} }

// answer misbehaves if the source is in the mood; it says whether it answered.
func (m *moods) answer(id string, w http.ResponseWriter, r *http.Request) bool {
	m.requests.Add(1)
	m.mu.Lock()
	mood := m.mood[id]
	m.mu.Unlock()
	if mood == "" || mood == spoiled {
		return false
	}
	m.bad.Add(1)
	switch mood {
	case gone:
		w.WriteHeader(http.StatusNotFound)
	case broken:
		w.WriteHeader(http.StatusInternalServerError)
	case refused:
		w.WriteHeader(http.StatusUnauthorized)
	case busy:
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
	case stalled:
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
	case cut:
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(`{"servers":`))
		panic(http.ErrAbortHandler)
	}
	return true
}

func (m *moods) is(id, mood string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mood[id] == mood
}

// first is the first part of a path, and the rest.
func first(path string) (id, rest string) {
	id, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return id, "/" + rest
}

// configMaps are sources in the cluster. They are changed past the proxy.
type configMaps struct {
	t *testing.T
	*cluster.Cluster
	namespace string
	moods

	now map[string]string
}

func (p *configMaps) source(id string) v1alpha1.Source {
	return v1alpha1.Source{
		Type: v1alpha1.SourceTypeConfigMap, Format: v1alpha1.FormatToolHive,
		ConfigMap: &v1alpha1.ConfigMapSource{Name: id},
	}
}

// put is only called by one goroutine at a time, as everything here.
func (p *configMaps) put(id string, file []byte) {
	p.t.Helper()
	if p.now == nil {
		p.now = map[string]string{}
	}
	p.now[id] = string(file)
	p.apply(id)
}

func (p *configMaps) apply(id string) {
	p.t.Helper()
	wanted := fixture.Source(p.namespace, id, strings.ToValidUTF8(p.now[id], "?"))
	ctx := context.WithoutCancel(p.t.Context())
	err := p.Client.Update(ctx, wanted)
	if apierrors.IsNotFound(err) {
		err = p.Client.Create(ctx, wanted)
	}
	require.NoError(p.t, err)
}

// trouble deletes it.
func (p *configMaps) trouble(id, how string) {
	p.t.Helper()
	if how == "" {
		p.apply(id)
		return
	}
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: id}}
	err := p.Client.Delete(context.WithoutCancel(p.t.Context()), cm)
	if !apierrors.IsNotFound(err) {
		require.NoError(p.t, err)
	}
	p.bad.Add(1)
}

func (p *configMaps) troubles() []string { return []string{gone} }
