package olm

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// TestReleased installs what a release has put into a registry. Package release runs
// it, with programs and files from the release's images and nothing else.
func TestReleased(t *testing.T) {
	catalog := os.Getenv("RELEASED_CATALOG")
	if catalog == "" {
		t.Skip("the tests of a release run this one: they set RELEASED_CATALOG")
	}
	w := newWorld(t)
	w.operator = built(t, "RELEASED_OPERATOR")
	w.Create(t, olmObject("v1alpha1", "CatalogSource", system, "released", map[string]any{
		"sourceType": "grpc", "address": catalog, "displayName": "released",
	}))
	now := readBundle(t, built(t, "RELEASED_BUNDLE"))
	require.Contains(t, now.image, "@sha256:")
	i := w.subscribe(t, "released", "olm-released", now)
	w.unpack(t, now)
	installed(t, i, nil)
	i.uninstall(t)
}

// unpack does the work of the Pod with which OLM unpacks a bundle's image, because
// there is no node. The Pod has to name the released image.
func (w *world) unpack(t *testing.T, b bundle) {
	t.Helper()
	pod := &corev1.Pod{}
	cluster.Eventually(t, "OLM to unpack the bundle", func(ctx context.Context) error {
		var pods corev1.PodList
		if err := w.Client.List(ctx, &pods, client.InNamespace(system), client.HasLabels{"operatorframework.io/bundle-unpack-ref"}); err != nil {
			return err
		}
		// What makes Pods run must not do that after this one has ended.
		if len(pods.Items) == 0 || pods.Items[0].Status.Phase != corev1.PodRunning {
			return errors.New("there is no running Pod that does")
		}
		*pod = pods.Items[0]
		return nil
	})
	images := map[string]string{}
	for _, c := range pod.Spec.InitContainers {
		images[c.Name] = c.Image
	}
	require.Equal(t, built(t, "RELEASED_BUNDLE_IMAGE"), images["pull"])

	extract := pod.Spec.Containers[0]
	require.Equal(t, []string{"opm", "alpha", "bundle", "extract", "-m", "/bundle/"}, extract.Command[:6])
	arguments := append([]string{"alpha", "bundle", "extract", "-m", b.folder + "/"}, extract.Command[6:]...)
	command := exec.CommandContext(t.Context(), built(t, "RELEASED_OPM"), arguments...)
	command.Env = []string{"KUBECONFIG=" + w.Kubeconfig, "HOME=" + t.TempDir()}
	for _, variable := range extract.Env {
		command.Env = append(command.Env, variable.Name+"="+variable.Value)
	}
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)

	before := pod.DeepCopy()
	pod.Status.Phase = corev1.PodSucceeded
	require.NoError(t, w.Client.Status().Patch(t.Context(), pod, client.MergeFrom(before)))
}
