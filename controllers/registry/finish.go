package registry

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
)

// finish writes the status once, if it differs, tells people what changed and
// says when to come back.
func (r *Reconciler) finish(ctx context.Context, s *scope) (ctrl.Result, error) {
	before := s.object.DeepCopy()
	s.object.Status = status.Compute(s.object.Name, before.Status, s.facts)
	if !equality.Semantic.DeepEqual(before.Status, s.object.Status) {
		if err := r.Client.Status().Patch(ctx, s.object, client.MergeFrom(before)); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		r.announce(ctx, before, s)
	}
	// Trouble with the Kubernetes API is the work queue's to back off from; a
	// failing source is not: its next try is s.facts.Next.
	for _, err := range []error{s.facts.StorageErr, s.facts.API.Err} {
		if err != nil && fault.ClassOf(err) == fault.Retry {
			return ctrl.Result{}, err
		}
	}
	if s.facts.Next.IsZero() {
		return ctrl.Result{}, nil
	}
	// Never zero, which would mean never.
	return ctrl.Result{RequeueAfter: max(s.facts.Next.Sub(r.Clock.Now()), 1)}, nil
}

// announce records events and log lines for changes of state, and only those.
func (r *Reconciler) announce(ctx context.Context, before *v1alpha1.MCPRegistry, s *scope) {
	logger := log.FromContext(ctx)
	if a := s.facts.Attempt; a != nil && a.Err == nil && a.Result.Changes.Any() {
		c := a.Result.Changes
		note := fmt.Sprintf("%d servers stored: %d added, %d updated, %d removed",
			a.Result.Stored.Servers, len(c.Added), len(c.Updated), len(c.Removed))
		r.Events.Eventf(s.object, nil, corev1.EventTypeNormal, v1alpha1.ReasonSynced, "Sync", "%s", note)
		logger.Info("synced", "cause", a.Reason, "digest", a.Result.Stored.Digest, "servers", a.Result.Stored.Servers,
			"added", len(c.Added), "updated", len(c.Updated), "removed", len(c.Removed), "rejected", len(a.Result.Rejected))
	}
	r.announceReady(ctx, before, s)
}

func (r *Reconciler) announceReady(ctx context.Context, before *v1alpha1.MCPRegistry, s *scope) {
	was := meta.FindStatusCondition(before.Status.Conditions, v1alpha1.ConditionReady)
	is := meta.FindStatusCondition(s.object.Status.Conditions, v1alpha1.ConditionReady)
	if was != nil && was.Status == is.Status && was.Reason == is.Reason {
		return
	}
	log.FromContext(ctx).Info("ready condition changed", "ready", is.Status, "reason", is.Reason, "message", is.Message)
	switch {
	case is.Status == metav1.ConditionTrue:
		r.Events.Eventf(s.object, nil, corev1.EventTypeNormal, v1alpha1.ReasonReady, "Reconcile", "%s", is.Message)
	case is.Reason != v1alpha1.ReasonProgressing && is.Reason != v1alpha1.ReasonAPINotReady && is.Reason != v1alpha1.ReasonNoData:
		r.Events.Eventf(s.object, nil, corev1.EventTypeWarning, is.Reason, "Reconcile", "%s", is.Message)
	}
}
