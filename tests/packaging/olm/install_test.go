package olm

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// installation is the operator, subscribed to in a namespace.
type installation struct {
	*world
	namespace string
	bundle    bundle
}

// subscribe installs the newest operator of a catalogue into a new namespace, to
// work in the targets; none means everywhere.
func (w *world) subscribe(t *testing.T, catalog, namespace string, b bundle, targets ...string) *installation {
	t.Helper()
	w.makeNamespace(t, namespace)
	group := map[string]any{}
	if len(targets) > 0 {
		names := make([]any, 0, len(targets))
		for _, target := range targets {
			names = append(names, target)
			if target != namespace {
				w.makeNamespace(t, target)
			}
		}
		group["targetNamespaces"] = names
	}
	w.Create(t,
		olmObject("v1", "OperatorGroup", namespace, "group", group),
		olmObject("v1alpha1", "Subscription", namespace, packageName, map[string]any{
			"name": packageName, "channel": "stable", "source": catalog, "sourceNamespace": system,
			"config": map[string]any{"env": []any{map[string]any{"name": "MCP_REGISTRY_LOG_LEVEL", "value": "debug"}}},
		}))
	return &installation{world: w, namespace: namespace, bundle: b}
}

// uninstall removes the operator as docs/olm.md says. The definition stays.
func (i *installation) uninstall(t *testing.T) {
	t.Helper()
	csv := olmObject("v1alpha1", "ClusterServiceVersion", i.namespace, i.bundle.name, nil)
	require.NoError(t, i.Client.Delete(t.Context(), olmObject("v1alpha1", "Subscription", i.namespace, packageName, nil)))
	deleted := client.MatchingLabels{"operators.coreos.com/" + packageName + "." + i.namespace: ""}
	require.NoError(t, i.Client.DeleteAllOf(t.Context(), csv.DeepCopy(), client.InNamespace(i.namespace), deleted))
	require.NoError(t, i.Client.Delete(t.Context(), olmObject("v1", "OperatorGroup", i.namespace, "group", nil)))
	require.NoError(t, i.Client.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: i.namespace}}))
	cluster.Eventually(t, i.bundle.name+" to be gone", func(ctx context.Context) error {
		err := i.Client.Get(ctx, client.ObjectKeyFromObject(csv), csv)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("still there (%w)", err)
	})
}

// addCatalog makes the catalogue of bundles known to OLM.
func (w *world) addCatalog(t *testing.T, name string, bundles ...bundle) {
	t.Helper()
	w.Create(t, olmObject("v1alpha1", "CatalogSource", system, name, map[string]any{
		"sourceType": "grpc", "address": serveCatalog(t, bundles...), "displayName": name,
	}))
}
