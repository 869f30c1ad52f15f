// Package e2e tells what a user sees, on a cluster with real Pods, Services and
// garbage collection. Each story is one subtest of TestOperator; pick some with
// -run 'TestOperator/(main job|source edited)'.
//
// The stories run only with E2E=1, because they need a cluster: root on Linux,
// or KUBECONFIG and E2E_IMAGE. E2E_IDLE is how long the idle story watches (5m).
package e2e
