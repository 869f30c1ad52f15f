package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// fromTwo makes a registry of the sources "first" (one, two) and "second"
// (three) and waits until it is Ready.
func (w *world) fromTwo(t *testing.T) (first, second *corev1.ConfigMap, r *v1alpha1.MCPRegistry) {
	t.Helper()
	ns := w.namespace(t)
	first = fixture.Source(ns, "first", fixture.ToolHive("one", "two"))
	second = fixture.Source(ns, "second", fixture.ToolHive("three"))
	r = fixture.FromSources(ns, "team", "first", "second")
	w.Create(t, first, second, r)
	w.Ready(t, r)
	w.stores(t, r, "one", "two", "three")
	return first, second, r
}

// severalSources: sources add up, the earlier one wins, and who loses is told.
func severalSources(t *testing.T, w *world) {
	_, second, r := w.fromTwo(t)
	require.Len(t, r.Status.SyncStatus.Sources, 2)
	for i, name := range []string{"first", "second"} {
		s := r.Status.SyncStatus.Sources[i]
		require.Equal(t, name, s.Name)
		require.Equal(t, "configmap", s.Type)
		require.NotEmpty(t, s.Revision)
		require.NotEmpty(t, s.Digest)
		require.NotNil(t, s.LastSyncTime)
		require.Empty(t, s.Message)
	}
	require.EqualValues(t, 2, r.Status.SyncStatus.Sources[0].Servers)
	require.Equal(t, r.Status.SyncStatus.Sources[0].Digest, string(w.manifest(t, r).Sources[0].Digest))

	setContent(t, w, second, strings.ReplaceAll(fixture.ToolHive("two", "three"), "The server two", "Another two"))
	w.pokeUntil(t, r, "the conflict", func() error {
		if r.Status.SyncStatus.Conflicts == nil {
			return fmt.Errorf("no conflict: %+v", r.Status.SyncStatus)
		}
		return nil
	})
	require.EqualValues(t, 1, r.Status.SyncStatus.Conflicts.Count)
	require.Contains(t, r.Status.SyncStatus.Conflicts.First[0], "(first before second)")
	w.sawEvent(t, r, corev1.EventTypeWarning, v1alpha1.ReasonSourceConflict)
	w.stores(t, r, "one", "two", "three")
}

// sourceOfSeveralFails: its last good data is served, also through a new filter,
// and what the others bring is stored (pitfalls 4 and 9).
func sourceOfSeveralFails(t *testing.T, w *world) {
	first, second, r := w.fromTwo(t)
	back := fixture.Source(first.Namespace, first.Name, fixture.ToolHive("one", "two"))
	require.NoError(t, w.Client.Delete(t.Context(), first))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	w.Condition(t, r, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceUnavailable)
	available := meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionSourceAvailable)
	require.Contains(t, available.Message, `source "first"`)
	require.NotContains(t, available.Message, `source "second"`)
	require.Contains(t, r.Status.SyncStatus.Sources[0].Message, "Its last good data is served")
	require.Empty(t, r.Status.SyncStatus.Sources[1].Message)

	setContent(t, w, second, fixture.ToolHive("three", "four"))
	w.stores(t, r, "one", "two", "three", "four")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Exclude: []string{"two", "four"}}}
	})
	w.stores(t, r, "one", "three")
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)

	w.Create(t, back)
	w.Ready(t, r)
	w.stores(t, r, "one", "three")
}

// sourceOfSeveralRemoved: a source that is taken out of the spec leaves at once,
// also while another is down, and nothing of it stays in the cluster.
func sourceOfSeveralRemoved(t *testing.T, w *world) {
	first, _, r := w.fromTwo(t)
	require.NotEmpty(t, w.slot(t, r, "second"))
	require.NoError(t, w.Client.Delete(t.Context(), first))
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.Sources = r.Spec.Sources[:1] })
	w.stores(t, r, "one", "two")
	cluster.Eventually(t, "its data to be gone", func(context.Context) error {
		if left := w.slot(t, r, "second"); len(left) > 0 {
			return fmt.Errorf("%q are left", left)
		}
		return nil
	})
	require.NotEmpty(t, w.slot(t, r, "first"), "the last good data of the one that stays")
}

// slot are the names of the ConfigMaps that hold a source's last good data.
func (w *world) slot(t *testing.T, r *v1alpha1.MCPRegistry, source string) []string {
	t.Helper()
	var list corev1.ConfigMapList
	require.NoError(t, w.Client.List(t.Context(), &list, client.InNamespace(r.Namespace), client.MatchingLabels{v1alpha1.LabelSource: source}))
	var names []string
	for _, cm := range list.Items {
		names = append(names, cm.Name)
	}
	return names
}

// slotDamaged: the last good data of a source is repaired like what is served
// (pitfall 3), and API services may not read it.
func slotDamaged(t *testing.T, w *world) {
	_, _, r := w.fromTwo(t)
	before := w.slot(t, r, "first")
	require.Len(t, before, 2)
	for _, name := range before {
		require.NoError(t, w.Client.Delete(t.Context(), fixture.Source(r.Namespace, name, "")))
		cluster.Eventually(t, name+" to come back", func(context.Context) error {
			if after := w.slot(t, r, "first"); len(after) != 2 {
				return fmt.Errorf("there is %q", after)
			}
			return nil
		})
	}
	w.Ready(t, r)
}

// missingSource: a source that never gave any data does not keep the others from
// being served, and people are told what is missing.
func missingSource(t *testing.T, w *world) {
	ns := w.namespace(t)
	r := fixture.FromSources(ns, "team", "first", "second")
	w.Create(t, fixture.Source(ns, "first", fixture.ToolHive("one")), r)
	w.stores(t, r, "one")
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	w.Condition(t, r, v1alpha1.ConditionAPIReady, yes, "")
	require.Contains(t, r.Status.Message, `source "second"`)
	require.Contains(t, r.Status.SyncStatus.Sources[1].Message, "Nothing is served of it")

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		private := fixture.FromHTTP("", "", "https://127.0.0.1/registry.json").Spec.Source
		private.HTTP.SecretRef = &v1alpha1.LocalSecretReference{Name: "login"}
		r.Spec.Sources = append(r.Spec.Sources, v1alpha1.NamedSource{Name: "third", Source: private})
	})
	w.pokeUntil(t, r, "the missing Secret", func() error {
		if len(r.Status.SyncStatus.Sources) < 3 || !strings.Contains(r.Status.SyncStatus.Sources[2].Message, "spec.sources[third].http.secretRef") {
			return fmt.Errorf("told is %+v", r.Status.SyncStatus.Sources)
		}
		return nil
	})
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.Sources = r.Spec.Sources[:2] })
	w.Create(t, fixture.Source(ns, "second", fixture.ToolHive("two")))
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
}

// fromOneToSeveral: a registry that comes to list its sources, and goes back.
func fromOneToSeveral(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	w.Create(t, fixture.Source(from.Namespace, "more", fixture.ToolHive("two")))
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Sources = fixture.FromSources("", "", "team", "more").Spec.Sources
		r.Spec.Source = v1alpha1.Source{}
	})
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.Source, r.Spec.Sources = r.Spec.Sources[0].Source, nil })
	w.Ready(t, r)
	w.stores(t, r, "one")
}

// selectedConfigMaps: a source of all ConfigMaps with a label follows them at
// once (pitfall 16).
func selectedConfigMaps(t *testing.T, w *world) {
	ns := w.namespace(t)
	labelled := func(name string, servers ...string) *corev1.ConfigMap {
		cm := fixture.Source(ns, name, fixture.ToolHive(servers...))
		cm.Labels = map[string]string{"catalogue": "ours"}
		return cm
	}
	r := fixture.FromConfigMap(ns, "team")
	selecting(map[string]string{"catalogue": "ours"})(r)
	second := labelled("b", "two")
	w.Create(t, second, fixture.Source(ns, "other", "no registry"), r)
	w.Ready(t, r)
	w.stores(t, r, "two")

	first := labelled("a", "one")
	w.Create(t, first)
	w.stores(t, r, "one", "two")
	setContent(t, w, second, fixture.ToolHive("two", "three"))
	w.stores(t, r, "one", "two", "three")
	cluster.Edit(t, w.Cluster, first, func(cm *corev1.ConfigMap) { cm.Labels = nil })
	w.stores(t, r, "two", "three")
	cluster.Edit(t, w.Cluster, first, func(cm *corev1.ConfigMap) { cm.Labels = map[string]string{"catalogue": "ours"} })
	w.stores(t, r, "one", "two", "three")
	require.NoError(t, w.Client.Delete(t.Context(), first))
	w.stores(t, r, "two", "three")
	w.Ready(t, r)
}
