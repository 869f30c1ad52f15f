package controlplane

import (
	"path/filepath"
	"strconv"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/pki"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/proc"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/render"
)

// Etcd keeps its data in the state folder. It never syncs to disk: the cluster
// is thrown away after a crash, and tests are much faster for it.
func Etcd(c plan.Cluster) proc.Command {
	peer := "http://" + plan.HostPort(plan.Loopback, c.Ports.EtcdPeer)
	return command(c, "etcd",
		"--name="+c.Name,
		"--data-dir="+c.State("etcd"),
		"--unsafe-no-fsync",
		"--listen-client-urls="+c.EtcdURL(),
		"--advertise-client-urls="+c.EtcdURL(),
		"--listen-peer-urls="+peer,
		"--initial-advertise-peer-urls="+peer,
		"--initial-cluster="+c.Name+"="+peer,
		"--log-level=warn",
	)
}

// APIServer authorizes with RBAC and the node authorizer, and admits with the
// defaults, Pod Security among them.
func APIServer(c plan.Cluster) proc.Command {
	args := []string{
		"--etcd-servers=" + c.EtcdURL(),
		"--bind-address=" + c.Address,
		"--advertise-address=" + c.Address,
		"--secure-port=" + strconv.Itoa(c.Ports.APIServer),
		"--tls-cert-file=" + c.PKI(pki.ServerCert),
		"--tls-private-key-file=" + c.PKI(pki.ServerKey),
		"--client-ca-file=" + c.PKI(pki.CACert),
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--service-cluster-ip-range=" + plan.ServiceCIDR,
		"--service-account-issuer=https://kubernetes.default.svc." + plan.Domain,
		"--service-account-key-file=" + c.PKI(pki.AccountsCert),
		"--service-account-signing-key-file=" + c.PKI(pki.AccountsKey),
		"--requestheader-client-ca-file=" + c.PKI(pki.FrontProxyCA),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + c.PKI(pki.FrontProxyCert),
		"--proxy-client-key-file=" + c.PKI(pki.FrontProxyKey),
		"--audit-policy-file=" + render.Path(c, render.AuditPolicy),
		"--audit-log-path=" + c.AuditLog(),
		"--audit-log-maxsize=200",
		"--audit-log-maxbackup=2",
	}
	if c.WithNode {
		args = append(args,
			"--kubelet-certificate-authority="+c.PKI(pki.CACert),
			"--kubelet-client-certificate="+c.PKI(pki.ToKubeletCert),
			"--kubelet-client-key="+c.PKI(pki.ToKubeletKey),
			"--kubelet-preferred-address-types=InternalIP",
		)
	} else {
		// Loopback may not be an endpoint of the Service default/kubernetes.
		args = append(args, "--endpoint-reconciler-type=none")
	}
	return command(c, "kube-apiserver", args...)
}

// ControllerManager runs all controllers: garbage collection, namespaces,
// workloads, service accounts.
func ControllerManager(c plan.Cluster) proc.Command {
	return command(c, "kube-controller-manager", append(client(c, pki.ControllerManager),
		"--secure-port="+strconv.Itoa(c.Ports.ControllerManager),
		"--use-service-account-credentials",
		"--service-account-private-key-file="+c.PKI(pki.AccountsKey),
		"--root-ca-file="+c.PKI(pki.CACert),
		"--cluster-signing-cert-file="+c.PKI(pki.CACert),
		"--cluster-signing-key-file="+c.PKI(pki.CAKey),
		// Its default is a folder of the system, which it makes.
		"--flex-volume-plugin-dir="+c.State("volume-plugins"),
		"--kube-api-qps=200",
		"--kube-api-burst=400",
	)...)
}

// Scheduler is only of use with a node.
func Scheduler(c plan.Cluster) proc.Command {
	return command(c, "kube-scheduler", append(client(c, pki.Scheduler),
		"--secure-port="+strconv.Itoa(c.Ports.Scheduler),
	)...)
}

// client returns what the API's clients have in common. There is one replica
// of each, so nothing waits for an election.
func client(c plan.Cluster, user string) []string {
	kubeconfig := c.Kubeconfig(user)
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=" + plan.Loopback,
		"--cert-dir=" + c.PKI(user),
		"--leader-elect=false",
	}
}

func command(c plan.Cluster, name string, args ...string) proc.Command {
	return proc.Command{Name: name, Path: filepath.Join(c.Bin, name), Args: args, LogFile: c.LogFile(name)}
}
