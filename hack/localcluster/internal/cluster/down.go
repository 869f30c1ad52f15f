package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/node"
)

const stopGrace = 10 * time.Second

// Down stops the processes of a cluster and removes all its traces. It is no
// error if there is none.
func Down(ctx context.Context, out io.Writer, home, name string) error {
	unlock, err := lock(home, name)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := load(home, name)
	if err != nil {
		return err
	}
	if s == nil {
		fmt.Fprintf(out, "there is no cluster %q\n", name)
		return nil
	}
	if err := takeDown(ctx, out, s); err != nil {
		return fmt.Errorf("take down cluster %q: %w", name, err)
	}
	fmt.Fprintf(out, "cluster %q is gone\n", name)
	return nil
}

// takeDown goes on after a failure, and keeps the state folder in that case so
// that it can be called again.
func takeDown(ctx context.Context, out io.Writer, s *state) error {
	if s.Plan.WithNode && os.Geteuid() != 0 {
		return errors.New("it has a node: only root may stop it")
	}
	var errs []error
	if s.Plan.WithNode {
		errs = append(errs, s.stop(ctx, "kubelet"))
		if err := node.RemovePods(ctx, s.Plan); err != nil {
			// What containerd could not do, node.Clean does by force.
			fmt.Fprintf(out, "containerd: %v\n", err)
		}
	}
	for _, p := range slices.Backward(s.Processes) {
		errs = append(errs, p.Stop(ctx, stopGrace))
	}
	if s.Plan.WithNode {
		errs = append(errs, node.Clean(ctx, s.Plan, s.Host))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.RemoveAll(s.Plan.StateDir())
}

func (s *state) stop(ctx context.Context, name string) error {
	for _, p := range s.Processes {
		if p.Name == name {
			return p.Stop(ctx, stopGrace)
		}
	}
	return nil
}
