package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// fromConfigMap is a registry in the ToolHive format whose source ConfigMap has its name.
func fromConfigMap(namespace, name string) *v1alpha1.MCPRegistry {
	return &v1alpha1.MCPRegistry{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.MCPRegistrySpec{
			Source: v1alpha1.Source{
				Type: v1alpha1.SourceTypeConfigMap, Format: v1alpha1.FormatToolHive,
				ConfigMap: &v1alpha1.ConfigMapSource{Name: name},
			},
			SyncPolicy: &v1alpha1.SyncPolicy{Interval: "1h"},
		},
	}
}

// fromGit is a registry in the upstream format whose source is a file in a repository.
func fromGit(namespace, name, repository, path string) *v1alpha1.MCPRegistry {
	r := fromConfigMap(namespace, name)
	r.Spec.Source = v1alpha1.Source{
		Type: v1alpha1.SourceTypeGit, Format: v1alpha1.FormatUpstream,
		Git: &v1alpha1.GitSource{Repository: repository, Branch: "main", Path: path},
	}
	return r
}

// source is a ConfigMap that holds a registry file.
func source(namespace, name, content string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       map[string]string{v1alpha1.DefaultFile: content},
	}
}

// toolhive is a registry file in the ToolHive format with these servers.
func toolhive(names ...string) string {
	servers := ""
	for i, name := range names {
		if i > 0 {
			servers += ","
		}
		servers += fmt.Sprintf(`%q:{"description":"The server %s","tier":"Community","status":"Active",
			"transport":"stdio","tools":["echo"],"image":"ghcr.io/acme/%s:1.0.0","tags":["team-a"]}`, name, name, name)
	}
	return `{"version":"1.0.0","last_updated":"2026-11-01T00:00:00Z","servers":{` + servers + `}}`
}

func (w *world) create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		require.NoError(t, w.Client.Create(t.Context(), o))
	}
}

// edit changes an object as a user with kubectl edit does.
func edit[T client.Object](t *testing.T, w *world, o T, change func(T)) {
	t.Helper()
	require.NoError(t, w.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	before := o.DeepCopyObject().(client.Object)
	change(o)
	require.NoError(t, w.Client.Patch(t.Context(), o, client.MergeFrom(before)))
}

// syncNow asks for a sync by hand.
func (w *world) syncNow(t *testing.T, r *v1alpha1.MCPRegistry) string {
	t.Helper()
	value := time.Now().Format(time.RFC3339Nano)
	edit(t, w, r, func(r *v1alpha1.MCPRegistry) {
		metav1.SetMetaDataAnnotation(&r.ObjectMeta, v1alpha1.AnnotationSyncTrigger, value)
	})
	return value
}

// ready waits until the registry's present generation is Ready, and refreshes r.
func (w *world) ready(t *testing.T, r *v1alpha1.MCPRegistry) time.Duration {
	t.Helper()
	return w.condition(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
}

// condition waits for a condition about the registry's present generation, and refreshes r.
func (w *world) condition(t *testing.T, r *v1alpha1.MCPRegistry, kind string, status metav1.ConditionStatus, reason string) time.Duration {
	t.Helper()
	what := fmt.Sprintf("%s of %s/%s to be %s %s", kind, r.Namespace, r.Name, status, reason)
	return cluster.Eventually(t, what, func(ctx context.Context) error {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
			return err
		}
		c := meta.FindStatusCondition(r.Status.Conditions, kind)
		if c == nil || c.Status != status || c.ObservedGeneration != r.Generation || (reason != "" && c.Reason != reason) {
			return fmt.Errorf("generation %d, phase %s (%s), conditions %+v",
				r.Generation, r.Status.Phase, r.Status.Message, r.Status.Conditions)
		}
		return nil
	})
}
