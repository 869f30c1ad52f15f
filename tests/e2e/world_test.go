package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

const (
	release           = "e2e"
	operatorNamespace = "mcp-registry-e2e"
	authorityName     = "git-authority"
	// ofTest marks the namespaces of these tests, on whatever cluster they run.
	ofTest = "test.mcp-registry-operator/e2e"
)

// world is what all stories share: a cluster with the operator on it and a
// repository that the operator can read.
type world struct {
	*cluster.Cluster
	operator *cluster.Operator
	git      *repository
	image    cluster.Image
	values   map[string]any
}

func newWorld(t *testing.T) *world {
	t.Helper()
	log.SetLogger(logr.Discard())
	w := &world{Cluster: cluster.Node(t)}
	w.requireNoOtherOperator(t)
	w.removeLeftovers(t)
	w.removeCRDAfterwards(t)
	w.git = newRepository(t, w.Address)
	w.image = w.LoadImage(t)
	w.values = operatorValues(w.image)
	w.makeRestricted(t, operatorNamespace)
	t.Cleanup(func() { w.deleteNamespace(t, operatorNamespace) })
	w.Create(t, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: authorityName},
		Data:       map[string]string{"ca.crt": string(w.git.authority)},
	})
	w.operator = w.InstallOperator(t, release, operatorNamespace, w.values)
	return w
}

// operatorValues makes the operator run image and trust the Git server's CA.
func operatorValues(image cluster.Image) map[string]any {
	const folder = "/etc/git-authority"
	return map[string]any{
		"image": map[string]any{
			"registry": "", "repository": image.Repository, "tag": image.Tag, "pullPolicy": "IfNotPresent",
		},
		"extraVolumes": []any{map[string]any{
			"name": "authority", "configMap": map[string]any{"name": authorityName},
		}},
		"extraVolumeMounts": []any{map[string]any{"name": "authority", "mountPath": folder, "readOnly": true}},
		"extraEnv":          []any{map[string]any{"name": "SSL_CERT_FILE", "value": folder + "/ca.crt"}},
	}
}

// namespace makes a namespace for one story. Like every namespace here it
// enforces the restricted Pod Security Standard (pitfall 29).
func (w *world) namespace(t *testing.T, name string) string {
	t.Helper()
	name = "e2e-" + name
	w.makeRestricted(t, name)
	t.Cleanup(func() {
		if t.Failed() {
			w.explain(t, name)
		}
		w.deleteNamespace(t, name)
	})
	return name
}

func (w *world) makeRestricted(t *testing.T, name string) {
	t.Helper()
	// One of an earlier run that was cut off may be there, or on its way out.
	w.deleteNamespace(t, name)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted", ofTest: "true"},
	}}
	cluster.Eventually(t, "namespace "+name, func(ctx context.Context) error {
		return w.Client.Create(ctx, namespace.DeepCopy())
	})
}

func (w *world) deleteNamespace(t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	require.NoError(t, client.IgnoreNotFound(w.Client.Delete(context.WithoutCancel(t.Context()), namespace)))
}

// forgetGitRequests makes the Git server count anew, for the registries of one
// namespace alone: those of earlier stories may still be on their way out, and
// lose their data before they go.
func (w *world) forgetGitRequests(t *testing.T, namespace string) {
	t.Helper()
	cluster.Eventually(t, "registries of earlier stories to be gone", func(ctx context.Context) error {
		var list v1alpha1.MCPRegistryList
		if err := w.Client.List(ctx, &list); err != nil {
			return err
		}
		for _, r := range list.Items {
			if r.Namespace != namespace {
				return fmt.Errorf("%s/%s is still there", r.Namespace, r.Name)
			}
		}
		return nil
	})
	w.git.Requests()
}

// removeLeftovers removes the namespaces of a run that was cut off, and with them
// the registries that the operator would work on.
func (w *world) removeLeftovers(t *testing.T) {
	t.Helper()
	cluster.Eventually(t, "the namespaces of an earlier run to be gone", func(ctx context.Context) error {
		var list corev1.NamespaceList
		if err := w.Client.List(ctx, &list, client.HasLabels{ofTest}); err != nil {
			return err
		}
		for i := range list.Items {
			if err := w.Client.Delete(ctx, &list.Items[i]); client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
				return err
			}
		}
		if n := len(list.Items); n > 0 {
			return fmt.Errorf("%d are still there, the first is %s", n, list.Items[0].Name)
		}
		return nil
	})
}

// requireNoOtherOperator: a second operator that watches the whole cluster
// would do what the stories wait for.
func (w *world) requireNoOtherOperator(t *testing.T) {
	t.Helper()
	var list appsv1.DeploymentList
	require.NoError(t, w.Client.List(t.Context(), &list, client.MatchingLabels{
		"app.kubernetes.io/name": "mcp-registry-operator", v1alpha1.LabelComponent: "operator",
	}))
	for _, d := range list.Items {
		require.Equal(t, operatorNamespace, d.Namespace, "another operator (%s) runs on this cluster: remove it first, for the demo's with make demo-down", d.Name)
	}
}

// removeCRDAfterwards removes what helm uninstall keeps, unless the cluster and
// the CRD on it belong to somebody else.
func (w *world) removeCRDAfterwards(t *testing.T) {
	t.Helper()
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "mcpregistries.toolhive.stacklok.dev"}}
	existing := crd.DeepCopy()
	err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(crd), existing)
	ours := err != nil || existing.Annotations["meta.helm.sh/release-namespace"] == operatorNamespace
	if !ours && os.Getenv("KUBECONFIG") != "" {
		return
	}
	t.Cleanup(func() {
		require.NoError(t, client.IgnoreNotFound(w.Client.Delete(context.WithoutCancel(t.Context()), crd)))
	})
}

// explain logs what a person would look at first after a failure.
func (w *world) explain(t *testing.T, namespace string) {
	ctx := context.WithoutCancel(t.Context())
	var registries v1alpha1.MCPRegistryList
	if err := w.Client.List(ctx, &registries, client.InNamespace(namespace)); err == nil {
		for _, r := range registries.Items {
			r.ManagedFields = nil
			text, _ := yaml.Marshal(r)
			t.Logf("registry %s/%s:\n%s", r.Namespace, r.Name, text)
		}
	}
	for _, where := range []string{operatorNamespace, namespace} {
		w.explainPods(ctx, t, where)
	}
}

func (w *world) explainPods(ctx context.Context, t *testing.T, namespace string) {
	var pods corev1.PodList
	if err := w.Client.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
		t.Logf("pods of %s: %v", namespace, err)
	}
	lines := int64(40)
	for _, p := range pods.Items {
		logs, err := w.Clientset.CoreV1().Pods(namespace).
			GetLogs(p.Name, &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
		t.Logf("pod %s/%s is %s %+v; its log (%v):\n%s", namespace, p.Name, p.Status.Phase, p.Status.ContainerStatuses, err, logs)
	}
}

// operatorDeployment is the operator's own Deployment.
func (w *world) operatorDeployment(t *testing.T) *appsv1.Deployment {
	t.Helper()
	var list appsv1.DeploymentList
	require.NoError(t, w.Client.List(t.Context(), &list, client.InNamespace(operatorNamespace),
		client.MatchingLabels{"app.kubernetes.io/instance": release, v1alpha1.LabelComponent: "operator"}))
	require.Len(t, list.Items, 1)
	return &list.Items[0]
}

// operatorPods are the operator's Pods that are not going away.
func (w *world) operatorPods(ctx context.Context) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := w.Client.List(ctx, &list, client.InNamespace(operatorNamespace),
		client.MatchingLabels{"app.kubernetes.io/instance": release, v1alpha1.LabelComponent: "operator"})
	var alive []corev1.Pod
	for _, p := range list.Items {
		if p.DeletionTimestamp.IsZero() {
			alive = append(alive, p)
		}
	}
	return alive, err
}

// realData reads a file of real data that is not part of the project.
func realData(t *testing.T, name string) []byte {
	t.Helper()
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		t.Skip("set MCP_REGISTRY_TEST_DATA to the folder with the real catalogues")
	}
	data, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return data
}

func serviceAccount(namespace, name string) string {
	return fmt.Sprintf("system:serviceaccount:%s:%s", namespace, name)
}
