package e2e

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/manifests"
)

// predecessorManifests: manifests in the shape of the operator that this one
// follows apply unchanged and get what they ask for (pitfalls 21 and 37).
func predecessorManifests(t *testing.T, w *world) {
	commit := w.git.Commit("catalog/registry.json", fixture.ToolHive("gitted"))
	w.git.Git("tag", "--force", "catalog-v1")
	strict := client.WithFieldValidation(w.Client, client.FieldValidation("Strict"))
	namespaces := map[string]string{
		"NAMESPACE": w.namespace(t, "predecessor"), "OTHER_NAMESPACE": w.namespace(t, "predecessor-other"),
	}
	values := map[string]string{"GIT_REPOSITORY": w.git.url, "GIT_COMMIT": commit}
	maps.Copy(values, namespaces)
	maps.Copy(values, newRegistry(t, w.Address, "mirrored", "replicated"))
	maps.Copy(values, newArtifact(t, w.Address, "packed", "shipped"))
	var registries []*v1alpha1.MCPRegistry
	for _, object := range manifests.Load(t, filepath.Join(cluster.Root(t), "tests", "manifests"), values) {
		require.NoError(t, strict.Create(t.Context(), object), "%s %s", object.GetKind(), object.GetName())
		if object.GetKind() == v1alpha1.Kind {
			r := &v1alpha1.MCPRegistry{}
			r.Namespace, r.Name = object.GetNamespace(), object.GetName()
			r.Annotations = object.GetAnnotations()
			registries = append(registries, r)
		}
	}
	require.NotEmpty(t, registries)
	for _, r := range registries {
		want := strings.Split(r.Annotations[manifests.Expect], ",")
		w.Ready(t, r)
		w.serves(t, r, want...)
		t.Logf("%s/%s serves %q", r.Namespace, r.Name, want)
	}
}
