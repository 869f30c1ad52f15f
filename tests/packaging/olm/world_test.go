package olm

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// system is where OLM and the catalogues are.
const system = "olm"

// world is a control plane with OLM beside it.
type world struct {
	*cluster.Cluster
	operator string // the operator's program
}

func newWorld(t *testing.T) *world {
	t.Helper()
	log.SetLogger(logr.Discard())
	w := &world{Cluster: cluster.EmptyControlPlane(t), operator: filepath.Join(t.TempDir(), packageName)}
	output(t, "go", "build", "-o", w.operator, ".")
	w.installOLM(t)
	w.RunKubelet(t)
	return w
}

func (w *world) installOLM(t *testing.T) {
	t.Helper()
	var module struct{ Dir string }
	const path = "github.com/operator-framework/operator-lifecycle-manager@"
	require.NoError(t, json.Unmarshal(output(t, "go", "mod", "download", "-json", path+built(t, "OLM_VERSION")), &module))
	files, err := filepath.Glob(filepath.Join(module.Dir, "deploy", "chart", "crds", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		crd := &apiextensionsv1.CustomResourceDefinition{}
		require.NoError(t, yaml.Unmarshal(data, crd), file)
		w.Create(t, crd)
	}
	w.makeNamespace(t, system)
	for _, kind := range []string{"ClusterServiceVersion", "CatalogSource", "InstallPlan", "Subscription"} {
		cluster.Eventually(t, kind, func(ctx context.Context) error {
			return w.Client.List(ctx, list("v1alpha1", kind))
		})
	}
	environment := append(os.Environ(), "KUBECONFIG="+w.Kubeconfig)
	start(t, environment, built(t, "OLM"), "--namespace", system)
	start(t, environment, built(t, "OLM_CATALOG"), "--namespace", system, "--interval", "5s")
}

func list(version, kind string) *unstructured.UnstructuredList {
	l := &unstructured.UnstructuredList{}
	l.SetAPIVersion("operators.coreos.com/" + version)
	l.SetKind(kind + "List")
	return l
}

// olmObject is an object of OLM's.
func olmObject(version, kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{}}
	if spec != nil {
		o.Object["spec"] = spec
	}
	o.SetAPIVersion("operators.coreos.com/" + version)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

func (w *world) makeNamespace(t *testing.T, name string) {
	t.Helper()
	w.Create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// phase waits until the ClusterServiceVersion is in a phase, and returns it.
func (w *world) phase(t *testing.T, namespace, name, want string) *unstructured.Unstructured {
	t.Helper()
	csv := olmObject("v1alpha1", "ClusterServiceVersion", namespace, name, nil)
	took := cluster.Eventually(t, name+" to be "+want, func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(csv), csv); err != nil {
			return fmt.Errorf("%w; %s", err, w.subscribed(ctx, namespace))
		}
		if is, _, _ := unstructured.NestedString(csv.Object, "status", "phase"); is != want {
			message, _, _ := unstructured.NestedString(csv.Object, "status", "message")
			return fmt.Errorf("phase %q: %s", is, message)
		}
		return nil
	})
	t.Logf("%s is %s in %s after %s", name, want, namespace, took.Round(100*time.Millisecond))
	return csv
}

// subscribed is what the Subscription tells, for who waits in vain.
func (w *world) subscribed(ctx context.Context, namespace string) string {
	s := olmObject("v1alpha1", "Subscription", namespace, packageName, nil)
	if err := w.Client.Get(ctx, client.ObjectKeyFromObject(s), s); err != nil {
		return err.Error()
	}
	conditions, _, _ := unstructured.NestedSlice(s.Object, "status", "conditions")
	return fmt.Sprintf("subscription: %v", conditions)
}
