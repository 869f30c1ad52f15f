package cluster_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// The harness itself is tested where it is used; this shows on its own that a
// control plane comes up, holds the CRD and is gone afterwards.
func TestControlPlane(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane")
	}
	c := cluster.ControlPlane(t)
	var namespaces corev1.NamespaceList
	require.NoError(t, c.Client.List(t.Context(), &namespaces))
	require.NotEmpty(t, namespaces.Items)
}
