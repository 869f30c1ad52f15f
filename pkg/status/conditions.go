package status

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/sync"
)

// conditions sets the conditions of one status from one set of facts.
type conditions struct {
	list  *[]metav1.Condition
	facts Facts
}

// sync sets the conditions about the last attempt. Without an attempt they
// stay as they are: they are about the last one.
func (c conditions) sync() {
	a := c.facts.Attempt
	if a == nil {
		return
	}
	if len(a.Result.Sources) > 0 {
		c.sources(a.Result.Sources)
	}
	if a.Err == nil {
		c.yes(v1alpha1.ConditionSyncSuccessful, plural(a.Result.Sources, "The source's content is stored", "The content of all sources is stored"))
		return
	}
	fallback := v1alpha1.ReasonStorageFailed
	if _, err := troubled(a.Result.Sources, func(sync.SourceResult) bool { return true }); err != nil {
		fallback = v1alpha1.ReasonSourceUnavailable
	}
	c.no(v1alpha1.ConditionSyncSuccessful, fault.ReasonOf(a.Err, fallback), a.Err.Error())
}

// sources sets what is to be said of all sources together: each condition is
// False while it is for one of them.
func (c conditions) sources(all []sync.SourceResult) {
	message, err := troubled(all, func(s sync.SourceResult) bool { return !s.Fetched })
	if fault.ReasonOf(err, "") == v1alpha1.ReasonStorageFailed {
		return // Nobody got as far as to ask the source.
	}
	if err != nil {
		c.no(v1alpha1.ConditionSourceAvailable, fault.ReasonOf(err, v1alpha1.ReasonSourceUnavailable), message)
	} else {
		c.yes(v1alpha1.ConditionSourceAvailable, plural(all, "The source answered", "All sources answered"))
	}
	message, err = troubled(all, func(s sync.SourceResult) bool { return s.Fetched && !s.Parsed })
	switch {
	case err != nil:
		c.no(v1alpha1.ConditionDataValid, fault.ReasonOf(err, v1alpha1.ReasonInvalidData), message)
	case slices.ContainsFunc(all, func(s sync.SourceResult) bool { return s.Parsed }):
		c.yes(v1alpha1.ConditionDataValid, plural(all, "The source holds a registry", "All sources that answered hold a registry")+leftOut(all))
	}
}

// leftOut names the first of the entries that were rejected.
func leftOut(all []sync.SourceResult) string {
	total := 0
	var told []string
	for _, s := range all {
		if s.Data != nil {
			total += s.Data.Rejected
		}
		for _, r := range s.Rejected {
			if r.Source != "" {
				r.Entry = r.Source + ": " + r.Entry
			}
			told = append(told, r.Entry+": "+r.Reason)
		}
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("; %d entries were rejected, the first are: %s", total, strings.Join(first(told), "; "))
}

func plural(all []sync.SourceResult, one, several string) string {
	if len(all) > 1 {
		return several
	}
	return one
}

func (c conditions) api() {
	api := c.facts.API
	switch {
	case api.Err != nil:
		c.no(v1alpha1.ConditionAPIReady, fault.ReasonOf(api.Err, v1alpha1.ReasonAPIFailed), api.Err.Error())
	case !api.Exists:
		c.no(v1alpha1.ConditionAPIReady, v1alpha1.ReasonNoData, "The API service starts when the first snapshot is stored")
	case !api.Ready:
		c.no(v1alpha1.ConditionAPIReady, v1alpha1.ReasonAPINotReady, api.Message)
	default:
		c.yes(v1alpha1.ConditionAPIReady, "The API service is available")
	}
}

// ready derives Ready, Reconciling and Stalled, following kstatus.
func (c conditions) ready() {
	reason, message, terminal := c.obstacle()
	if reason == "" {
		c.set(v1alpha1.ConditionReady, metav1.ConditionTrue, c.readyReason(), c.readyMessage())
		c.drop(v1alpha1.ConditionReconciling)
		c.drop(v1alpha1.ConditionStalled)
		return
	}
	c.no(v1alpha1.ConditionReady, reason, message)
	progress, over := v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled
	if terminal {
		progress, over = over, progress
	}
	c.set(progress, metav1.ConditionTrue, reason, message)
	c.drop(over)
}

// obstacle returns what stands between the registry and Ready, the most
// telling first, and whether a person has to remove it.
func (c conditions) obstacle() (reason, message string, terminal bool) {
	f := c.facts
	for _, err := range []error{f.SpecErr, f.StorageErr, f.PinErr} {
		if err != nil {
			return fault.ReasonOf(err, v1alpha1.ReasonStorageFailed), err.Error(), fault.ClassOf(err) == fault.Terminal
		}
	}
	if !f.Pinned {
		if reason, message, terminal = c.syncObstacle(); reason != "" {
			return reason, message, terminal
		}
	}
	if err := f.API.Err; err != nil {
		return fault.ReasonOf(err, v1alpha1.ReasonAPIFailed), err.Error(), fault.ClassOf(err) == fault.Terminal
	}
	if !f.API.Exists || !f.API.Ready {
		api := meta.FindStatusCondition(*c.list, v1alpha1.ConditionAPIReady)
		return api.Reason, api.Message, false
	}
	return "", "", false
}

// syncObstacle returns why what the spec asks for is not stored.
func (c conditions) syncObstacle() (reason, message string, terminal bool) {
	f := c.facts
	if failed := c.failed(); failed != nil {
		return failed.Reason, failed.Message, c.syncStalled(*failed)
	}
	switch {
	case f.API.Err != nil:
		return "", "", false // That comes first, for it can be why nothing is stored.
	case f.Suspended && (!f.Whole || f.Stored.Inputs != f.Inputs):
		return v1alpha1.ReasonSuspended, "What is stored is not what the spec asks for, and spec.suspend is true; set it to false to sync", true
	case !f.Whole:
		return v1alpha1.ReasonProgressing, "The first snapshot is being made", false
	case f.Stored.Inputs != f.Inputs:
		return v1alpha1.ReasonProgressing, "The changed spec is being synced", false
	}
	return "", "", false
}

func (c conditions) readyReason() string {
	if c.facts.Pinned {
		return v1alpha1.ReasonPinned
	}
	return v1alpha1.ReasonSucceeded
}

func (c conditions) readyMessage() string {
	if c.facts.Pinned {
		return fmt.Sprintf("The snapshot %s is served, and nothing is synced, until spec.rollbackTo is cleared", c.facts.Stored.Digest) + waiting(c.facts)
	}
	return "The registry is stored and served"
}

// failed returns the SyncSuccessful condition if it is False.
func (c conditions) failed() *metav1.Condition {
	s := meta.FindStatusCondition(*c.list, v1alpha1.ConditionSyncSuccessful)
	if s == nil || s.Status != metav1.ConditionFalse {
		return nil
	}
	return s
}

// syncStalled says whether the failed sync needs a person: by the error of this
// reconcile's attempt or, without one, as the attempt that failed recorded it.
func (c conditions) syncStalled(failed metav1.Condition) bool {
	if a := c.facts.Attempt; a != nil {
		return fault.ClassOf(a.Err) == fault.Terminal
	}
	return Stalled(*c.list, failed.Reason)
}

// Stalled reports whether the conditions say that a person must act, for this reason.
func Stalled(list []metav1.Condition, reason string) bool {
	s := meta.FindStatusCondition(list, v1alpha1.ConditionStalled)
	return s != nil && s.Status == metav1.ConditionTrue && s.Reason == reason
}

func (c conditions) yes(kind, message string) {
	c.set(kind, metav1.ConditionTrue, v1alpha1.ReasonSucceeded, message)
}

func (c conditions) no(kind, reason, message string) {
	c.set(kind, metav1.ConditionFalse, reason, message)
}

func (c conditions) set(kind string, status metav1.ConditionStatus, reason, message string) {
	limit := limitOf(reason)
	if kind == v1alpha1.ConditionDataValid {
		limit = longLimit
	}
	meta.SetStatusCondition(c.list, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: cut(message, limit),
		ObservedGeneration: c.facts.Generation,
		LastTransitionTime: metav1.NewTime(c.facts.Now.Truncate(1e9)),
	})
}

func (c conditions) drop(kind string) { meta.RemoveStatusCondition(c.list, kind) }
