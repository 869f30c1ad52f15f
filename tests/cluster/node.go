package cluster

import (
	"os"
	"testing"
)

// nodeName is the local cluster's default name, so that one that a developer
// has running is used as it is.
const nodeName = "mcp-registry"

// Node returns a cluster that runs Pods: the one that KUBECONFIG names, or the
// running local one, or a new local one for the time of the test.
//
// Tests reach Service and Pod addresses directly, so with KUBECONFIG the test
// has to run on the cluster's network.
func Node(t testing.TB) *Cluster {
	t.Helper()
	if path := os.Getenv("KUBECONFIG"); path != "" {
		return connect(t, environment{
			kubeconfig: path,
			auditLog:   os.Getenv("LOCALCLUSTER_AUDIT_LOG"),
			address:    os.Getenv("LOCALCLUSTER_ADDRESS"),
		})
	}
	l := newLocal(t, nodeName)
	e, err := l.environment(t.Context())
	if err != nil {
		e = l.up(t)
	}
	return connect(t, e)
}
