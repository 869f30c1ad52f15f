package olm

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// newerKubernetesWanted is the negative control: minKubeVersion is more than words.
func newerKubernetesWanted(t *testing.T, w *world) {
	b := makeBundle(t, "-version", nextVersion, "-min-kube-version", "99.0.0")
	w.addCatalog(t, "newer", b)
	i := w.subscribe(t, "newer", "olm-newer", b, "olm-newer")
	csv := w.phase(t, i.namespace, b.name, "Pending")
	cluster.Eventually(t, "the reason", func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(csv), csv); err != nil {
			return err
		}
		requirements, _, err := unstructured.NestedSlice(csv.Object, "status", "requirementStatus")
		if text := fmt.Sprint(requirements); err != nil || !strings.Contains(text, "minKubeVersion") {
			return fmt.Errorf("requirements: %s (%w)", text, err)
		}
		return nil
	})
	err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: i.namespace, Name: packageName}, &appsv1.Deployment{})
	require.True(t, apierrors.IsNotFound(err), "the operator was installed all the same: %v", err)
	i.uninstall(t)
}

// upgraded: the catalogue gets a new version, OLM installs it without being asked,
// and the new operator takes over the registry of the old one.
func upgraded(t *testing.T, w *world, now bundle) {
	next := makeBundle(t, "-version", nextVersion, "-replaces", now.version)
	i := w.subscribe(t, "catalog", "olm-upgraded", now)
	w.phase(t, i.namespace, now.name, "Succeeded")
	operator := i.run(t)
	w.makeNamespace(t, "olm-upgraded-team")
	r := mainJob(t, i, "olm-upgraded-team")
	held := r.Status.SyncStatus.LastSyncHash

	catalog := olmObject("v1alpha1", "CatalogSource", system, "catalog", nil)
	cluster.Edit(t, w.Cluster, catalog, func(o *unstructured.Unstructured) {
		require.NoError(t, unstructured.SetNestedField(o.Object, serveCatalog(t, now, next), "spec", "address"))
	})
	w.phase(t, i.namespace, next.name, "Succeeded")
	operator.Kill() // its Pod is gone
	i.bundle = next
	audit := i.Audit(t)
	i.run(t)
	took := cluster.Eventually(t, "the API service of the new version", func(ctx context.Context) error {
		var d appsv1.Deployment
		if err := w.Client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: v1alpha1.APIName(r.Name)}, &d); err != nil {
			return err
		}
		if is := d.Spec.Template.Spec.Containers[0].Image; is != next.image {
			return fmt.Errorf("image %q", is)
		}
		return nil
	})
	w.Ready(t, r)
	t.Logf("the registry is served by the new version after %s", took)
	require.Equal(t, held, r.Status.SyncStatus.LastSyncHash, "the data is as it was")
	refused(t, audit, i)
}
