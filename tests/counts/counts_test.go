package counts

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

// line is what one case may cost: requests to the source and to Kubernetes.
type line struct{ source, kubernetes string }

// The cases, in the order in which they are gone through.
const (
	firstSync    = "first sync"
	unchanged    = "unchanged check"
	dataChange   = "data change"
	filterChange = "filter change"
	restart      = "restart"
)

var cases = []string{firstSync, unchanged, dataChange, filterChange, restart}

func TestCounts(t *testing.T) {
	w := newWorld(t)
	for _, s := range allSources(t, w) {
		t.Run(s.name, func(t *testing.T) {
			costs := w.measure(t, s)
			for _, c := range cases {
				spent := costs[c]
				fmt.Printf("%-10s %-16s %s\n", s.name, c, &spent)
				want := s.costs[c]
				assert.Equal(t, want, spent.line(), "%s of %s", c, s.name)
			}
		})
	}
}

// TestStoringFails: what a source gave and Kubernetes did not take is stored within
// moments, and not after the five minutes that a failing source is left alone for.
func TestStoringFails(t *testing.T) {
	w, r := withOneServer(t)
	w.Create(t, r)
	w.refuse = func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/configmaps")
	}
	w.reconcile(t, r)
	require.True(t, meta.IsStatusConditionFalse(r.Status.Conditions, v1alpha1.ConditionSyncSuccessful))
	require.Equal(t, v1alpha1.ReasonStorageFailed, meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionReady).Reason)

	w.refuse = nil
	w.clock.SetTime(w.clock.Now().Add(7 * time.Second))
	w.settle(t, r)
	require.EqualValues(t, 1, r.Status.SyncStatus.ServerCount, "%+v", r.Status)
}

// TestCacheBehind: a status is not left to stand because the cache still shows the
// one before it, for our own status writes bring no event that would put it right.
// Nor is one whose writing was not confirmed.
func TestCacheBehind(t *testing.T) {
	w, r := withOneServer(t)
	r.Spec.API.Auth = &v1alpha1.APIAuth{Type: v1alpha1.AuthTypeTokenReview}
	w.Create(t, r)
	allowed, forbidden := w.reconciler.Workload, w.reconciler.Workload
	allowed.TokenReviewBinding = "reviews"
	for name, lost := range map[string]bool{"written": false, "answer lost": true} {
		t.Run(name, func(t *testing.T) {
			w.reconciler.Workload, w.behind = allowed, nil
			w.settle(t, r)
			before := r.DeepCopy()

			w.behind, w.reconciler.Workload = []client.Object{before}, forbidden
			w.lose = func(r *http.Request) bool { return lost && strings.HasSuffix(r.URL.Path, "/status") }
			_, err := w.reconciler.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(r)})
			require.Equal(t, lost, err != nil, "%v", err)
			w.lose = nil
			require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(r), r))
			require.Equal(t, v1alpha1.ReasonTokenReviewDisabled, meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionReady).Reason)

			w.reconciler.Workload = allowed
			w.cost()
			w.reconcile(t, r)
			require.Equal(t, before.Status.Conditions, r.Status.Conditions)
			spent := w.cost()
			require.Equal(t, "get 1, patch 1", told(spent.kubernetes), "the registry and its status")
		})
	}
}

// TestDeploymentBehind: what the status tells of the Deployment does not go back to
// what it was before.
func TestDeploymentBehind(t *testing.T) {
	w, r := withOneServer(t)
	w.Create(t, r)
	w.settle(t, r)
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.APIName(r.Name)}}
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(d), d))
	old := d.DeepCopy()
	old.Status.ObservedGeneration = 0
	d.Annotations["test.mcp-registry-operator/edited"] = "true"
	require.NoError(t, w.Client.Update(t.Context(), d))
	w.settle(t, r)

	before := r.DeepCopy()
	w.behind = []client.Object{old}
	w.reconcile(t, r)
	require.Equal(t, before.Status, r.Status)
	require.Equal(t, before.ResourceVersion, r.ResourceVersion, "nothing is written")
	spent := w.cost()
	require.Equal(t, "get 1", told(spent.kubernetes), "the Deployment")
}

// withOneServer starts a world, and returns a registry to be created in it whose
// source has one server.
func withOneServer(t *testing.T) (*world, *v1alpha1.MCPRegistry) {
	t.Helper()
	w := newWorld(t)
	s := file(t)
	w.start(t, s.policy)
	s.put(fixture.ToolHive("one"))
	return w, podless(s.registry)
}

// measure goes through the cases.
func (w *world) measure(t *testing.T, s measured) map[string]cost {
	t.Helper()
	costs := map[string]cost{}
	r := podless(s.registry)
	w.start(t, s.policy)
	s.put(fixture.ToolHive("one", "two", "three"))
	w.Create(t, r)
	w.cost()
	costs[firstSync] = w.settle(t, r)
	require.EqualValues(t, 3, r.Status.SyncStatus.ServerCount, "%+v", r.Status)

	w.later()
	costs[unchanged] = w.settle(t, r)
	s.put(fixture.ToolHive("one", "two", "three", "four"))
	w.later()
	costs[dataChange] = w.settle(t, r)
	require.EqualValues(t, 4, r.Status.SyncStatus.ServerCount)

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Exclude: []string{"four"}}}
	})
	costs[filterChange] = w.settle(t, r)
	require.EqualValues(t, 3, r.Status.SyncStatus.ServerCount)

	w.start(t, s.policy)
	costs[restart] = w.settle(t, r)
	return costs
}
