package node

import (
	"path/filepath"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/pki"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/proc"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/render"
)

// Containerd is Debian's, with folders and sockets of its own.
func Containerd(c plan.Cluster) proc.Command {
	cmd := command(c, "containerd", "--config="+render.Path(c, render.Containerd))
	cmd.Path = "containerd"
	return cmd
}

// Kubelet registers the node under the cluster's name.
func Kubelet(c plan.Cluster) proc.Command {
	return command(c, "kubelet",
		"--config="+render.Path(c, render.Kubelet),
		"--kubeconfig="+c.Kubeconfig(pki.Kubelet),
		"--root-dir="+kubeletDir(c),
		"--cert-dir="+c.PKI("kubelet"),
		"--hostname-override="+c.Name,
		"--node-ip="+c.Address,
	)
}

// Proxy makes Service addresses work, on the node and in Pods.
func Proxy(c plan.Cluster) proc.Command {
	return command(c, "kube-proxy", "--config="+render.Path(c, render.Proxy))
}

// DNS runs as a process of the node; the Service kube-dns leads to it.
func DNS(c plan.Cluster) proc.Command {
	return command(c, "coredns", "-conf="+render.Path(c, render.Corefile))
}

func kubeletDir(c plan.Cluster) string { return filepath.Join(c.NodeDir(), "kubelet") }

func command(c plan.Cluster, name string, args ...string) proc.Command {
	return proc.Command{Name: name, Path: filepath.Join(c.Bin, name), Args: args, LogFile: c.LogFile(name)}
}
