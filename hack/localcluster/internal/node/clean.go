package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
)

// kubeletLinks is fixed in the kubelet: links to container logs, for log
// collectors.
const kubeletLinks = "/var/log/containers"

// Clean removes everything of the node after its processes have ended. It goes
// on after a failure and returns all of them.
func Clean(ctx context.Context, c plan.Cluster, host Host) error {
	errs := []error{killLeftovers(c), unmountAll(c), removeCgroups(c)}
	for _, table := range [][]string{{"ip", c.NftTable()}, {"ip", "kube-proxy"}, {"ip6", "kube-proxy"}} {
		errs = append(errs, deleteTable(ctx, table[0], table[1]))
	}
	if host.IPForward != "" {
		errs = append(errs, os.WriteFile(ipForward, []byte(host.IPForward), 0o644))
	}
	errs = append(errs, removeLinks(c), os.RemoveAll(c.RunDir()), os.RemoveAll(c.NodeDir()))
	// The parents are shared between clusters and go with the last one.
	for _, dir := range []string{filepath.Dir(c.RunDir()), filepath.Dir(c.NodeDir())} {
		if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTEMPTY) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func deleteTable(ctx context.Context, family, table string) error {
	if exec.CommandContext(ctx, "nft", "list", "table", family, table).Run() != nil {
		return nil
	}
	return run(ctx, "nft", "delete", "table", family, table)
}

// unmountAll unmounts what lies in the cluster's folders, the innermost first.
func unmountAll(c plan.Cluster) error {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	var errs []error
	for _, target := range slices.Backward(mountsBelow(string(data), c.NodeDir(), c.RunDir())) {
		if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
			errs = append(errs, fmt.Errorf("unmount %q: %w", target, err))
		}
	}
	return errors.Join(errs...)
}

// mountsBelow returns the mount points in the folders, in the order of
// mounting. The fifth field of a line is the mount point, see proc(5).
func mountsBelow(mountinfo string, dirs ...string) []string {
	const mountPoint = 4
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`)
	var found []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) <= mountPoint {
			continue
		}
		target := unescape.Replace(fields[mountPoint])
		if slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(target, dir+"/") }) {
			found = append(found, target)
		}
	}
	return found
}

func removeLinks(c plan.Cluster) error {
	links, err := filepath.Glob(filepath.Join(kubeletLinks, "*.log"))
	if err != nil || len(links) == 0 {
		return err
	}
	var errs []error
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, c.NodeDir()+"/") {
			errs = append(errs, os.Remove(link))
		}
	}
	return errors.Join(errs...)
}
