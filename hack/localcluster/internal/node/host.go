package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

const (
	ipForward = "/proc/sys/net/ipv4/ip_forward"
	cgroupFS  = "/sys/fs/cgroup"
)

// Host is what Prepare found and Clean restores.
type Host struct {
	IPForward string `json:"ipForward,omitempty"`
}

// Inspect reads what Prepare is going to change. It refuses a machine whose
// Service rules belong to someone else, since kube-proxy's table names are
// fixed and two of them would overwrite each other.
func Inspect(ctx context.Context) (Host, error) {
	if exec.CommandContext(ctx, "nft", "list", "table", "ip", "kube-proxy").Run() == nil {
		return Host{}, fmt.Errorf("%w: it already is one (nftables has a table kube-proxy); "+
			"stop that cluster first, or use --control-plane", ErrUnsupported)
	}
	data, err := os.ReadFile(ipForward)
	if err != nil {
		return Host{}, fmt.Errorf("state of IP forwarding: %w", err)
	}
	return Host{IPForward: strings.TrimSpace(string(data))}, nil
}

// Prepare makes folders, the Pods' cgroup and the Pods' way to other machines.
func Prepare(ctx context.Context, c plan.Cluster) error {
	for _, dir := range []string{c.RunDir(), kubeletDir(c), filepath.Join(c.NodeDir(), "logs")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("folder of the node: %w", err)
		}
	}
	if err := os.WriteFile(ipForward, []byte("1"), 0o644); err != nil {
		return fmt.Errorf("switch on IP forwarding: %w", err)
	}
	for _, dir := range cgroupDirs(c) {
		if err := makeCgroup(dir); err != nil {
			return err
		}
	}
	return masquerade(ctx, c)
}

// masquerade gives Pods the node's address when they talk to other machines.
func masquerade(ctx context.Context, c plan.Cluster) error {
	rules := fmt.Sprintf(`table ip %[1]s
delete table ip %[1]s
table ip %[1]s {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr %[2]s ip daddr != %[2]s masquerade
  }
}`, c.NftTable(), plan.PodCIDR)
	cmd := exec.CommandContext(ctx, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nftables table %q: %w: %s", c.NftTable(), err, out)
	}
	return nil
}

// cgroupDirs returns the Pods' cgroup in every hierarchy: one with cgroup v2,
// one per controller with v1.
func cgroupDirs(c plan.Cluster) []string {
	if _, err := os.Stat(filepath.Join(cgroupFS, "cgroup.controllers")); err == nil {
		return []string{filepath.Join(cgroupFS, c.CgroupRoot())}
	}
	roots, _ := filepath.Glob(filepath.Join(cgroupFS, "*", "cgroup.procs"))
	var dirs []string
	for _, root := range roots {
		dirs = append(dirs, filepath.Join(filepath.Dir(root), c.CgroupRoot()))
	}
	return dirs
}

func makeCgroup(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("cgroup: %w", err)
	}
	// A new cpuset of cgroup v1 is empty and takes no process until filled.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		parent, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
		if err != nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, file), parent, 0o644); err != nil {
			return fmt.Errorf("cgroup: %w", err)
		}
	}
	return nil
}
