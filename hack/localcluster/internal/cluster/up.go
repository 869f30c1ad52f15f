package cluster

import (
	"context"
	"fmt"
	"io"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/controlplane"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/node"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/pki"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/plan"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/proc"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/localcluster/internal/render"
)

// Options say which cluster to bring up.
type Options struct {
	Name     string
	Home     string
	Bin      string
	WithNode bool
	// Port of the API server; 0 chooses a free one.
	Port int
}

// Up brings a cluster up and waits until it is ready. A running cluster is left
// as it is; one of which a process has ended is replaced by a new one.
func Up(ctx context.Context, out io.Writer, opts Options) error {
	held, err := lock(opts.Home, opts.Name)
	if err != nil {
		return err
	}
	defer held.release()
	running, err := reuse(ctx, out, opts)
	if err != nil || running {
		return err
	}
	began := time.Now()
	s, err := prepare(ctx, out, opts)
	if err != nil {
		return err
	}
	u := &upper{state: s, out: out, began: began}
	if err := u.run(ctx); err != nil {
		return fmt.Errorf("cluster %q: %w", opts.Name, err)
	}
	s.Ready = true
	if err := s.save(); err != nil {
		return err
	}
	fmt.Fprintf(out, "cluster %q is ready after %.1f s: %s\n", opts.Name, time.Since(began).Seconds(), s.Plan.Server())
	return nil
}

// reuse says whether the cluster runs already, and clears away a broken one.
func reuse(ctx context.Context, out io.Writer, opts Options) (bool, error) {
	s, err := load(opts.Home, opts.Name)
	if err != nil || s == nil {
		return false, err
	}
	if fault := s.fault(); fault != nil {
		fmt.Fprintf(out, "cluster %q is broken (%v); starting a new one\n", opts.Name, fault)
		return false, takeDown(ctx, out, s)
	}
	if s.Plan.WithNode != opts.WithNode {
		return false, fmt.Errorf("cluster %q runs already, but with another set of components: take it down first, or give another --name", opts.Name)
	}
	fmt.Fprintf(out, "cluster %q runs already: %s\n", opts.Name, s.Plan.Server())
	return true, nil
}

// prepare decides everything and writes all files, but starts nothing.
func prepare(ctx context.Context, out io.Writer, opts Options) (*state, error) {
	s := &state{Plan: plan.Cluster{
		Name: opts.Name, Home: opts.Home, Bin: opts.Bin, WithNode: opts.WithNode, Address: plan.Loopback,
	}}
	var err error
	if s.Plan.Ports, err = plan.ChoosePorts(opts.Port); err != nil {
		return nil, err
	}
	files := []render.File{render.AuditPolicy}
	if opts.WithNode {
		if err := node.Preflight(ctx, out); err != nil {
			return nil, err
		}
		if s.Host, err = node.Inspect(ctx); err != nil {
			return nil, err
		}
		if s.Plan.Address, err = plan.NodeAddress(); err != nil {
			return nil, err
		}
		files = append(files, render.Containerd, render.CNI, render.Kubelet, render.Proxy, render.Corefile, render.DNSObjects)
	}
	if err := s.save(); err != nil {
		return nil, err
	}
	if err := pki.WriteAll(s.Plan, time.Now()); err != nil {
		return nil, err
	}
	return s, render.Write(s.Plan, files...)
}

// upper starts the components of one cluster in order.
type upper struct {
	*state
	out    io.Writer
	began  time.Time
	client kubernetes.Interface
}

func (u *upper) run(ctx context.Context) error {
	if err := u.startAll(controlplane.Etcd(u.Plan), controlplane.APIServer(u.Plan)); err != nil {
		return err
	}
	if u.Plan.WithNode {
		if err := u.startRuntime(ctx); err != nil {
			return err
		}
	}
	var err error
	if u.client, err = newClient(u.Plan); err != nil {
		return err
	}
	if err := u.wait(ctx, "API server", func(ctx context.Context) (bool, error) {
		return controlplane.APIReady(ctx, u.client)
	}); err != nil {
		return err
	}
	if err := u.startAll(controlplane.ControllerManager(u.Plan)); err != nil {
		return err
	}
	if u.Plan.WithNode {
		if err := u.startNode(ctx); err != nil {
			return err
		}
	}
	return u.wait(ctx, "controllers", func(ctx context.Context) (bool, error) {
		return controlplane.ControllersReady(ctx, u.client)
	})
}

// startRuntime runs while the API server starts, which takes longer.
func (u *upper) startRuntime(ctx context.Context) error {
	if err := node.Prepare(ctx, u.Plan); err != nil {
		return err
	}
	if err := u.startAll(node.Containerd(u.Plan)); err != nil {
		return err
	}
	if err := u.wait(ctx, "containerd", func(ctx context.Context) (bool, error) {
		return node.RuntimeReady(ctx, u.Plan)
	}); err != nil {
		return err
	}
	return node.LoadPauseImage(ctx, u.Plan)
}

func (u *upper) startNode(ctx context.Context) error {
	if err := applyDNS(ctx, u.Plan); err != nil {
		return err
	}
	err := u.startAll(controlplane.Scheduler(u.Plan), node.Kubelet(u.Plan), node.Proxy(u.Plan), node.DNS(u.Plan))
	if err != nil {
		return err
	}
	if err := u.wait(ctx, "node", func(ctx context.Context) (bool, error) {
		return node.Ready(ctx, u.Plan, u.client)
	}); err != nil {
		return err
	}
	return u.wait(ctx, "cluster DNS", node.DNSReady)
}

func (u *upper) startAll(cmds ...proc.Command) error {
	for _, cmd := range cmds {
		if err := u.start(cmd); err != nil {
			return err
		}
	}
	return nil
}
