package cluster

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// Create creates objects.
func (c *Cluster) Create(t testing.TB, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		require.NoError(t, c.Client.Create(t.Context(), o))
	}
}

// Edit changes an object as a user with kubectl edit does.
func Edit[T client.Object](t testing.TB, c *Cluster, o T, change func(T)) {
	t.Helper()
	require.NoError(t, c.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o))
	before := o.DeepCopyObject().(client.Object)
	change(o)
	require.NoError(t, c.Client.Patch(t.Context(), o, client.MergeFrom(before)))
}

// SyncNow asks for a sync by hand.
func (c *Cluster) SyncNow(t testing.TB, r *v1alpha1.MCPRegistry) string {
	t.Helper()
	value := time.Now().Format(time.RFC3339Nano)
	Edit(t, c, r, func(r *v1alpha1.MCPRegistry) {
		metav1.SetMetaDataAnnotation(&r.ObjectMeta, v1alpha1.AnnotationSyncTrigger, value)
	})
	return value
}

// Ready waits until the registry's present generation is Ready, and refreshes r.
func (c *Cluster) Ready(t testing.TB, r *v1alpha1.MCPRegistry) time.Duration {
	t.Helper()
	return c.Condition(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
}

// Condition waits for a condition about the registry's present generation, and refreshes r.
func (c *Cluster) Condition(t testing.TB, r *v1alpha1.MCPRegistry, kind string, status metav1.ConditionStatus, reason string) time.Duration {
	t.Helper()
	what := fmt.Sprintf("%s of %s/%s to be %s %s", kind, r.Namespace, r.Name, status, reason)
	return Eventually(t, what, func(ctx context.Context) error {
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(r), r); err != nil {
			return err
		}
		is := meta.FindStatusCondition(r.Status.Conditions, kind)
		if is == nil || is.Status != status || is.ObservedGeneration != r.Generation || (reason != "" && is.Reason != reason) {
			return fmt.Errorf("generation %d, phase %s (%s), conditions %+v",
				r.Generation, r.Status.Phase, r.Status.Message, r.Status.Conditions)
		}
		return nil
	})
}
