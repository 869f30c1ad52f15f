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

const (
	stopGrace   = 10 * time.Second
	removeLimit = 30 * time.Second
)

// Down stops the processes of a cluster and removes all its traces. It is no
// error if there is none.
func Down(ctx context.Context, out io.Writer, home, name string) error {
	held, err := lock(home, name)
	if err != nil {
		return err
	}
	defer held.release()
	s, err := load(home, name)
	if err != nil {
		return err
	}
	if s == nil {
		fmt.Fprintf(out, "there is no cluster %q\n", name)
		return held.remove()
	}
	if err := takeDown(ctx, out, s); err != nil {
		return fmt.Errorf("take down cluster %q: %w", name, err)
	}
	fmt.Fprintf(out, "cluster %q is gone\n", name)
	return held.remove()
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
		if err := s.removePods(ctx); err != nil {
			// What containerd could not do, node.Clean does by force.
			fmt.Fprintf(out, "remove Pods: %v\n", err)
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

// removePods starts containerd again if it has ended, because nobody else
// knows the networks of its Pods.
func (s *state) removePods(ctx context.Context) error {
	if _, err := os.Stat(s.Plan.RunDir()); err != nil {
		return nil // The node never started, or the machine did anew.
	}
	ctx, cancel := context.WithTimeout(ctx, removeLimit)
	defer cancel()
	if ready, _ := node.RuntimeReady(ctx, s.Plan); !ready {
		if err := s.start(node.Containerd(s.Plan)); err != nil {
			return err
		}
	}
	for {
		ready, err := node.RuntimeReady(ctx, s.Plan)
		if err != nil {
			return err
		}
		if ready {
			return node.RemovePods(ctx, s.Plan)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("containerd does not answer, see %q", s.Plan.LogFile("containerd"))
		case <-time.After(readyPoll):
		}
	}
}

func (s *state) stop(ctx context.Context, name string) error {
	for _, p := range s.Processes {
		if p.Name == name {
			return p.Stop(ctx, stopGrace)
		}
	}
	return nil
}
