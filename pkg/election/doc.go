// Package election makes sure that one replica of the operator works while the
// others wait. [Config.Setup] hides which of three modes does it:
//
//   - [LeaderForLife], the default: operator-lib's lock, a ConfigMap owned by the
//     leader's Pod. It is free when the Pod is gone; there is no renewal.
//   - [Lease]: controller-runtime's election with a renewed Lease.
//   - [Off]: no election, for a single replica or outside a cluster.
//
// A leader for life may be deposed without knowing: when its node is not ready,
// another replica deletes the Pod and the lock. The leader therefore watches its
// lock and ends the process when it is lost. Until it notices, two leaders are
// possible, so every write of the operator has to be idempotent in any case.
//
// # Requirements of leader-for-life
//
// The environment variable POD_NAME (downward API), a Deployment with
// maxUnavailable 1 or the strategy Recreate, and probes that do not wait for
// leadership: otherwise a roll-out waits for ever for the old Pod. A StatefulSet
// will not do, because its Pods' names come again.
//
// In the operator's namespace: pods get and delete; configmaps create; configmaps
// get, delete and watch with the lock as resourceName. In the cluster: nodes get,
// without which nobody takes over after the loss of a node. The mode lease needs
// coordination.k8s.io leases get, create and update, and events create and patch.
package election
