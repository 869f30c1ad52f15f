package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

func apiDeployment(r *v1alpha1.MCPRegistry) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: apiMeta(r)}
}

func apiMeta(r *v1alpha1.MCPRegistry) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}
}

// workloadDrift: whatever is edited or deleted of the API service is put right
// (pitfall 17).
func workloadDrift(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	deployment := apiDeployment(r)
	cluster.Edit(t, w.Cluster, deployment, func(d *appsv1.Deployment) {
		c := &d.Spec.Template.Spec.Containers[0]
		c.Image, c.Args = "ghcr.io/acme/other:1", []string{"other"}
		d.Spec.Template.Spec.ServiceAccountName = "default"
	})
	cluster.Eventually(t, "the container", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		spec := deployment.Spec.Template.Spec
		if c := spec.Containers[0]; c.Image != image || fmt.Sprint(c.Args) == "[other]" || spec.ServiceAccountName == "default" {
			return fmt.Errorf("image %s, arguments %q, service account %s", c.Image, c.Args, spec.ServiceAccountName)
		}
		return nil
	})
	role := &rbacv1.Role{ObjectMeta: apiMeta(r)}
	cluster.Edit(t, w.Cluster, role, func(role *rbacv1.Role) { role.Rules = nil })
	cluster.Eventually(t, "the Role's rules", func(ctx context.Context) error {
		err := w.Client.Get(ctx, client.ObjectKeyFromObject(role), role)
		if err == nil && len(role.Rules) == 0 {
			err = errors.New("no rules")
		}
		return err
	})
	for _, child := range []client.Object{
		&corev1.Service{ObjectMeta: apiMeta(r)}, &corev1.ServiceAccount{ObjectMeta: apiMeta(r)},
		&rbacv1.Role{ObjectMeta: apiMeta(r)}, &rbacv1.RoleBinding{ObjectMeta: apiMeta(r)}, apiDeployment(r),
	} {
		require.NoError(t, w.Client.Delete(t.Context(), child))
		cluster.Eventually(t, fmt.Sprintf("a deleted %T", child), func(ctx context.Context) error {
			return w.Client.Get(ctx, client.ObjectKeyFromObject(child), child)
		})
	}
	w.Ready(t, r)
}

// workloadLeftAlone: what does not concern the Pods does not restart them, and
// what belongs to others stays theirs (pitfalls 19, 22 and 23).
func workloadLeftAlone(t *testing.T, w *world) {
	const restartedAt = "kubectl.kubernetes.io/restartedAt"
	from, r := w.synced(t, "one")
	account := &corev1.ServiceAccount{ObjectMeta: apiMeta(r)}
	cluster.Edit(t, w.Cluster, account, func(a *corev1.ServiceAccount) {
		a.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "platform"}}
	})
	deployment := apiDeployment(r)
	cluster.Edit(t, w.Cluster, deployment, func(d *appsv1.Deployment) {
		metav1.SetMetaDataAnnotation(&d.Spec.Template.ObjectMeta, restartedAt, "2026-11-01T00:00:00Z")
		d.Spec.Replicas = ptr.To[int32](2) // an autoscaler
	})
	generation := deployment.Generation

	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Spec.DisplayName = "Another name" })
	setContent(t, w, from, fixture.ToolHive("one", "two"))
	w.stores(t, r, "one", "two")
	w.Ready(t, r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	require.Equal(t, generation, deployment.Generation, "the Deployment's spec was changed")
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(account), account))
	require.Len(t, account.ImagePullSecrets, 1, "the platform's pull secret is gone")
}

// presentRevision: Ready is about the Pods of the present spec, not about any
// that happen to run (pitfall 20).
func presentRevision(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	setTemplate(t, w, r, `{"metadata":{"annotations":{"`+cluster.Unready+`":"true"}}}`)
	w.Condition(t, r, v1alpha1.ConditionAPIReady, no, v1alpha1.ReasonAPINotReady)
	w.Condition(t, r, v1alpha1.ConditionReady, no, v1alpha1.ReasonAPINotReady)
	setTemplate(t, w, r, `{"metadata":{"annotations":{"good":"true"}}}`)
	w.Ready(t, r)
}

// protectedTemplate: a Pod template that would break the service is refused in
// words, and the running service is left as it is.
func protectedTemplate(t *testing.T, w *world) {
	_, r := w.synced(t, "one")
	for why, template := range map[string]string{
		"another service account has other rights": `{"spec":{"serviceAccountName":"admin"}}`,
		"root is not restricted":                   `{"spec":{"containers":[{"name":"registry-api","securityContext":{"runAsNonRoot":false}}]}}`,
		"a typing error is not a setting":          `{"spec":{"nodeSelektor":{"a":"b"}}}`,
	} {
		setTemplate(t, w, r, template)
		w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidPodTemplateSpec)
		t.Logf("%s: %s", why, r.Status.Message)
	}
	setTemplate(t, w, r, `{"spec":{"containers":[{"name":"registry-api","resources":{"limits":{"memory":"99Mi"}}}]}}`)
	w.Ready(t, r)
	deployment := apiDeployment(r)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), deployment))
	require.Equal(t, "99Mi", deployment.Spec.Template.Spec.Containers[0].Resources.Limits.Memory().String())
}

func setTemplate(t *testing.T, w *world, r *v1alpha1.MCPRegistry, template string) {
	t.Helper()
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Spec.PodTemplateSpec = &runtime.RawExtension{Raw: []byte(template)}
	})
}

// namesTaken: an object of somebody else is never touched, whatever its labels
// say (pitfall 18).
func namesTaken(t *testing.T, w *world) {
	ns := w.namespace(t)
	labels := map[string]string{"app": "foreign"}
	foreign := map[string]client.Object{
		"storage":        fixture.Source(ns, v1alpha1.StorageName("storage"), "precious"),
		"serviceaccount": &corev1.ServiceAccount{},
		"role":           &rbacv1.Role{Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}},
		"service":        &corev1.Service{Spec: corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80}}}},
	}
	for name, object := range foreign {
		t.Run(name, func(t *testing.T) {
			r := fixture.FromConfigMap(ns, name)
			if object.GetName() == "" {
				object.SetNamespace(ns)
				object.SetName(v1alpha1.APIName(name))
			}
			object.SetLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelRegistry: name})
			w.Create(t, object)
			before := w.asJSON(t, object)
			w.Create(t, fixture.Source(ns, name, fixture.ToolHive("one")), r)
			w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonNameConflict)
			require.Contains(t, r.Status.Message, object.GetName(), "the message names the object")
			w.sawEvent(t, r, corev1.EventTypeWarning, v1alpha1.ReasonNameConflict)
			require.JSONEq(t, before, w.asJSON(t, object), "it was touched")

			require.NoError(t, w.Client.Delete(t.Context(), object))
			w.SyncNow(t, r)
			w.Ready(t, r)
		})
	}
}

func (w *world) asJSON(t *testing.T, o client.Object) string {
	t.Helper()
	now := o.DeepCopyObject().(client.Object)
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(o), now))
	data, err := json.Marshal(now)
	require.NoError(t, err)
	return string(data)
}

// deleted: an invalid registry, even one that carries a finalizer of the
// predecessor, does not resist deletion longer than that finalizer (pitfall 25).
func deleted(t *testing.T, w *world) {
	const finalizer = "mcpregistry.toolhive.stacklok.dev/finalizer"
	_, r := w.synced(t, "one")
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) {
		r.Finalizers = []string{finalizer}
		r.Spec.Filter = &v1alpha1.Filter{Names: &v1alpha1.Patterns{Include: []string{"["}}}
	})
	w.Condition(t, r, v1alpha1.ConditionStalled, yes, v1alpha1.ReasonInvalidSpec)
	require.NoError(t, w.Client.Delete(t.Context(), r))
	cluster.Edit(t, w.Cluster, r, func(r *v1alpha1.MCPRegistry) { r.Finalizers = nil })
	for _, object := range []client.Object{r, apiDeployment(r), fixture.Source(r.Namespace, v1alpha1.StorageName(r.Name), "")} {
		cluster.Eventually(t, fmt.Sprintf("%T to be gone", object), func(ctx context.Context) error {
			err := w.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("it is still there: %w", err)
		})
	}
}

// madeAgain: a registry that is deleted and made again before the garbage
// collector has caught up gets what belongs to it, not what belonged to the old
// one. The collector learns of a new CRD within half a minute, so this takes a while.
func madeAgain(t *testing.T, w *world) {
	_, old := w.synced(t, "one")
	require.NoError(t, w.Client.Delete(t.Context(), old))
	r := fixture.FromConfigMap(old.Namespace, old.Name)
	w.Create(t, r)
	w.Ready(t, r)
	require.NotEqual(t, old.UID, r.UID)
	deployment := apiDeployment(r)
	cluster.Eventually(t, "the new Deployment", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		if !metav1.IsControlledBy(deployment, r) {
			return errors.New("it belongs to the old registry")
		}
		return nil
	})
	w.stores(t, r, "one")
}
