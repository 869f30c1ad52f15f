package apiservice

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

func TestPitfall20Readiness(t *testing.T) {
	stuck := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"}
	quota := appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"}
	cases := map[string]struct {
		why      string
		replicas *int32
		status   appsv1.DeploymentStatus
		reason   string
	}{
		"available":      {"all is as wanted", new(int32(2)), status(2, 2, 2, 2), ReasonAvailable},
		"default":        {"no number means one", nil, status(2, 1, 1, 1), ReasonAvailable},
		"old generation": {"the counts are of the former spec", nil, status(1, 1, 1, 1), ReasonProgressing},
		"old revision":   {"a ready pod of the former revision does not count", nil, status(2, 2, 1, 1), ReasonProgressing},
		"none yet":       {"just created", nil, status(2, 0, 0, 0), ReasonProgressing},
		"scaled to zero": {"nobody serves", new(int32(0)), status(2, 0, 0, 0), ReasonScaledToZero},
		"stuck":          {"a broken roll-out is told from a slow one", nil, status(2, 2, 1, 1, stuck), ReasonDeadlineExceeded},
		"quota":          {"the cause is more use than the symptom", nil, status(2, 0, 0, 0, stuck, quota), ReasonReplicaFailure},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: c.replicas}, Status: c.status}
			d.Generation = 2
			ready, reason, message := Readiness(d)
			require.Equal(t, c.reason, reason, c.why)
			require.Equal(t, c.reason == ReasonAvailable, ready, c.why)
			require.NotEmpty(t, message)
			if c.reason == ReasonReplicaFailure {
				require.Contains(t, message, "exceeded quota")
			}
		})
	}
}

func status(generation int64, replicas, updated, available int32, conditions ...appsv1.DeploymentCondition) appsv1.DeploymentStatus {
	return appsv1.DeploymentStatus{
		ObservedGeneration: generation,
		Replicas:           replicas, UpdatedReplicas: updated, AvailableReplicas: available,
		Conditions: conditions,
	}
}
