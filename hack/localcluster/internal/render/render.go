package render

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// File is the name of a configuration file.
type File string

// The configuration files.
const (
	AuditPolicy File = "audit-policy.yaml"
	Containerd  File = "containerd.toml"
	CNI         File = "cni/10-localcluster.conflist"
	Kubelet     File = "kubelet.yaml"
	Proxy       File = "kube-proxy.yaml"
	Corefile    File = "Corefile"
	DNSObjects  File = "dns-objects.yaml"
)

//go:embed files
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "files/*"))

// values is what a template sees: the plan and the fixed facts of all clusters.
type values struct {
	plan.Cluster
	PodCIDR, DNSServiceIP, Domain, PauseImage, Loopback, DNSUser string
	// Nameservers says whether the machine has a DNS server to forward to.
	Nameservers bool
}

// Path is where the file of a cluster lies.
func Path(c plan.Cluster, file File) string { return c.State("config", string(file)) }

// Write renders the files into the cluster's state folder.
func Write(c plan.Cluster, wanted ...File) error {
	resolvConf, _ := os.ReadFile("/etc/resolv.conf")
	for _, file := range wanted {
		data, err := render(c, file, bytes.Contains(resolvConf, []byte("nameserver ")))
		if err != nil {
			return err
		}
		path := Path(c, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("folder of %q: %w", path, err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return fmt.Errorf("write %q: %w", path, err)
		}
	}
	return nil
}

func render(c plan.Cluster, file File, nameservers bool) ([]byte, error) {
	var out bytes.Buffer
	err := templates.ExecuteTemplate(&out, filepath.Base(string(file)), values{
		Cluster: c, PodCIDR: plan.PodCIDR, DNSServiceIP: plan.DNSServiceIP, Domain: plan.Domain,
		PauseImage: plan.PauseImage, Loopback: plan.Loopback, DNSUser: plan.DNSUser, Nameservers: nameservers,
	})
	if err != nil {
		return nil, fmt.Errorf("render %q: %w", file, err)
	}
	return out.Bytes(), nil
}
