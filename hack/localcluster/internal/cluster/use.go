package cluster

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/node"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/pki"
)

// Env prints shell commands that point kubectl and other clients at the cluster.
func Env(out io.Writer, home, name, bin string) error {
	s, err := loadRunning(home, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "export KUBECONFIG=%s\n", quote(s.Plan.Kubeconfig(pki.Admin)))
	fmt.Fprintf(out, "export LOCALCLUSTER_AUDIT_LOG=%s\n", quote(s.Plan.AuditLog()))
	fmt.Fprintf(out, "export LOCALCLUSTER_ADDRESS=%s\n", quote(s.Plan.Address))
	fmt.Fprintf(out, "export PATH=%s:\"$PATH\"\n", quote(bin))
	return nil
}

// LoadImages imports image archives into the node.
func LoadImages(ctx context.Context, out io.Writer, home, name string, archives []string) error {
	s, err := loadRunning(home, name)
	if err != nil {
		return err
	}
	if !s.Plan.WithNode {
		return fmt.Errorf("cluster %q has no node to load images into", name)
	}
	for _, archive := range archives {
		if err := node.LoadImage(ctx, s.Plan, archive); err != nil {
			return err
		}
		fmt.Fprintf(out, "loaded %s\n", archive)
	}
	return nil
}

// Kubectl replaces this process by kubectl.
func Kubectl(home, name, bin string, args, env []string) error {
	s, err := loadRunning(home, name)
	if err != nil {
		return err
	}
	program := filepath.Join(bin, "kubectl")
	// The last entry of a name wins.
	env = append(env, "KUBECONFIG="+s.Plan.Kubeconfig(pki.Admin))
	if err := syscall.Exec(program, append([]string{program}, args...), env); err != nil {
		return fmt.Errorf("run %q: %w", program, err)
	}
	return nil
}

func loadRunning(home, name string) (*state, error) {
	s, err := load(home, name)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fmt.Errorf("there is no cluster %q: bring it up first", name)
	}
	if fault := s.fault(); fault != nil {
		return nil, fmt.Errorf("cluster %q is broken: %w", name, fault)
	}
	return s, nil
}

// quote makes one word of the text for a POSIX shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
