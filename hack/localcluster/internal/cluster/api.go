package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/pki"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/render"
)

func newClient(c plan.Cluster) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig(pki.Admin))
	if err != nil {
		return nil, fmt.Errorf("admin's kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client of the API server: %w", err)
	}
	return client, nil
}

// applyDNS makes the Service and the rights of the cluster's DNS server.
func applyDNS(ctx context.Context, c plan.Cluster) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.Bin, "kubectl"), "--kubeconfig", c.Kubeconfig(pki.Admin),
		"apply", "--server-side", "-f", render.Path(c, render.DNSObjects))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apply objects of the DNS server: %w: %s", err, out)
	}
	return nil
}
