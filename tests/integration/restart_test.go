package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// restarted: an operator that starts looks at what is there. It asks no source
// before its interval is over, and not all of them at the same moment (pitfall 13).
func restarted(t *testing.T, w *world) {
	ns := w.namespace(t)
	file := ns + "/registry.json"
	w.git.Commit(file, fixture.ToolHive("one"))
	var all []*v1alpha1.MCPRegistry
	for i := range 5 {
		r := fixture.FromGit(ns, fmt.Sprintf("team-%d", i), w.git.URL(), file)
		r.Spec.Source.Format = v1alpha1.FormatToolHive
		w.Create(t, r)
		all = append(all, r)
	}
	for _, r := range all {
		w.Ready(t, r)
	}
	w.git.Requests()

	fresh := w.reconciler(t, w.Client, w.Client, w.Client)
	next := map[time.Duration]bool{}
	for _, r := range all {
		before := r.ResourceVersion
		result, err := fresh.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(r)})
		require.NoError(t, err)
		require.Greater(t, result.RequeueAfter, 30*time.Minute, "what is left of the interval of an hour")
		require.LessOrEqual(t, result.RequeueAfter, 66*time.Minute)
		next[result.RequeueAfter.Truncate(time.Second)] = true
		require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), r))
		require.Equal(t, before, r.ResourceVersion, "nothing is written either")
	}
	require.Empty(t, w.git.Requests(), "nothing is fetched that is not due")
	require.Greater(t, len(next), 1, "they are not all due at the same moment")
}
