package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver/reload"
	registrydata "github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// registryState is the answer of /v0.1/x/registry.
type registryState struct {
	Name, DisplayName, Digest, Revision string
	Servers, Names                      int
	Sources                             []registrydata.SourceState
	Rejected                            []registrydata.RejectedEntry
}

// follow runs what an API Pod runs, on this registry, until the test ends.
func (w *world) follow(t *testing.T, r *v1alpha1.MCPRegistry) *apiserver.Server {
	t.Helper()
	server := apiserver.New(apiserver.Options{RegistryName: r.Name})
	follower := &reload.Follower{
		ConfigMaps: w.Clientset.CoreV1().ConfigMaps(r.Namespace),
		Pointer:    v1alpha1.StorageName(r.Name),
		Load:       server.Load,
		Described: func(m storage.Manifest) {
			server.Describe(apiserver.Description{Digest: m.Digest, Revision: m.Revision, PublishedAt: m.PublishedAt, About: m.About})
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { follower.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return server
}

// told waits until the server tells a state that check agrees with.
func told(t *testing.T, server *apiserver.Server, what string, check func(registryState) bool) registryState {
	t.Helper()
	var state registryState
	cluster.Eventually(t, what, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/v0.1/x/registry", nil)
		if err != nil {
			return err
		}
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, request)
		state = registryState{}
		if err := json.Unmarshal(answer.Body.Bytes(), &state); err != nil {
			return err
		}
		if answer.Code != http.StatusOK || !check(state) {
			return fmt.Errorf("%d: %s", answer.Code, answer.Body)
		}
		return nil
	})
	return state
}

// stateTold: what the operator knows reaches the API service, changes without a
// restart or a new snapshot, and is not written without a reason.
func stateTold(t *testing.T, w *world) {
	// A server that is not remote needs an image.
	bad := strings.Replace(fixture.ToolHive("one", "worse"), `"image":"ghcr.io/acme/worse:1.0.0",`, "", 1)
	ns := w.namespace(t)
	from, r := fixture.Source(ns, "team", bad), fixture.FromConfigMap(ns, "team")
	r.Spec.DisplayName = "Our team"
	w.Create(t, from, r)
	w.Ready(t, r)
	server := w.follow(t, r)

	first := told(t, server, "the rejected entry", func(s registryState) bool { return len(s.Rejected) == 1 })
	require.Equal(t, "Our team", first.DisplayName)
	require.Equal(t, r.Status.SyncStatus.LastSyncHash, first.Digest)
	require.Equal(t, []registrydata.SourceState{{
		Type: "configmap", Revision: r.Status.SyncStatus.Revision, Servers: 1, Rejected: 1,
	}}, first.Sources)
	require.Equal(t, "worse", first.Rejected[0].Entry)
	require.NotEmpty(t, first.Rejected[0].Reason)

	pointer := w.pointer(t, r)
	trigger := w.SyncNow(t, r)
	w.pokeUntil(t, r, "the sync by hand", func() error {
		if r.Status.LastManualSyncTrigger != trigger {
			return fmt.Errorf("the last one is %q", r.Status.LastManualSyncTrigger)
		}
		return nil
	})
	require.Equal(t, pointer.ResourceVersion, w.pointer(t, r).ResourceVersion, "an unchanged sync writes nothing")

	deployment := apiDeployment(r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	generation := deployment.Generation
	require.NoError(t, w.Client.Delete(t.Context(), from))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.DisplayName = "Renamed" })
	renamed := told(t, server, "the new name while the source is down", func(s registryState) bool { return s.DisplayName == "Renamed" })
	require.Equal(t, first.Digest, renamed.Digest)
	require.Equal(t, first.Rejected, renamed.Rejected)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	require.Equal(t, generation, deployment.Generation, "pitfall 19: a display name restarts no Pods")

	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")))
	mended := told(t, server, "the mended entry to be gone", func(s registryState) bool { return len(s.Rejected) == 0 })
	require.Equal(t, first.Digest, mended.Digest, "what is served is the same; only what is told of it has changed")
	require.Equal(t, 0, mended.Sources[0].Rejected)
}

func (w *world) pointer(t *testing.T, r *v1alpha1.MCPRegistry) *corev1.ConfigMap {
	t.Helper()
	var pointer corev1.ConfigMap
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.StorageName(r.Name)}, &pointer))
	return &pointer
}

// stateOfOldManifest: what an operator stored that did not record sources yet is
// recorded by the next sync that is due, although the source has not changed.
func stateOfOldManifest(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	want := w.manifest(t, r)
	require.Len(t, want.Sources, 1)
	old := want
	old.About = registrydata.About{}
	data, err := json.Marshal(old)
	require.NoError(t, err)
	cluster.Edit(t, w.Cluster, w.pointer(t, r), func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.StorageKeyManifest] = string(data) })
	require.Empty(t, w.manifest(t, r).Sources)

	cluster.Eventually(t, "the sources", func(context.Context) error {
		have := w.manifest(t, r)
		if len(have.Sources) > 0 {
			return nil
		}
		// The operator may not have seen the edit yet.
		w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
		w.poke(t, r)
		return fmt.Errorf("the manifest has none: %+v", have)
	})
	require.Equal(t, want, w.manifest(t, r), "and nothing else is new")
}
