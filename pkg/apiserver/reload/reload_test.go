package reload_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/reload"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/chunk"
)

const (
	pointer = "team-registry-storage"
	root    = "/api/v1/namespaces/ns/configmaps"
	patient = 30 * time.Second
)

var statusKind = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}

// api imitates get and watch of one namespace's ConfigMaps, and can be broken.
type api struct {
	t *testing.T

	mu      sync.Mutex
	version int
	objects map[string]*corev1.ConfigMap
	refuse  map[string]int // name → status of gets
	watches map[int]chan string
	opened  int
	down    bool
	gets    map[string]int
	options []string // the raw queries of watches
}

func newAPI(t *testing.T) (*api, reload.ConfigMaps) {
	a := &api{t: t, objects: map[string]*corev1.ConfigMap{}, refuse: map[string]int{}, watches: map[int]chan string{}, gets: map[string]int{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	t.Cleanup(a.closeWatches)
	client, err := corev1client.NewForConfig(&rest.Config{Host: server.URL, QPS: -1, ContentConfig: rest.ContentConfig{ContentType: "application/json"}})
	require.NoError(t, err)
	return a, client.ConfigMaps("ns")
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, root), "/")
	watching := r.URL.Query().Get("watch") != ""
	a.mu.Lock()
	switch {
	case r.Method != http.MethodGet || (name == "" && !watching):
		a.mu.Unlock()
		a.t.Errorf("the rights do not allow %s %s", r.Method, r.URL)
		status(w, http.StatusForbidden)
	case a.down:
		a.mu.Unlock()
		status(w, http.StatusInternalServerError)
	case watching:
		a.watch(w, r) // unlocks
	default:
		a.gets[name]++
		code, object := a.refuse[name], a.objects[name]
		a.mu.Unlock()
		if code == 0 && object == nil {
			code = http.StatusNotFound
		}
		if code != 0 {
			status(w, code)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object)
	}
}

func status(w http.ResponseWriter, code int) {
	reason := map[int]metav1.StatusReason{403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound, 410: metav1.StatusReasonExpired}[code]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: statusKind, Status: "Failure", Code: int32(code), Reason: reason, Message: "refused"})
}

func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	a.opened++
	id, events := a.opened, make(chan string, 16)
	a.watches[id] = events
	a.replay(events, r.URL.Query().Get("resourceVersion"))
	a.options = append(a.options, r.URL.RawQuery)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		delete(a.watches, id)
		a.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case event, open := <-events:
			if !open {
				return
			}
			fmt.Fprintln(w, event)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// replay sends the change of the pointer since a version, as the real API does.
func (a *api) replay(events chan<- string, since string) {
	object := a.objects[pointer]
	if object == nil || object.ResourceVersion == since {
		return
	}
	data, err := json.Marshal(map[string]any{"type": "MODIFIED", "object": object})
	if err != nil {
		a.t.Error(err)
	}
	events <- string(data)
}

// event sends one event to all watches.
func (a *api) event(kind string, object any) {
	data, err := json.Marshal(map[string]any{"type": kind, "object": object})
	require.NoError(a.t, err)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, events := range a.watches {
		events <- string(data)
	}
}

func (a *api) closeWatches() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, events := range a.watches {
		close(events)
		delete(a.watches, id)
	}
}

func (a *api) set(object *corev1.ConfigMap) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	object.TypeMeta = metav1.TypeMeta{Kind: "ConfigMap", APIVersion: "v1"}
	object.ResourceVersion = strconv.Itoa(a.version)
	a.objects[object.Name] = object
}

func (a *api) setDown(down bool)             { a.mu.Lock(); a.down = down; a.mu.Unlock() }
func (a *api) setRefuse(name string, to int) { a.mu.Lock(); a.refuse[name] = to; a.mu.Unlock() }

func (a *api) count(name string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gets[name]
}

func (a *api) watching() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.watches) > 0
}

// snapshot returns a snapshot of one server of this version.
func snapshot(t *testing.T, version string) registry.Snapshot {
	raw := fmt.Appendf(nil, `{"description":"d","name":"io.acme/a","version":%q}`, version)
	s, _, err := registry.Build([]registry.Server{{Name: "io.acme/a", Version: version, JSON: raw}}, registry.Snapshot{}, time.Unix(0, 0))
	require.NoError(t, err)
	return s
}

// publish stores the chunks and then the pointer, and returns both.
func (a *api) publish(s registry.Snapshot) (chunks []storage.Chunk, at *corev1.ConfigMap) {
	pieces, err := chunk.Split(s)
	require.NoError(a.t, err)
	chunks = chunk.Describe(pointer, s.Digest, pieces)
	for i, c := range chunks {
		a.set(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: c.Name}, BinaryData: map[string][]byte{v1alpha1.StorageKeyChunk: pieces[i]}})
	}
	manifest, err := json.Marshal(storage.Manifest{Digest: s.Digest, Servers: s.Servers, Size: int64(len(s.Content)), Chunks: chunks})
	require.NoError(a.t, err)
	at = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: pointer}, Data: map[string]string{v1alpha1.StorageKeyManifest: string(manifest)}}
	a.set(at)
	return chunks, at
}

// follow runs a follower and returns what it loads and which failures it tells.
func follow(t *testing.T, maps reload.ConfigMaps) (loaded chan registry.Digest, failures chan error) {
	loaded, failures = make(chan registry.Digest, 100), make(chan error, 100)
	f := &reload.Follower{
		ConfigMaps: maps, Pointer: pointer,
		Load:   func(s registry.Snapshot) error { loaded <- s.Digest; return nil },
		Failed: func(err error) { failures <- err },
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return loaded, failures
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patient):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func TestFollowsThePointer(t *testing.T) {
	a, maps := newAPI(t)
	first, second := snapshot(t, "1"), snapshot(t, "2")
	a.publish(first)
	loaded, _ := follow(t, maps)
	require.Equal(t, first.Digest, next(t, loaded))
	require.Eventually(t, a.watching, patient, time.Millisecond)

	_, at := a.publish(second)
	a.event("MODIFIED", at)
	require.Equal(t, second.Digest, next(t, loaded), "pitfall 31: by watch, not by the kubelet's refresh")
	require.Equal(t, 1, a.count(pointer), "the event itself says what to load")

	a.event("MODIFIED", at)
	a.event("DELETED", at)
	a.event("BOOKMARK", at)
	_, at = a.publish(first)
	a.event("ADDED", at)
	require.Equal(t, first.Digest, next(t, loaded), "the same digest loads nothing, a deleted pointer neither")

	a.mu.Lock()
	defer a.mu.Unlock()
	require.Len(t, a.options, 1)
	require.Contains(t, a.options[0], "fieldSelector=metadata.name%3D"+pointer, "or the right by name does not cover it")
	require.Contains(t, a.options[0], "resourceVersion=")
}

func TestRetriesWhatItCannotReadYet(t *testing.T) {
	for name, code := range map[string]int{"forbidden": 403, "not found": 404, "broken": 500} {
		t.Run(name, func(t *testing.T) {
			a, maps := newAPI(t)
			first, second := snapshot(t, "1"), snapshot(t, "2")
			a.publish(first)
			loaded, failures := follow(t, maps)
			require.Equal(t, first.Digest, next(t, loaded))
			require.Eventually(t, a.watching, patient, time.Millisecond)

			chunks, at := a.publish(second)
			a.setRefuse(chunks[0].Name, code)
			a.event("MODIFIED", at)
			require.ErrorContains(t, next(t, failures), chunks[0].Name, "the message names the object")
			require.Eventually(t, func() bool { return a.count(chunks[0].Name) >= 2 }, patient, time.Millisecond)
			require.Empty(t, loaded, "what is loaded stays")

			a.setRefuse(chunks[0].Name, 0)
			require.Equal(t, second.Digest, next(t, loaded))
			require.NoError(t, next(t, failures), "that it is over is told too")
		})
	}
}

func TestWaitsForThePointer(t *testing.T) {
	a, maps := newAPI(t)
	loaded, failures := follow(t, maps)
	require.ErrorContains(t, next(t, failures), pointer)
	first := snapshot(t, "1")
	a.publish(first)
	require.Equal(t, first.Digest, next(t, loaded))
}

func TestNeverLoadsDamagedData(t *testing.T) {
	cases := map[string]func(a *api, chunks []storage.Chunk, at *corev1.ConfigMap){
		"chunk": func(a *api, chunks []storage.Chunk, _ *corev1.ConfigMap) {
			a.set(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: chunks[0].Name}, BinaryData: map[string][]byte{v1alpha1.StorageKeyChunk: []byte("bad")}})
		},
		"empty chunk": func(a *api, chunks []storage.Chunk, _ *corev1.ConfigMap) {
			a.set(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: chunks[0].Name}})
		},
		"manifest": func(a *api, _ []storage.Chunk, at *corev1.ConfigMap) {
			a.set(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: pointer}, Data: map[string]string{v1alpha1.StorageKeyManifest: "{"}})
		},
		"no manifest": func(a *api, _ []storage.Chunk, at *corev1.ConfigMap) {
			a.set(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: pointer}})
		},
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			a, maps := newAPI(t)
			s := snapshot(t, "1")
			chunks, at := a.publish(s)
			damage(a, chunks, at)
			loaded, failures := follow(t, maps)
			require.Error(t, next(t, failures))
			require.Empty(t, loaded)
			a.publish(s)
			require.Equal(t, s.Digest, next(t, loaded), "a repair is found without an event")
		})
	}
}

func TestSurvivesTheEndOfAWatch(t *testing.T) {
	cases := map[string]func(a *api){
		"closed": func(a *api) { a.closeWatches() },
		"expired": func(a *api) {
			a.event("ERROR", metav1.Status{TypeMeta: statusKind, Code: 410, Reason: metav1.StatusReasonExpired})
		},
		"failed": func(a *api) {
			a.event("ERROR", metav1.Status{TypeMeta: statusKind, Code: 500, Reason: metav1.StatusReasonInternalError})
		},
		"down": func(a *api) { a.setDown(true); a.closeWatches() },
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			a, maps := newAPI(t)
			first, second := snapshot(t, "1"), snapshot(t, "2")
			a.publish(first)
			loaded, failures := follow(t, maps)
			require.Equal(t, first.Digest, next(t, loaded))
			require.Eventually(t, a.watching, patient, time.Millisecond)
			a.publish(second) // with no event: it is missed
			end(a)
			if name == "down" {
				require.Error(t, next(t, failures))
				a.setDown(false)
			}
			require.Equal(t, second.Digest, next(t, loaded))
			if name == "closed" {
				require.Equal(t, 1, a.count(pointer), "a watch goes on where the last one ended: idle pods read nothing")
			}
		})
	}
}

func TestARefusedSnapshotIsOfferedAgain(t *testing.T) {
	a, maps := newAPI(t)
	a.publish(snapshot(t, "1"))
	offers := make(chan struct{}, 100)
	f := &reload.Follower{ConfigMaps: maps, Pointer: pointer, Load: func(registry.Snapshot) error {
		offers <- struct{}{}
		return errors.New("no")
	}}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { f.Run(ctx); close(done) }()
	next(t, offers)
	next(t, offers)
	stop()
	next(t, done)
}

// What is told of a snapshot may change while the snapshot stays.
func TestDescribesWhatIsLoaded(t *testing.T) {
	a, maps := newAPI(t)
	s := snapshot(t, "1")
	_, at := a.publish(s)
	told, loads := make(chan storage.Manifest, 100), make(chan registry.Digest, 100)
	f := &reload.Follower{
		ConfigMaps: maps, Pointer: pointer,
		Load:      func(s registry.Snapshot) error { loads <- s.Digest; return nil },
		Described: func(m storage.Manifest) { told <- m },
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	require.Equal(t, s.Digest, next(t, told).Digest)
	require.Len(t, loads, 1, "it is told after it was loaded")
	require.Eventually(t, a.watching, patient, time.Millisecond)

	var manifest storage.Manifest
	require.NoError(t, json.Unmarshal([]byte(at.Data[v1alpha1.StorageKeyManifest]), &manifest))
	manifest.DisplayName = "Renamed"
	data, err := json.Marshal(manifest)
	require.NoError(t, err)
	at = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: pointer}, Data: map[string]string{v1alpha1.StorageKeyManifest: string(data)}}
	a.set(at)
	a.event("MODIFIED", at)
	require.Equal(t, "Renamed", next(t, told).DisplayName)
	require.Len(t, loads, 1, "and nothing was loaded again")
}
