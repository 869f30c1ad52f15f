package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// apiWatched: each API Pod says in its metrics which snapshot it serves, on a
// port that the Service does not have; the API tells what was rejected; and the
// Pod template switches the access log on.
func apiWatched(t *testing.T, w *world) {
	ns := w.namespace(t, "watched")
	// A server that is not remote needs an image.
	bad := strings.Replace(fixture.ToolHive("one", "worse"), `"image":"ghcr.io/acme/worse:1.0.0",`, "", 1)
	from, r := fixture.Source(ns, "team", bad), fixture.FromConfigMap(ns, "team")
	r.Spec.DisplayName = "Our team"
	r.Spec.PodTemplateSpec = &runtime.RawExtension{Raw: []byte(
		`{"spec":{"containers":[{"name":"registry-api","env":[{"name":"MCP_REGISTRY_ACCESS_LOG","value":"true"}]}]}}`)}
	w.Create(t, from, r)
	w.Ready(t, r)
	first := r.Status.SyncStatus.LastSyncHash
	w.metricsNameDigest(t, r, first)

	base, err := w.address(t.Context(), r)
	require.NoError(t, err)
	var state struct {
		DisplayName string
		Sources     []struct {
			Rejected     int
			LastSyncTime time.Time
		}
		Rejected     []struct{ Entry, Reason string }
		LastSyncTime time.Time
	}
	cluster.Eventually(t, "the Service to be reached", func(ctx context.Context) error {
		return get(ctx, base+"/v0.1/x/registry", &state)
	})
	require.Equal(t, "Our team", state.DisplayName)
	require.Equal(t, 1, state.Sources[0].Rejected)
	require.Equal(t, "worse", state.Rejected[0].Entry)
	require.WithinDuration(t, r.Status.SyncStatus.LastSyncTime.Time, state.LastSyncTime, time.Minute, "the Pod may ask for it")
	require.Equal(t, state.LastSyncTime, state.Sources[0].LastSyncTime)
	_, err = fetch(t.Context(), base+"/metrics")
	require.ErrorContains(t, err, "404", "metrics are not public")
	var service corev1.Service
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: v1alpha1.APIName(r.Name)}, &service))
	require.Len(t, service.Spec.Ports, 1)

	pods, err := w.apiPods(t.Context(), r)
	require.NoError(t, err)
	cluster.Eventually(t, "a line in the access log", func(ctx context.Context) error {
		log, err := w.Clientset.CoreV1().Pods(ns).GetLogs(pods[0].Name, &corev1.PodLogOptions{}).DoRaw(ctx)
		if err == nil && !strings.Contains(string(log), `"path":"/v0.1/x/registry"`) {
			err = fmt.Errorf("the log is\n%s", log)
		}
		return err
	})

	cluster.Edit(t, w.Cluster, from, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive("one", "two") })
	w.serves(t, r, "one", "two")
	w.Ready(t, r)
	require.NotEqual(t, first, r.Status.SyncStatus.LastSyncHash)
	w.metricsNameDigest(t, r, r.Status.SyncStatus.LastSyncHash)
}

// metricsNameDigest waits until the metrics of every Pod name this digest and no other.
func (w *world) metricsNameDigest(t *testing.T, r *v1alpha1.MCPRegistry, digest string) {
	t.Helper()
	cluster.Eventually(t, "the metrics to name "+digest, func(ctx context.Context) error {
		pods, err := w.apiPods(ctx, r)
		if err != nil {
			return err
		}
		for _, pod := range pods {
			address := net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(v1alpha1.APIMetricsPort))
			text, err := fetch(ctx, "http://"+address+"/metrics")
			if err != nil {
				return err
			}
			const info = "\nmcp_registry_api_snapshot_info{"
			if strings.Count(string(text), info) != 1 || !strings.Contains(string(text), info+`digest="`+digest+`"} 1`) {
				return fmt.Errorf("%s says\n%s", pod.Name, text)
			}
		}
		return nil
	})
}

// apiPods are the Pods of a registry's API service that are not going away.
func (w *world) apiPods(ctx context.Context, r *v1alpha1.MCPRegistry) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := w.Client.List(ctx, &list, client.InNamespace(r.Namespace),
		client.MatchingLabels{v1alpha1.LabelRegistry: r.Name, v1alpha1.LabelComponent: v1alpha1.ComponentAPI})
	var alive []corev1.Pod
	for _, p := range list.Items {
		if p.DeletionTimestamp.IsZero() {
			alive = append(alive, p)
		}
	}
	if err == nil && len(alive) == 0 {
		err = errors.New("there are no API Pods")
	}
	return alive, err
}
