package integration

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

const (
	yes = metav1.ConditionTrue
	no  = metav1.ConditionFalse
)

// synced makes a registry called "team" with these servers and waits until it is Ready.
func (w *world) synced(t *testing.T, servers ...string) (*corev1.ConfigMap, *v1alpha1.MCPRegistry) {
	t.Helper()
	ns := w.namespace(t)
	from, r := fixture.Source(ns, "team", fixture.ToolHive(servers...)), fixture.FromConfigMap(ns, "team")
	w.Create(t, from, r)
	w.Ready(t, r)
	return from, r
}

// fromGit makes a registry from a file of this one test and waits until it is Ready.
func (w *world) fromGit(t *testing.T, servers ...string) (file string, r *v1alpha1.MCPRegistry) {
	t.Helper()
	ns := w.namespace(t)
	file = ns + "/registry.json"
	w.git.Commit(file, fixture.ToolHive(servers...))
	r = fixture.FromGit(ns, "team", w.git.URL(), file)
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	w.Create(t, r)
	w.Ready(t, r)
	return file, r
}

// readyAndEvents: `kubectl wait --for=condition=Ready` works, status is about
// the present generation, and people are told by events (pitfalls 7 and 36).
func readyAndEvents(t *testing.T, w *world) {
	_, r := w.synced(t, "one", "two")
	st := r.Status
	require.Equal(t, r.Generation, st.ObservedGeneration)
	require.Equal(t, v1alpha1.PhaseReady, st.Phase)
	require.EqualValues(t, 2, st.SyncStatus.ServerCount)
	require.Equal(t, string(w.manifest(t, r).Digest), st.SyncStatus.LastSyncHash)
	require.Equal(t, v1alpha1.StorageName("team"), st.StorageRef.ConfigMapRef.Name)
	require.Nil(t, meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionStalled), "kstatus: only present while True")
	require.Nil(t, meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionReconciling), "kstatus: only present while True")
	w.sawEvent(t, r, corev1.EventTypeNormal, v1alpha1.ReasonSynced)
	w.sawEvent(t, r, corev1.EventTypeNormal, v1alpha1.ConditionReady)
}

func (w *world) sawEvent(t *testing.T, r *v1alpha1.MCPRegistry, kind, reason string) {
	t.Helper()
	cluster.Eventually(t, kind+" event "+reason, func(ctx context.Context) error {
		list, err := w.Clientset.EventsV1().Events(r.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		var seen []string
		for _, e := range list.Items {
			if e.Regarding.Name == r.Name && e.Type == kind && e.Reason == reason {
				return nil
			}
			seen = append(seen, e.Type+" "+e.Reason)
		}
		return fmt.Errorf("events: %q", seen)
	})
}

// interval: a source is looked at when its interval is over, not before and not
// only once (pitfalls 2 and 15). The controller's clock is the test's.
func interval(t *testing.T, w *world) {
	file, r := w.fromGit(t, "one")
	for round := range 3 {
		w.git.Requests()
		w.pokeUntil(t, r, "nothing", func() error { return nil })
		require.Empty(t, w.git.Requests(), "round %d: fetched before the interval was over", round)

		last := r.Status.SyncStatus.LastAttempt
		w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
		w.pokeUntil(t, r, "a look at the source", func() error {
			if !last.Before(r.Status.SyncStatus.LastAttempt) {
				return fmt.Errorf("round %d: last attempt at %s", round, r.Status.SyncStatus.LastAttempt)
			}
			return nil
		})
		require.Equal(t, v1alpha1.DueIntervalElapsed, r.Status.SyncStatus.Reason)
	}
	w.git.Commit(file, fixture.ToolHive("one", "two"))
	w.clock.SetTime(w.clock.Now().Add(67 * time.Minute))
	w.poke(t, r)
	w.stores(t, r, "one", "two")
}

// pokeUntil pokes the registry and waits until check agrees with its status.
func (w *world) pokeUntil(t *testing.T, r *v1alpha1.MCPRegistry, what string, check func() error) {
	t.Helper()
	w.poke(t, r)
	cluster.Eventually(t, what, func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
			return err
		}
		return check()
	})
}

// sourceDeletedAndBack: an outage of the source shows, and ends by itself with
// the same bytes (pitfalls 1 and 7).
func sourceDeletedAndBack(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	back := fixture.Source(from.Namespace, from.Name, fixture.ToolHive("one"))
	require.NoError(t, w.Client.Delete(t.Context(), from))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, no, v1alpha1.ReasonSourceUnavailable)
	w.Condition(t, r, v1alpha1.ConditionAPIReady, yes, "")
	w.sawEvent(t, r, corev1.EventTypeWarning, v1alpha1.ReasonSourceUnavailable)
	w.stores(t, r, "one")

	w.Create(t, back)
	w.Ready(t, r)
	w.Condition(t, r, v1alpha1.ConditionSyncSuccessful, yes, "")
}

// filterEditedWhileDown: a filter that could not be applied stays wanted, and
// an exclude does not fail open (pitfall 4).
func filterEditedWhileDown(t *testing.T, w *world) {
	from, r := w.synced(t, "one", "secret")
	applied := r.Status.LastAppliedFilterHash
	back := fixture.Source(from.Namespace, from.Name, fixture.ToolHive("one", "secret", "new"))
	require.NoError(t, w.Client.Delete(t.Context(), from))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Exclude: []string{"secret"}}}
	})
	w.stores(t, r, "one")
	w.Condition(t, r, v1alpha1.ConditionReady, no, "")
	require.Equal(t, applied, r.Status.LastAppliedFilterHash, "recorded as applied although the source has not been read with it")

	w.Create(t, back)
	w.Ready(t, r)
	w.stores(t, r, "new", "one")
}

// emptySource: nothing never replaces something, unless it is allowed (pitfall 5).
func emptySource(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	setContent(t, w, from, fixture.ToolHive())
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonEmptyHeld)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonEmptyHeld)
	w.stores(t, r, "one")

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.SyncPolicy.AllowEmpty = true })
	w.Ready(t, r)
	w.stores(t, r)
}

// brokenData: what is not a registry fails the sync and leaves the data alone.
func brokenData(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	setContent(t, w, from, `<html>502 Bad Gateway</html>`)
	w.Condition(t, r, v1alpha1.ConditionDataValid, no, v1alpha1.ReasonInvalidData)
	w.Condition(t, r, v1alpha1.ConditionSourceAvailable, yes, "")
	w.stores(t, r, "one")
	setContent(t, w, from, fixture.ToolHive("one", "two"))
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
}

// invalidGlob: a filter that cannot be used is the user's to mend and wipes
// nothing (pitfall 5).
func invalidGlob(t *testing.T, w *world) {
	_, r := w.synced(t, "one", "two")
	setFilter(t, w, r, "[one")
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSpec)
	require.Contains(t, r.Status.Message, "[one")
	w.stores(t, r, "one", "two")
	setFilter(t, w, r, "on?")
	w.Ready(t, r)
	w.stores(t, r, "one")
}

// storageDamaged: a pointer or chunk that somebody deletes or edits is made
// again from the source (pitfall 3).
func storageDamaged(t *testing.T, w *world) {
	_, r := w.synced(t, "one", "two")
	pointer := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: v1alpha1.StorageName(r.Name)}}
	require.NoError(t, w.Client.Delete(t.Context(), pointer.DeepCopy()))
	w.stores(t, r, "one", "two")

	cluster.Edit(t, w.Cluster, pointer, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.StorageKeyManifest] = "{}" })
	w.stores(t, r, "one", "two")

	chunk := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: w.manifest(t, r).Chunks[0].Name}}
	require.NoError(t, w.Client.Delete(t.Context(), chunk))
	w.stores(t, r, "one", "two")
	w.Ready(t, r)
}

func setContent(t *testing.T, w *world, from *corev1.ConfigMap, content string) {
	t.Helper()
	cluster.Edit(t, w.Cluster, from, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = content })
}

func setFilter(t *testing.T, w *world, r *v1alpha1.MCPRegistry, include string) {
	t.Helper()
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Include: []string{include}}}
	})
}
