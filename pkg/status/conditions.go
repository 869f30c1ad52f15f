package status

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
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
	if a.Err == nil {
		c.yes(v1alpha1.ConditionSourceAvailable, "The source answered")
		c.yes(v1alpha1.ConditionDataValid, "The source holds a registry")
		c.yes(v1alpha1.ConditionSyncSuccessful, "The source's content is stored")
		return
	}
	reason, message := fault.ReasonOf(a.Err, v1alpha1.ReasonStorageFailed), a.Err.Error()
	switch {
	case !a.Result.Fetched:
		c.no(v1alpha1.ConditionSourceAvailable, fault.ReasonOf(a.Err, v1alpha1.ReasonSourceUnavailable), message)
		reason = fault.ReasonOf(a.Err, v1alpha1.ReasonSourceUnavailable)
	case !a.Result.Parsed:
		c.yes(v1alpha1.ConditionSourceAvailable, "The source answered")
		c.no(v1alpha1.ConditionDataValid, reason, message)
	default:
		c.yes(v1alpha1.ConditionSourceAvailable, "The source answered")
		c.yes(v1alpha1.ConditionDataValid, "The source holds a registry")
	}
	c.no(v1alpha1.ConditionSyncSuccessful, reason, message)
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
		c.yes(v1alpha1.ConditionReady, "The registry is stored and served")
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
	for _, err := range []error{f.SpecErr, f.StorageErr} {
		if err != nil {
			return fault.ReasonOf(err, v1alpha1.ReasonStorageFailed), err.Error(), fault.ClassOf(err) == fault.Terminal
		}
	}
	if failed := c.failed(); failed != nil {
		return failed.Reason, failed.Message, c.syncStalled(*failed)
	}
	if err := f.API.Err; err != nil {
		return fault.ReasonOf(err, v1alpha1.ReasonAPIFailed), err.Error(), fault.ClassOf(err) == fault.Terminal
	}
	switch {
	case f.Suspended && (!f.Whole || f.Stored.Inputs != f.Inputs):
		return v1alpha1.ReasonSuspended, "What is stored is not what the spec asks for, and spec.suspend is true; set it to false to sync", true
	case !f.Whole:
		return v1alpha1.ReasonProgressing, "The first snapshot is being made", false
	case f.Stored.Inputs != f.Inputs:
		return v1alpha1.ReasonProgressing, "The changed spec is being synced", false
	case !f.API.Exists || !f.API.Ready:
		api := meta.FindStatusCondition(*c.list, v1alpha1.ConditionAPIReady)
		return api.Reason, api.Message, false
	}
	return "", "", false
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
	meta.SetStatusCondition(c.list, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: short(message),
		ObservedGeneration: c.facts.Generation,
		LastTransitionTime: metav1.NewTime(c.facts.Now.Truncate(1e9)),
	})
}

func (c conditions) drop(kind string) { meta.RemoveStatusCondition(c.list, kind) }
