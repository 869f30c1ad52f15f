package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/operator-framework/operator-lib/leader"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// requestTimeout bounds every single request, so that a lost connection does not
// keep a replica from being elected or from noticing that it was deposed.
const requestTimeout = 15 * time.Second

// elector is a runnable of the manager that becomes the leader for life, starts
// the work and watches the lock.
type elector struct {
	config Config
	become func(ctx context.Context, lockName string) error
	start  func(context.Context) error
	guard  guard
}

func newElector(c Config, cluster *rest.Config, start func(context.Context) error) (*elector, error) {
	candidate := rest.CopyConfig(cluster)
	candidate.Timeout = requestTimeout
	// Become does not pause when its lock cannot be read; this makes it.
	candidate.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(1, 5)
	candidateClient, err := client.New(candidate, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("client for the leader election: %w", err)
	}
	watching, err := client.NewWithWatch(cluster, client.Options{})
	if err != nil {
		return nil, fmt.Errorf("client to watch the leader's lock: %w", err)
	}
	return &elector{
		config: c,
		become: func(ctx context.Context, lockName string) error {
			return leader.Become(ctx, lockName, leader.WithClient(candidateClient))
		},
		start: start,
		guard: guard{client: watching, lock: c.lock(), pod: c.PodName, pause: pollInterval},
	}, nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: this is the election.
func (*elector) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable. It returns nil when ctx is done.
func (e *elector) Start(ctx context.Context) error {
	err := e.elect(ctx)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end that was asked for
	}
	if err != nil {
		return err
	}
	if err := e.guard.learn(ctx); err != nil {
		return err
	}
	if err := e.start(ctx); err != nil {
		return fmt.Errorf("start as the leader: %w", err)
	}
	return e.guard.keep(ctx)
}

// elect waits for leadership. Become may not notice that ctx is done, so it is
// left behind then; the process is about to end.
func (e *elector) elect(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- e.become(ctx, e.config.LockName) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-done:
		if errors.Is(err, leader.ErrNoNamespace) {
			return fmt.Errorf("leader election %q works only inside a cluster; use --leader-election=off: %w", LeaderForLife, err)
		}
		if err != nil {
			return fmt.Errorf("become the leader with lock %q: %w", e.config.lock(), err)
		}
		return nil
	}
}
