package registry

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	registrydata "github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/status"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// finish writes the status once, if it differs, tells people what changed and
// says when to come back.
func (r *Reconciler) finish(ctx context.Context, s *scope) (ctrl.Result, error) {
	before := s.object.DeepCopy()
	s.object.Status = status.Compute(s.object.Name, before.Status, s.facts)
	r.Metrics.Attempted(s.object, s.facts.Attempt)
	if !equality.Semantic.DeepEqual(before.Status, s.object.Status) {
		if err := r.Client.Status().Patch(ctx, s.object, client.MergeFrom(before)); err != nil {
			// It may have been written all the same.
			r.registries.doubt(client.ObjectKeyFromObject(before))
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		r.registries.note(s.object)
		r.announce(ctx, before, s)
	}
	// Trouble with the Kubernetes API is the work queue's to back off from; a
	// failing source is not: its next try is s.facts.Next.
	for _, err := range []error{s.facts.StorageErr, s.facts.PinErr, s.facts.API.Err} {
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
	if a := s.facts.Attempt; a != nil && a.Result.Stored.Digest != "" {
		r.announceStored(ctx, before, s, a.Reason, a.Result)
	}
	r.announceReady(ctx, before, s)
	r.announceWaiting(before, s)
}

// announceWaiting answers who asked for a sync by hand that is not made now.
func (r *Reconciler) announceWaiting(before *v1alpha1.MCPRegistry, s *scope) {
	if s.facts.Waiting == "" || before.Status.Message == s.object.Status.Message {
		return
	}
	reason := v1alpha1.ReasonPinned
	if s.facts.Suspended {
		reason = v1alpha1.ReasonSuspended
	}
	r.event(s, corev1.EventTypeWarning, reason, "Sync", s.object.Status.Message)
}

func (r *Reconciler) announceStored(ctx context.Context, before *v1alpha1.MCPRegistry, s *scope, cause string, result sync.Result) {
	if c := result.Changes; c.Any() {
		r.event(s, corev1.EventTypeNormal, v1alpha1.ReasonSynced, "Sync",
			fmt.Sprintf("%d servers stored: %s", result.Stored.Servers, describeChanges(c)))
		log.FromContext(ctx).Info("synced", "cause", cause, "digest", result.Stored.Digest, "servers", result.Stored.Servers,
			"added", len(c.Added), "updated", len(c.Updated), "removed", len(c.Removed))
	}
	is := s.object.Status.SyncStatus.Conflicts
	if is != nil && !equality.Semantic.DeepEqual(conflictsOf(before), is) {
		r.event(s, corev1.EventTypeWarning, v1alpha1.ReasonSourceConflict, "Sync",
			fmt.Sprintf("%d servers differ between sources; the earlier source wins: %s", is.Count, strings.Join(is.First, ", ")))
	}
}

func conflictsOf(o *v1alpha1.MCPRegistry) *v1alpha1.Conflicts {
	if o.Status.SyncStatus == nil {
		return nil
	}
	return o.Status.SyncStatus.Conflicts
}

// describeChanges counts and names what changed: of each kind the first few.
func describeChanges(c registrydata.Changes) string {
	const shown = 5
	var told []string
	for _, kind := range []struct {
		verb  string
		names []string
	}{{"added", c.Added}, {"updated", c.Updated}, {"removed", c.Removed}} {
		text := fmt.Sprintf("%d %s", len(kind.names), kind.verb)
		if len(kind.names) > 0 {
			text += " (" + strings.Join(kind.names[:min(len(kind.names), shown)], ", ")
			if len(kind.names) > shown {
				text += ", …"
			}
			text += ")"
		}
		told = append(told, text)
	}
	return strings.Join(told, ", ")
}

// event records an event, whose note may have 1024 bytes.
func (r *Reconciler) event(s *scope, kind, reason, action, note string) {
	const limit = 1000
	if len(note) > limit {
		note = strings.ToValidUTF8(note[:limit], "") + "…"
	}
	r.Events.Eventf(s.object, nil, kind, reason, action, "%s", note)
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
		r.event(s, corev1.EventTypeNormal, v1alpha1.ReasonReady, "Reconcile", is.Message)
	case is.Reason != v1alpha1.ReasonProgressing && is.Reason != v1alpha1.ReasonAPINotReady && is.Reason != v1alpha1.ReasonNoData:
		r.event(s, corev1.EventTypeWarning, is.Reason, "Reconcile", is.Message)
	}
}
