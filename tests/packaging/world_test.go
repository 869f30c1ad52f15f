package packaging

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

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
	definition      = "mcpregistries.toolhive.stacklok.dev"
	previousVersion = "0.0.9"
)

// world is what all stories share: a cluster that has the images of two versions
// of the operator, and the charts of both.
type world struct {
	*cluster.Cluster
	current, previous string // packaged charts
	image, old        cluster.Image
}

func newWorld(t *testing.T) *world {
	t.Helper()
	log.SetLogger(logr.Discard())
	w := &world{Cluster: cluster.Node(t)}
	w.requireNoOtherOperator(t)
	w.image = w.LoadImage(t)
	w.old = w.LoadCopy(t, w.image, previousVersion)
	w.current, w.previous = w.packageCharts(t)
	t.Cleanup(func() { w.withoutDefinition(t) })
	return w
}

// packageCharts packages the chart, and the one before it.
func (w *world) packageCharts(t *testing.T) (current, previous string) {
	t.Helper()
	folder := t.TempDir()
	h := w.helm(t, "HELM3")
	h.run(t, "package", cluster.Chart(t), "--destination", folder)
	found, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	require.NoError(t, err)
	require.Len(t, found, 1)

	source := filepath.Join(t.TempDir(), filepath.Base(cluster.Chart(t)))
	require.NoError(t, os.CopyFS(source, os.DirFS(cluster.Chart(t))))
	forgetDisplayName(t, filepath.Join(source, "files", "crds", "toolhive.stacklok.dev_mcpregistries.yaml"))
	h.run(t, "package", source, "--destination", folder, "--version", previousVersion, "--app-version", previousVersion)
	return found[0], filepath.Join(folder, filepath.Base(source)+"-"+previousVersion+".tgz")
}

// forgetDisplayName makes the definition of an earlier version, which does not
// know spec.displayName yet.
func forgetDisplayName(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var crd apiextensionsv1.CustomResourceDefinition
	require.NoError(t, yaml.UnmarshalStrict(text, &crd))
	version := &crd.Spec.Versions[0]
	properties := version.Schema.OpenAPIV3Schema.Properties["spec"].Properties
	require.Contains(t, properties, "displayName")
	delete(properties, "displayName")
	require.Equal(t, ".spec.displayName", version.AdditionalPrinterColumns[0].JSONPath)
	version.AdditionalPrinterColumns = version.AdditionalPrinterColumns[1:]
	text, err = yaml.Marshal(crd)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// requireNoOtherOperator: another operator that watches the whole cluster would
// do what the stories wait for.
func (w *world) requireNoOtherOperator(t *testing.T) {
	t.Helper()
	var list appsv1.DeploymentList
	require.NoError(t, w.Client.List(t.Context(), &list, client.MatchingLabels{
		"app.kubernetes.io/name": "mcp-registry-operator", v1alpha1.LabelComponent: "operator",
	}))
	require.Empty(t, list.Items, "another operator runs on this cluster: remove it first, the demo's with make demo-down")
}

// withoutDefinition removes the definition and with it all registries, as if the
// operator had never been there. On somebody else's cluster it removes nothing.
func (w *world) withoutDefinition(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: definition}}
	err := w.Client.Get(ctx, client.ObjectKeyFromObject(crd), crd)
	if apierrors.IsNotFound(err) {
		return
	}
	require.NoError(t, err)
	require.Empty(t, os.Getenv("KUBECONFIG"), "the cluster has MCPRegistries: these tests would remove them")
	require.NoError(t, client.IgnoreNotFound(w.Client.Delete(ctx, crd)))
	for deadline := time.Now().Add(cluster.Patience); !apierrors.IsNotFound(err); time.Sleep(50 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "the definition is still there: %v", err)
		err = w.Client.Get(ctx, client.ObjectKeyFromObject(crd), crd)
	}
}

// newNamespace makes a namespace for the time of a test. Like every namespace here
// it enforces the restricted Pod Security Standard.
func (w *world) newNamespace(t *testing.T, name string) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "packaging-" + name + "-", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	w.Create(t, namespace)
	t.Cleanup(func() {
		require.NoError(t, client.IgnoreNotFound(w.Client.Delete(context.WithoutCancel(t.Context()), namespace)))
	})
	return namespace.Name
}
