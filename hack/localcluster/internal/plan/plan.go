package plan

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
)

const (
	// ServiceCIDR is the range of Service addresses.
	ServiceCIDR = "10.96.0.0/16"
	// APIServiceIP is the address of the Service default/kubernetes.
	APIServiceIP = "10.96.0.1"
	// DNSServiceIP is the address of the Service kube-system/kube-dns.
	DNSServiceIP = "10.96.0.10"
	// PodCIDR is the range of Pod addresses of the one node.
	PodCIDR = "10.244.0.0/24"
	// Domain is the DNS domain of the cluster.
	Domain = "cluster.local"
	// DNSUser is the API user CoreDNS acts as.
	DNSUser = "localcluster:dns"
	// PauseImage is the name under which the pause image is imported.
	PauseImage = "localcluster.invalid/pause:1"
)

// Thirty characters keep every Unix socket below the kernel's limit of 107.
var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`)

// Cluster is the plan of one cluster.
type Cluster struct {
	// Name tells clusters on one machine apart; it is also the node's name.
	Name string `json:"name"`
	// Home is the folder of all clusters and of the build cache.
	Home string `json:"home"`
	// Bin is the folder of the built programs.
	Bin string `json:"bin"`
	// WithNode says whether Pods run, or only the control plane.
	WithNode bool `json:"withNode"`
	// Address is where the API server listens: loopback without a node.
	Address string `json:"address"`
	// Ports are the ports of all processes.
	Ports Ports `json:"ports"`
}

// ValidateName refuses names that would not do as a node or folder name.
func ValidateName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("name %q: want 1 to 30 characters out of a-z, 0-9 and -, not starting or ending with -", name)
	}
	return nil
}

// StateDir holds certificates, configuration, logs and etcd's data.
func (c Cluster) StateDir() string { return filepath.Join(c.Home, "clusters", c.Name) }

// State is a path below StateDir.
func (c Cluster) State(parts ...string) string {
	return filepath.Join(append([]string{c.StateDir()}, parts...)...)
}

// NodeDir holds images, containers and volumes. It is apart from StateDir
// because the kubelet puts Unix sockets there, whose paths must be short.
func (c Cluster) NodeDir() string { return filepath.Join("/var/lib/localcluster", c.Name) }

// RunDir holds containerd's sockets and its volatile state.
func (c Cluster) RunDir() string { return filepath.Join("/run/localcluster", c.Name) }

// CgroupRoot is the parent of all Pod cgroups, below each hierarchy's root.
func (c Cluster) CgroupRoot() string { return "/localcluster-" + c.Name }

// NftTable is the nftables table with the masquerade rule of this cluster.
func (c Cluster) NftTable() string { return "localcluster-" + c.Name }

// LogFile is where a component's output goes.
func (c Cluster) LogFile(component string) string { return c.State("logs", component+".log") }

// AuditLog is the API server's audit log, one JSON event per line.
func (c Cluster) AuditLog() string { return c.State("audit.log") }

// Kubeconfig is the file for a client identity such as "admin".
func (c Cluster) Kubeconfig(user string) string { return c.State(user + ".kubeconfig") }

// PKI is the path of a certificate or key file.
func (c Cluster) PKI(file string) string { return c.State("pki", file) }

// ContainerdSocket is the path of containerd's gRPC socket.
func (c Cluster) ContainerdSocket() string { return filepath.Join(c.RunDir(), "containerd.sock") }

// Server is the API server's URL.
func (c Cluster) Server() string { return "https://" + HostPort(c.Address, c.Ports.APIServer) }

// EtcdURL is where etcd listens for the API server.
func (c Cluster) EtcdURL() string { return "http://" + HostPort(Loopback, c.Ports.Etcd) }

// Loopback is where processes listen that only this machine may reach.
const Loopback = "127.0.0.1"

// HostPort joins an address and a port.
func HostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
