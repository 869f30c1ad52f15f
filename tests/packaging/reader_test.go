package packaging

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// reader asks for a registry's servers again and again.
type reader struct {
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	asked  int
	failed []string
}

// read starts a reader once the API answers.
func (w *world) read(t *testing.T, r *v1alpha1.MCPRegistry) *reader {
	t.Helper()
	w.serves(t, r, "one")
	address := w.address(t, r) + "/v0.1/servers"
	ctx, cancel := context.WithCancel(t.Context())
	reader := &reader{cancel: cancel, ended: make(chan struct{})}
	t.Cleanup(cancel)
	go func() {
		defer close(reader.ended)
		for ctx.Err() == nil {
			names, err := list(ctx, address)
			if err == nil && !slices.Contains(names, "one") {
				err = fmt.Errorf("servers %q", names)
			}
			if ctx.Err() == nil {
				reader.note(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return reader
}

func (r *reader) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if err != nil {
		r.failed = append(r.failed, time.Now().Format(time.TimeOnly)+" "+err.Error())
	}
}

// check fails if a read has failed since the last check.
func (r *reader) check(t *testing.T, during string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotZero(t, r.asked)
	require.Empty(t, r.failed, "of %d reads during %s", r.asked, during)
	t.Logf("%s: %d reads, none failed", during, r.asked)
	r.asked = 0
}

// stop ends the reading; nothing may have failed.
func (r *reader) stop(t *testing.T) {
	t.Helper()
	r.cancel()
	<-r.ended
	require.Empty(t, r.failed)
}

// visitor opens a connection per request, so that every request goes through the
// Service anew. No proxy stands between a test and its cluster.
var visitor = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// fetch reads a JSON document of the API.
func fetch(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := visitor.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %.200s", address, answer.Status, body)
	}
	return json.Unmarshal(body, into)
}

// list returns the names of the servers, without the part before the slash.
func list(ctx context.Context, address string) (names []string, err error) {
	var page struct {
		Servers []struct{ Server struct{ Name string } }
	}
	err = fetch(ctx, address, &page)
	for _, entry := range page.Servers {
		names = append(names, entry.Server.Name[strings.LastIndex(entry.Server.Name, "/")+1:])
	}
	slices.Sort(names)
	return names, err
}

// address is where a registry's API is reached.
func (w *world) address(t *testing.T, r *v1alpha1.MCPRegistry) string {
	t.Helper()
	var service corev1.Service
	key := client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}
	require.NoError(t, w.Client.Get(t.Context(), key, &service))
	return fmt.Sprintf("http://%s:%d", service.Spec.ClusterIP, v1alpha1.APIPort)
}

// serves waits until the API serves exactly these servers.
func (w *world) serves(t *testing.T, r *v1alpha1.MCPRegistry, want ...string) {
	t.Helper()
	address := w.address(t, r) + "/v0.1/servers"
	slices.Sort(want)
	cluster.Eventually(t, fmt.Sprintf("%s/%s to serve %q", r.Namespace, r.Name, want), func(ctx context.Context) error {
		have, err := list(ctx, address)
		if err == nil && !slices.Equal(have, want) {
			err = fmt.Errorf("it serves %q", have)
		}
		return err
	})
}
