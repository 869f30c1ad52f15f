package status

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// summary is the one place where phase and message are derived from conditions.
func summary(s v1alpha1.MCPRegistryStatus, f Facts) (v1alpha1.Phase, string) {
	ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
	isReady := ready.Status == metav1.ConditionTrue
	served := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionAPIReady)
	failed := meta.IsStatusConditionFalse(s.Conditions, v1alpha1.ConditionSyncSuccessful) ||
		meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled)
	switch {
	case f.Suspended:
		return v1alpha1.PhaseSuspended, suspendedMessage(f)
	case isReady && f.Pinned:
		return v1alpha1.PhaseReady, fmt.Sprintf("Pinned; serving %d servers of an earlier snapshot until spec.rollbackTo is cleared", f.Stored.Servers) + waiting(f)
	case isReady:
		return v1alpha1.PhaseReady, fmt.Sprintf("Serving %d servers", f.Stored.Servers)
	case failed && served:
		return v1alpha1.PhaseDegraded, cut("Serving the last good data: "+ready.Message, limitOf(ready.Reason))
	case failed:
		return v1alpha1.PhaseFailed, ready.Message
	case f.Whole:
		return v1alpha1.PhaseSyncing, ready.Message
	}
	return v1alpha1.PhasePending, ready.Message
}

func suspendedMessage(f Facts) string {
	if f.Whole {
		return fmt.Sprintf("Suspended; serving %d servers as they were stored last", f.Stored.Servers) + waiting(f)
	}
	return "Suspended; nothing is stored yet" + waiting(f)
}

// waiting tells that a sync was asked for and what has to happen before. It names
// the trigger, so that a second one is told too.
func waiting(f Facts) string {
	const shown = 40
	trigger := f.Waiting
	switch {
	case trigger == "":
		return ""
	case len(trigger) > shown:
		trigger = strings.ToValidUTF8(trigger[:shown], "") + "…"
	}
	cause := "that"
	if f.Suspended {
		cause = "spec.suspend to be false"
	}
	return fmt.Sprintf("; the sync that was asked for by hand (%q) waits for %s", trigger, cause)
}
