package election

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Mode is a way to elect the leader.
type Mode string

// The modes.
const (
	LeaderForLife Mode = "leader-for-life"
	Lease         Mode = "lease"
	Off           Mode = "off"
)

// Config says how the leader is elected.
type Config struct {
	Mode Mode
	// LockName is the name of the ConfigMap or Lease.
	LockName string
	// Namespace is the one that the operator's Pod runs in.
	Namespace string
	// PodName is the name of the operator's Pod; for [LeaderForLife] only.
	PodName string
}

// Validate returns an error that names what is missing or unknown.
func (c Config) Validate() error {
	switch c.Mode {
	case Off:
		return nil
	case Lease:
		if c.LockName == "" {
			return errors.New("leader election needs the name of its lock")
		}
		return nil
	case LeaderForLife:
		if c.LockName == "" || c.Namespace == "" || c.PodName == "" {
			return fmt.Errorf("leader election %q needs the names of its lock (%q), the operator's namespace (%q) and Pod (%q); "+
				"set POD_NAMESPACE and POD_NAME with the downward API or use --leader-election=off",
				c.Mode, c.LockName, c.Namespace, c.PodName)
		}
		return nil
	default:
		return fmt.Errorf("unknown leader election %q: use %q, %q or %q", c.Mode, LeaderForLife, Lease, Off)
	}
}

// Configure sets what the manager itself has to know; call it before the manager
// is made. Only [Lease] is the manager's own business.
func (c Config) Configure(options *ctrl.Options) {
	options.LeaderElection = c.Mode == Lease
	if c.Mode != Lease {
		return
	}
	options.LeaderElectionID = c.LockName
	options.LeaderElectionNamespace = c.Namespace
	options.LeaderElectionReleaseOnCancel = true
}

// Setup arranges that start is called where it has to be: at once if the manager
// holds back controllers by itself or nobody is elected, and in the running
// manager after the election for [LeaderForLife]. start adds the controllers to
// mgr. An error of start, or a lost lock, ends the manager.
func (c Config) Setup(ctx context.Context, mgr ctrl.Manager, start func(context.Context) error) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Mode != LeaderForLife {
		return start(ctx)
	}
	elector, err := newElector(c, mgr.GetConfig(), start)
	if err != nil {
		return err
	}
	return mgr.Add(elector)
}

func (c Config) lock() types.NamespacedName {
	return types.NamespacedName{Namespace: c.Namespace, Name: c.LockName}
}
