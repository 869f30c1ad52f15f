package apiservice

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// The reasons that [Readiness] gives.
const (
	// ReasonAvailable: every wanted pod is of the current revision and available.
	ReasonAvailable = "DeploymentAvailable"
	// ReasonProgressing: a roll-out is on its way.
	ReasonProgressing = "DeploymentProgressing"
	// ReasonDeadlineExceeded: a roll-out has made no progress for too long.
	ReasonDeadlineExceeded = "ProgressDeadlineExceeded"
	// ReasonReplicaFailure: pods cannot be created, for example for a quota or a
	// Pod Security Standard.
	ReasonReplicaFailure = "ReplicaFailure"
	// ReasonScaledToZero: no pods are wanted, so nobody serves.
	ReasonScaledToZero = "ScaledToZero"
)

// Readiness tells whether the current revision of d is rolled out and available.
// Pods of an older revision do not count: they serve, but a broken roll-out is
// not ready. The message is for people and names the next step where there is one.
func Readiness(d *appsv1.Deployment) (ready bool, reason, message string) {
	wanted, status := ptr.Deref(d.Spec.Replicas, 1), d.Status
	stuck := is(d, appsv1.DeploymentProgressing, corev1.ConditionFalse)
	switch {
	case status.ObservedGeneration < d.Generation:
		return false, ReasonProgressing, "Waiting for Kubernetes to look at the changed Deployment"
	case wanted == 0:
		return false, ReasonScaledToZero, fmt.Sprintf("Deployment %s is scaled to zero; set replicas to 1 or more", d.Name)
	case complete(wanted, status) && !stuck:
		return true, ReasonAvailable, fmt.Sprintf("%d of %d pods are available", status.AvailableReplicas, wanted)
	}
	if is(d, appsv1.DeploymentReplicaFailure, corev1.ConditionTrue) {
		return false, ReasonReplicaFailure, "Pods cannot be created: " + condition(d, appsv1.DeploymentReplicaFailure).Message
	}
	counts := fmt.Sprintf("%d of %d pods are available, %d are of the current revision", status.AvailableReplicas, wanted, status.UpdatedReplicas)
	if stuck {
		return false, ReasonDeadlineExceeded, fmt.Sprintf("The roll-out is stuck: %s; look at the pods of Deployment %s", counts, d.Name)
	}
	return false, ReasonProgressing, "Rolling out: " + counts
}

func complete(wanted int32, s appsv1.DeploymentStatus) bool {
	return s.UpdatedReplicas == wanted && s.Replicas == wanted && s.AvailableReplicas == wanted
}

func is(d *appsv1.Deployment, kind appsv1.DeploymentConditionType, status corev1.ConditionStatus) bool {
	c := condition(d, kind)
	return c != nil && c.Status == status
}

func condition(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == kind {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}
