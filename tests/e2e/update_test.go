package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// sourceEdited: an edit of a source ConfigMap is served at once, without
// waiting for the interval or for kubelet (pitfalls 16 and 31).
func sourceEdited(t *testing.T, w *world) {
	ns := w.namespace(t, "edit")
	from, r := fixture.Source(ns, "team", fixture.ToolHive("one")), fixture.FromConfigMap(ns, "team")
	w.Create(t, from, r)
	t.Logf("new registry Ready after %s", w.Ready(t, r))
	w.serves(t, r, "one")

	cluster.Edit(t, w.Cluster, from, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive("one", "two") })
	t.Logf("an edit of the ConfigMap is served after %s", w.serves(t, r, "one", "two"))
	w.Ready(t, r)
	require.EqualValues(t, 2, r.Status.SyncStatus.ServerCount)
}

// gitPushed: a push is served after a manual sync, and the annotation is echoed.
func gitPushed(t *testing.T, w *world) {
	ns := w.namespace(t, "git")
	r := fixture.FromGit(ns, "team", w.git.url, "team/registry.json")
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	w.git.Commit("team/registry.json", fixture.ToolHive("one"))
	w.Create(t, r)
	t.Logf("new registry from Git Ready after %s", w.Ready(t, r))
	w.serves(t, r, "one")

	commit := w.git.Commit("team/registry.json", fixture.ToolHive("one", "pushed"))
	value := w.SyncNow(t, r)
	t.Logf("a push is served %s after the manual trigger", w.serves(t, r, "one", "pushed"))
	cluster.Eventually(t, "the trigger in status", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
			return err
		}
		if r.Status.LastManualSyncTrigger != value || r.Status.SyncStatus.Revision != commit {
			return fmt.Errorf("trigger %q, revision %q", r.Status.LastManualSyncTrigger, r.Status.SyncStatus.Revision)
		}
		return nil
	})
}

// sourceDeletedAndBack: a source that is gone is an outage of the source and
// not of the API; the same bytes coming back end it (pitfalls 1 and 7).
func sourceDeletedAndBack(t *testing.T, w *world) {
	ns := w.namespace(t, "gone")
	from, r := fixture.Source(ns, "team", fixture.ToolHive("one", "two")), fixture.FromConfigMap(ns, "team")
	w.Create(t, from.DeepCopy(), r)
	w.Ready(t, r)
	w.serves(t, r, "one", "two")

	require.NoError(t, w.Client.Delete(t.Context(), from.DeepCopy()))
	t.Logf("the lost source shows after %s", w.Condition(t, r, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonSourceUnavailable))
	w.Condition(t, r, v1alpha1.ConditionSourceAvailable, metav1.ConditionFalse, v1alpha1.ReasonSourceUnavailable)
	w.Condition(t, r, v1alpha1.ConditionAPIReady, metav1.ConditionTrue, "")
	require.Equal(t, v1alpha1.PhaseDegraded, r.Status.Phase)
	w.serves(t, r, "one", "two")

	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), r))
	require.True(t, meta.IsStatusConditionFalse(r.Status.Conditions, v1alpha1.ConditionReady), "Ready without a source")
	began := time.Now()
	w.Create(t, from.DeepCopy())
	w.Ready(t, r)
	t.Logf("Ready %s after the source is back", time.Since(began))
	for _, kind := range []string{v1alpha1.ConditionSourceAvailable, v1alpha1.ConditionSyncSuccessful} {
		w.Condition(t, r, kind, metav1.ConditionTrue, "")
	}
	w.serves(t, r, "one", "two")
}

// storageDeleted: stored data that is deleted or damaged by hand comes back
// from the source, and the API never stops serving (pitfall 3).
func storageDeleted(t *testing.T, w *world) {
	ns := w.namespace(t, "storage")
	r := fixture.FromConfigMap(ns, "team")
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one", "two")), r)
	w.Ready(t, r)

	pointer := client.ObjectKey{Namespace: ns, Name: v1alpha1.StorageName(r.Name)}
	t.Logf("a deleted pointer is back after %s", w.deleteAndWait(t, pointer))
	for _, name := range w.chunks(t, r) {
		t.Logf("a deleted chunk is back after %s", w.deleteAndWait(t, client.ObjectKey{Namespace: ns, Name: name}))
	}
	w.Ready(t, r)
	w.serves(t, r, "one", "two")
}

// deleteAndWait deletes a ConfigMap and waits until another one has its name.
func (w *world) deleteAndWait(t *testing.T, key client.ObjectKey) time.Duration {
	t.Helper()
	var old corev1.ConfigMap
	require.NoError(t, w.Client.Get(t.Context(), key, &old))
	require.NoError(t, w.Client.Delete(t.Context(), &old))
	return cluster.Eventually(t, key.Name, func(ctx context.Context) error {
		var now corev1.ConfigMap
		if err := w.Client.Get(ctx, key, &now); err != nil {
			return err
		}
		if now.UID == old.UID {
			return fmt.Errorf("%s is not gone yet", key.Name)
		}
		return nil
	})
}

// chunks are the names of the ConfigMaps that hold the data of r.
func (w *world) chunks(t *testing.T, r *v1alpha1.MCPRegistry) []string {
	t.Helper()
	var list corev1.ConfigMapList
	require.NoError(t, w.Client.List(t.Context(), &list, client.InNamespace(r.Namespace),
		client.MatchingLabels{v1alpha1.LabelRegistry: r.Name}))
	var names []string
	for _, cm := range list.Items {
		if cm.Name != v1alpha1.StorageName(r.Name) {
			names = append(names, cm.Name)
		}
	}
	require.NotEmpty(t, names)
	return names
}
