package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const restartedAt = "kubectl.kubernetes.io/restartedAt"

func apiDeployment(r *v1alpha1.MCPRegistry) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}}
}

func apiService(r *v1alpha1.MCPRegistry) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}}
}

// workloadEdited: what somebody changes in the API's Deployment and Service by
// hand is corrected, and a deleted Service comes back (pitfall 17).
func workloadEdited(t *testing.T, w *world) {
	ns := w.namespace(t, "drift")
	r := fixture.FromConfigMap(ns, "team")
	w.Create(t, fixture.Source(ns, "team", fixture.ToolHive("one")), r)
	w.Ready(t, r)

	deployment := apiDeployment(r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	wanted := deployment.Spec.Template.Spec.Containers[0].DeepCopy()
	cluster.Edit(t, w.Cluster, deployment, func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].Image = "ghcr.io/acme/other:1"
		d.Spec.Template.Spec.Containers[0].Args = []string{"other"}
	})
	t.Logf("image and arguments are corrected after %s", cluster.Eventually(t, "the container", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		if c := deployment.Spec.Template.Spec.Containers[0]; c.Image != wanted.Image || fmt.Sprint(c.Args) != fmt.Sprint(wanted.Args) {
			return fmt.Errorf("image %s, arguments %q", c.Image, c.Args)
		}
		return nil
	}))
	service := apiService(r)
	cluster.Edit(t, w.Cluster, service, func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(1) })
	w.serves(t, r, "one")
	require.NoError(t, w.Client.Delete(t.Context(), service))
	t.Logf("a deleted Service answers again after %s", w.serves(t, r, "one"))
	w.Ready(t, r)
}

// workloadRestarted: `kubectl rollout restart` is not reverted (pitfall 22).
func workloadRestarted(t *testing.T, w *world) {
	ns := w.namespace(t, "restart")
	from, r := fixture.Source(ns, "team", fixture.ToolHive("one")), fixture.FromConfigMap(ns, "team")
	w.Create(t, from, r)
	w.Ready(t, r)

	now := time.Now().Format(time.RFC3339)
	deployment := apiDeployment(r)
	cluster.Edit(t, w.Cluster, deployment, func(d *appsv1.Deployment) {
		metav1.SetMetaDataAnnotation(&d.Spec.Template.ObjectMeta, restartedAt, now)
	})
	// A sync and a Ready registry show that the operator has looked again.
	cluster.Edit(t, w.Cluster, from, func(cm *corev1.ConfigMap) { cm.Data[v1alpha1.DefaultFile] = fixture.ToolHive("one", "two") })
	w.serves(t, r, "one", "two")
	cluster.Eventually(t, "the roll-out", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		if s := deployment.Status; s.ObservedGeneration != deployment.Generation || s.UpdatedReplicas != s.Replicas || s.AvailableReplicas != s.Replicas {
			return fmt.Errorf("status %+v", s)
		}
		return nil
	})
	w.Ready(t, r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	require.Equal(t, now, deployment.Spec.Template.Annotations[restartedAt], "the restart was reverted")
}

// namesTaken: an object of somebody else that has a name we need is never
// touched; the registry says so and goes on once the name is free (pitfall 18).
func namesTaken(t *testing.T, w *world) {
	ns := w.namespace(t, "conflict")
	labels := map[string]string{"app": "foreign"}
	foreign := map[string]client.Object{
		"storage": fixture.Source(ns, v1alpha1.StorageName("storage"), "precious"),
		"service": &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: v1alpha1.APIName("service"), Labels: labels},
			Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80}}},
		},
		"deployment": &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: v1alpha1.APIName("deployment"), Labels: labels},
			Spec: appsv1.DeploymentSpec{
				Replicas: ptr.To[int32](0), Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: labels},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "foreign", Image: "ghcr.io/acme/foreign:1"}}},
				},
			},
		},
	}
	for name, object := range foreign {
		w.Create(t, object)
		before := w.stable(t, object)
		r := fixture.FromConfigMap(ns, name)
		w.Create(t, fixture.Source(ns, name, fixture.ToolHive("one")), r)
		w.Condition(t, r, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonNameConflict)
		w.Condition(t, r, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNameConflict)
		t.Logf("%s: %s", name, r.Status.Message)
		require.JSONEq(t, before, w.stable(t, object), "%s was touched", name)

		require.NoError(t, w.Client.Delete(t.Context(), object))
		w.SyncNow(t, r)
		w.Ready(t, r)
		w.serves(t, r, "one")
	}
}

// stable is an object as JSON, without what its own controller keeps changing.
func (w *world) stable(t *testing.T, o client.Object) string {
	t.Helper()
	o = o.DeepCopyObject().(client.Object)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	if d, ok := o.(*appsv1.Deployment); ok {
		d.Status, d.ResourceVersion, d.ManagedFields = appsv1.DeploymentStatus{}, "", nil
		delete(d.Annotations, "deployment.kubernetes.io/revision")
	}
	data, err := json.Marshal(o)
	require.NoError(t, err)
	return string(data)
}
