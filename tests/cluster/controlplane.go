package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
)

// ControlPlane starts a control plane of this test's own and installs the CRD.
// There is no node: Deployments stay unavailable until a test says otherwise.
func ControlPlane(t testing.TB) *Cluster {
	t.Helper()
	c := EmptyControlPlane(t)
	c.installCRD(t)
	return c
}

// EmptyControlPlane is [ControlPlane] without the CRD, for who installs it in
// another way.
func EmptyControlPlane(t testing.TB) *Cluster {
	t.Helper()
	// The process's number keeps two runs on one machine apart.
	l := newLocal(t, fmt.Sprintf("test-%d", os.Getpid()))
	return connect(t, l.up(t, "--control-plane"))
}

func (c *Cluster) installCRD(t testing.TB) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Chart(t), "files", "crds", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "the chart has no CRD: run make generate")
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		crd := &apiextensionsv1.CustomResourceDefinition{}
		require.NoError(t, yaml.UnmarshalStrict(data, crd), file)
		require.NoError(t, c.Client.Create(t.Context(), crd), file)
	}
	// The CRD is established a little later than it is accepted.
	Eventually(t, "CRD", func(ctx context.Context) error {
		return c.Client.List(ctx, &v1alpha1.MCPRegistryList{}, client.Limit(1))
	})
}
