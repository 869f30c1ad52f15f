package cluster

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Unready is the annotation of Pods that the stand-in for the kubelet leaves alone.
const Unready = "test.mcp-registry-operator/unready"

// RunKubelet stands in for the kubelet where there is no node: until the test ends,
// it makes the Pods that options select ready as soon as they exist.
func (c *Cluster) RunKubelet(t testing.TB, options ...client.ListOption) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			c.makePodsReady(ctx, options)
			time.Sleep(200 * time.Millisecond)
		}
	}()
	t.Cleanup(func() { stop(); <-ended })
}

func (c *Cluster) makePodsReady(ctx context.Context, options []client.ListOption) {
	var pods corev1.PodList
	if c.Client.List(ctx, &pods, options...) != nil {
		return // the next round tries again
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		phase := pod.Status.Phase
		if phase == corev1.PodRunning || phase == corev1.PodSucceeded || pod.Annotations[Unready] != "" {
			continue
		}
		before := pod.DeepCopy()
		now := metav1.Now()
		pod.Status.Phase, pod.Status.StartTime = corev1.PodRunning, &now
		pod.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: now,
		}}
		_ = c.Client.Status().Patch(ctx, pod, client.MergeFrom(before))
	}
}
