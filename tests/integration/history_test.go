package integration

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// rollback: a person goes back to what was served before, whatever the sources
// say, and forth again.
func rollback(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	first := r.Status.SyncStatus.LastSyncHash
	for i, servers := range [][]string{{"one", "two"}, {"one", "two", "three"}} {
		setContent(t, w, from, fixture.ToolHive(servers...))
		w.stores(t, r, servers...)
		w.pokeUntil(t, r, "the history", func() error {
			if n := len(r.Status.SyncStatus.History); n != i+1 {
				return fmt.Errorf("it has %d snapshots", n)
			}
			return nil
		})
	}
	past := r.Status.SyncStatus.History
	require.Equal(t, first, past[1].Digest, "the latest comes first")
	require.EqualValues(t, 1, past[1].Servers)
	require.NotEmpty(t, past[1].Revision)

	server := w.follow(t, r)
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.RollbackTo = first })
	told(t, server, "the first snapshot to be served", func(s registryState) bool { return s.Digest == first })
	w.Condition(t, r, v1alpha1.ConditionReady, yes, v1alpha1.ReasonPinned)
	w.stores(t, r, "one")

	setContent(t, w, from, fixture.ToolHive("one", "two", "three", "four"))
	trigger := w.SyncNow(t, r)
	w.pokeUntil(t, r, "the sync by hand to be told of", func() error {
		if !strings.Contains(r.Status.Message, fmt.Sprintf("(%q) waits", trigger)) {
			return errors.New(r.Status.Message)
		}
		return nil
	})
	w.sawEvent(t, r, corev1.EventTypeWarning, v1alpha1.ReasonPinned)
	w.synced(t, "another") // by now the controller has looked
	w.stores(t, r, "one")

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.RollbackTo = "" })
	w.stores(t, r, "one", "two", "three", "four")
	w.Condition(t, r, v1alpha1.ConditionReady, yes, v1alpha1.ReasonSucceeded)
	require.Equal(t, trigger, r.Status.LastManualSyncTrigger, "what waited was done")
	require.NotContains(t, r.Status.Message, "waits")
}

// rollbackUnavailable: a digest that is not kept changes nothing and is told.
func rollbackUnavailable(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	first := r.Status.SyncStatus.LastSyncHash
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Storage = &v1alpha1.Storage{HistoryLimit: ptr.To[int32](0)}
	})
	setContent(t, w, from, fixture.ToolHive("one", "two"))
	w.stores(t, r, "one", "two")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.RollbackTo = first })
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonRollbackUnavailable)
	require.Contains(t, meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionReady).Message, "is not kept; none is")
	w.stores(t, r, "one", "two")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.RollbackTo = "" })
	w.Ready(t, r)
}
