package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// needs maps each program or file that the node uses to its Debian package.
var needs = []struct{ program, debianPackage string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"/usr/lib/cni/ptp", "containernetworking-plugins"},
	{"nft", "nftables"},
	{"conntrack", "conntrack"},
	{"iptables", "iptables"},
	{"ip", "iproute2"},
}

// ErrUnsupported means that this machine cannot be a node at all.
var ErrUnsupported = errors.New("this machine cannot run a node")

// Preflight checks that the machine can be a node and installs missing Debian
// packages, saying so on out.
func Preflight(ctx context.Context, out io.Writer) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: it needs root; set KUBECONFIG to use any other cluster instead, "+
			"or start only the control plane with --control-plane", ErrUnsupported)
	}
	missing := missingPackages(func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintf(out, "installing Debian packages: %s\n", strings.Join(missing, " "))
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("%w: install %s (there is no apt-get to do it)", ErrUnsupported, strings.Join(missing, ", "))
	}
	if err := run(ctx, "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return run(ctx, "apt-get", append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)...)
}

func missingPackages(found func(program string) bool) []string {
	var missing []string
	seen := map[string]bool{}
	for _, need := range needs {
		if !seen[need.debianPackage] && !found(need.program) {
			seen[need.debianPackage] = true
			missing = append(missing, need.debianPackage)
		}
	}
	return missing
}

// run runs a program to its end; its output appears in the error alone.
func run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
