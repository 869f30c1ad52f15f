package integration

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const (
	// settling lets the last notifications pass.
	settling = 3 * time.Second
	// calm is for how long nothing may be written.
	calm = 5 * time.Second
)

// settled: a registry that waits for something writes nothing, whether it is
// Ready or has failed, and whoever looks at it (pitfall 14).
func settled(t *testing.T, w *world) {
	_, fine := w.synced(t, "one")
	lost, failing := w.synced(t, "one")
	require.NoError(t, w.Client.Delete(t.Context(), lost))
	w.Condition(t, failing, v1alpha1.ConditionReady, no, v1alpha1.ReasonSourceUnavailable)
	_, invalid := w.synced(t, "one")
	setFilter(t, w, invalid, "[")
	w.Condition(t, invalid, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSpec)
	from, broken := w.synced(t, "one")
	setContent(t, w, from, "no registry")
	w.Condition(t, broken, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidData)

	registries := []*v1alpha1.MCPRegistry{fine, failing, invalid, broken}
	for _, blocked := range []string{"role", "deployment", "storage"} {
		registries = append(registries, w.blocked(t, blocked))
	}
	for _, r := range registries {
		w.poke(t, r)
	}
	time.Sleep(settling)
	before := w.versions(t, registries)
	for waited := time.Duration(0); waited < calm; waited += time.Second {
		time.Sleep(time.Second)
		require.Equal(t, before, w.versions(t, registries), "something is written again and again")
	}
}

// blocked makes a registry of which one object's name is taken.
func (w *world) blocked(t *testing.T, what string) *v1alpha1.MCPRegistry {
	t.Helper()
	ns := w.namespace(t)
	r := fixture.FromConfigMap(ns, "team")
	labels := map[string]string{"app": "foreign"}
	foreign := map[string]client.Object{
		"role":    &rbacv1.Role{ObjectMeta: apiMeta(r)},
		"storage": fixture.Source(ns, v1alpha1.StorageName(r.Name), "precious"),
		"deployment": &appsv1.Deployment{ObjectMeta: apiMeta(r), Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](0), Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "foreign", Image: image}}},
			},
		}},
	}[what]
	w.Create(t, foreign, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonNameConflict)
	return r
}

// versions are the resourceVersions of registries and of what was made for them.
func (w *world) versions(t *testing.T, registries []*v1alpha1.MCPRegistry) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for _, r := range registries {
		var stored corev1.ConfigMapList
		require.NoError(t, w.Client.List(t.Context(), &stored, client.InNamespace(r.Namespace)))
		for _, cm := range stored.Items {
			versions[r.Namespace+" "+cm.Name] = cm.ResourceVersion
		}
		for what, o := range map[string]client.Object{"registry": r, "deployment": apiDeployment(r)} {
			err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o)
			require.NoError(t, client.IgnoreNotFound(err))
			versions[r.Namespace+" "+what] = o.GetResourceVersion()
		}
	}
	return versions
}

// slowSource: sources that never answer take neither the workers nor the time
// of others for good (pitfall 9).
func slowSource(t *testing.T, w *world) {
	release := make(chan struct{})
	w.git.Intercept(func(_ http.ResponseWriter, req *http.Request) bool {
		select {
		case <-release:
		case <-req.Context().Done():
		}
		return true
	})
	t.Cleanup(func() { w.git.Intercept(nil) })
	defer close(release)
	ns := w.namespace(t)
	var slow []*v1alpha1.MCPRegistry
	for i := range 6 { // more than there are workers
		r := fixture.FromGit(ns, fmt.Sprintf("slow-%d", i), w.git.URL(), "any.json")
		r.Spec.SyncPolicy.Timeout = "2s"
		w.Create(t, r)
		slow = append(slow, r)
	}
	w.synced(t, "quick")
	for _, r := range slow {
		w.Condition(t, r, v1alpha1.ConditionSourceAvailable, no, v1alpha1.ReasonSourceUnavailable)
	}
}

// suspended: nothing is synced, not even by hand, and the API stays (principle 2).
func suspended(t *testing.T, w *world) {
	from, r := w.synced(t, "one")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.Suspend = true })
	w.pokeUntil(t, r, "phase Suspended", func() error {
		if r.Status.Phase != v1alpha1.PhaseSuspended {
			return fmt.Errorf("phase %s", r.Status.Phase)
		}
		return nil
	})
	setContent(t, w, from, fixture.ToolHive("one", "two"))
	w.SyncNow(t, r)
	w.sawEvent(t, r, corev1.EventTypeWarning, v1alpha1.ReasonSuspended)
	w.synced(t, "another") // by now the controller has looked
	w.stores(t, r, "one")
	w.Condition(t, r, v1alpha1.ConditionAPIReady, yes, "")

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.Suspend = false })
	w.Ready(t, r)
	w.stores(t, r, "one", "two")
}
