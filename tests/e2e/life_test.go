package e2e

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// operatorKilled: an operator that dies while it syncs leaves nothing behind
// that could hold up the next one (pitfall 8).
func operatorKilled(t *testing.T, w *world) {
	ns := w.namespace(t, "killed")
	w.git.Commit("killed/registry.json", fixture.ToolHive("one"))
	r := fixture.FromGit(ns, "team", w.git.url, "killed/registry.json")
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	w.Create(t, r)
	w.replaceOperator(t, true)
	t.Logf("Ready %s after the new operator", w.Ready(t, r))
	w.serves(t, r, "one")
}

// operatorRestarted: a new operator takes what is stored as it is and fetches
// nothing that is not due; the API does not notice (pitfall 13).
func operatorRestarted(t *testing.T, w *world) {
	ns := w.namespace(t, "anew")
	w.git.Commit("anew/registry.json", fixture.ToolHive("one"))
	r := fixture.FromGit(ns, "team", w.git.url, "anew/registry.json")
	r.Spec.Source.Format = v1alpha1.FormatToolHive
	w.Create(t, r)
	w.Ready(t, r)
	// Once it has answered, it has to go on; the node may learn of the Service
	// a moment after the Pod is ready.
	w.serves(t, r, "one")
	w.forgetGitRequests(t, ns)
	synced := r.Status.SyncStatus.LastSyncTime

	w.replaceOperator(t, false)
	_, err := w.served(t.Context(), r)
	require.NoError(t, err, "the API goes on without the operator")
	// The registries that were there come first in the new operator's queue.
	w.proveWorking(t, ns, "later")
	require.Empty(t, w.git.Requests(), "the new operator fetched what was not due")
	w.Ready(t, r)
	require.True(t, synced.Equal(r.Status.SyncStatus.LastSyncTime))
}

// leaderLost: a second operator is Ready while it waits, and takes over when
// the leader's Pod goes.
func leaderLost(t *testing.T, w *world) {
	w.upgradeForStory(t, map[string]any{"replicas": 2})
	ns := w.namespace(t, "leader")
	var leader string
	cluster.Eventually(t, "two Ready operators, one of them leading", func(ctx context.Context) (err error) {
		if err := w.operatorsReady(ctx, 2); err != nil {
			return err
		}
		leader, err = w.leader(ctx)
		return err
	})
	w.proveWorking(t, ns, "before")

	began := time.Now()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: leader}}
	require.NoError(t, w.Client.Delete(t.Context(), pod))
	took := cluster.Eventually(t, "another leader", func(ctx context.Context) error {
		now, err := w.leader(ctx)
		if err == nil && now == leader {
			err = errors.New("the old leader still has the lock")
		}
		return err
	})
	w.proveWorking(t, ns, "after")
	t.Logf("another operator leads after %s, and has synced a new registry after %s", took, time.Since(began))
}

// operatorReinstalled: uninstalling the operator takes no registry away, and
// installing it again adopts what is there.
func operatorReinstalled(t *testing.T, w *world) {
	ns := w.namespace(t, "reinstall")
	from, r := fixture.Source(ns, "team", fixture.ToolHive("one")), fixture.FromConfigMap(ns, "team")
	w.Create(t, from, r)
	w.Ready(t, r)
	w.operator.Uninstall(t)

	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), r), "registries outlive the operator")
	cluster.Edit(t, w.Cluster, from, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive("one", "two") })
	_, err := w.served(t.Context(), r)
	require.NoError(t, err, "the API goes on without the operator")

	w.operator.Install(t, w.values)
	t.Logf("what changed in between is served %s after the new installation", w.serves(t, r, "one", "two"))
	w.Ready(t, r)
}

// proveWorking makes a registry and waits until it is served.
func (w *world) proveWorking(t *testing.T, namespace, name string) {
	t.Helper()
	r := fixture.FromConfigMap(namespace, name)
	w.Create(t, fixture.Source(namespace, name, fixture.ToolHive("proof")), r)
	w.Ready(t, r)
	w.serves(t, r, "proof")
}

// replaceOperator deletes the operator's Pods and waits for Ready new ones.
func (w *world) replaceOperator(t *testing.T, kill bool) {
	t.Helper()
	old, err := w.operatorPods(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, old)
	var options []client.DeleteOption
	if kill {
		options = append(options, client.GracePeriodSeconds(0))
	}
	for i := range old {
		require.NoError(t, w.Client.Delete(t.Context(), &old[i], options...))
	}
	took := cluster.Eventually(t, "a new operator", func(ctx context.Context) error { return w.operatorsReady(ctx, len(old)) })
	t.Logf("a new operator is Ready after %s", took)
}

func (w *world) operatorsReady(ctx context.Context, number int) error {
	pods, err := w.operatorPods(ctx)
	if err != nil {
		return err
	}
	ready := 0
	for _, p := range pods {
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				ready++
			}
		}
	}
	if ready != number || len(pods) != number {
		return fmt.Errorf("%d of %d operator Pods are Ready, want %d", ready, len(pods), number)
	}
	return nil
}

// leader is the Pod that owns the leader's lock.
func (w *world) leader(ctx context.Context) (string, error) {
	var locks corev1.ConfigMapList
	if err := w.Client.List(ctx, &locks, client.InNamespace(operatorNamespace)); err != nil {
		return "", err
	}
	for _, lock := range locks.Items {
		for _, owner := range lock.OwnerReferences {
			if owner.Kind == "Pod" {
				return owner.Name, nil
			}
		}
	}
	return "", errors.New("no ConfigMap is owned by a Pod")
}
