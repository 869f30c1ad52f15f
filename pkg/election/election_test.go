package election

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/operator-framework/operator-lib/leader"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

var config = Config{Mode: LeaderForLife, LockName: "lock", Namespace: "system", PodName: "operator-1"}

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		why    string
		config Config
		err    string
	}{
		"for life":        {"the default with all it needs", config, ""},
		"for life no pod": {"the lock has to be compared with our own Pod", Config{Mode: LeaderForLife, LockName: "l", Namespace: "n"}, "--leader-election=off"},
		"lease":           {"the manager finds the namespace by itself", Config{Mode: Lease, LockName: "l"}, ""},
		"lease no name":   {"two operators without a name would share a lock", Config{Mode: Lease}, "name of its lock"},
		"off":             {"nothing is needed", Config{Mode: Off}, ""},
		"unknown":         {"a typing error must not turn the election off", Config{Mode: "leese"}, `unknown leader election "leese"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.config.Validate()
			if c.err == "" {
				require.NoError(t, err, c.why)
				return
			}
			require.ErrorContains(t, err, c.err, c.why)
		})
	}
}

func TestConfigure(t *testing.T) {
	var options ctrl.Options
	config.Configure(&options)
	require.False(t, options.LeaderElection, "for life is elected by our own runnable, not by the manager")

	Config{Mode: Lease, LockName: "lock", Namespace: "system"}.Configure(&options)
	require.True(t, options.LeaderElection)
	require.Equal(t, "lock", options.LeaderElectionID)
	require.Equal(t, "system", options.LeaderElectionNamespace)
	require.True(t, options.LeaderElectionReleaseOnCancel)
}

func TestSetupWithoutElectorStartsAtOnce(t *testing.T) {
	for _, mode := range []Mode{Off, Lease} {
		started := false
		err := Config{Mode: mode, LockName: "lock"}.Setup(t.Context(), nil, func(context.Context) error {
			started = true
			return nil
		})
		require.NoError(t, err)
		require.True(t, started, "mode %s", mode)
	}
}

func TestLostLockEndsTheLeader(t *testing.T) {
	cases := map[string]struct {
		why  string
		lose func(context.Context, client.Client) error
	}{
		"deleted": {"another replica deletes the lock after node loss", func(ctx context.Context, c client.Client) error {
			return c.Delete(ctx, lock("uid-1"))
		}},
		"taken over": {"a new lock of the same name has another owner", func(ctx context.Context, c client.Client) error {
			return c.Update(ctx, lock("uid-2"))
		}},
	}
	for name, c := range cases {
		for _, watching := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				looked := make(chan struct{}, 1)
				cluster := cluster(lock("uid-1"), watching, looked)
				e := testElector(cluster)
				ended := make(chan error, 1)
				go func() { ended <- e.Start(t.Context()) }()
				<-looked
				require.NoError(t, c.lose(t.Context(), cluster), c.why)
				require.ErrorIs(t, <-ended, ErrLost, "%s; watching: %t", c.why, watching)
			})
		}
	}
}

func TestLockOfAnotherPodOfTheSameName(t *testing.T) {
	e := testElector(cluster(lock("uid-of-the-former-pod"), true, nil))
	e.start = func(context.Context) error { return errors.New("must not be started") }
	require.ErrorIs(t, e.Start(t.Context()), ErrLost, "Become compares names only; the UID is ours to compare")
}

func TestBecomeFails(t *testing.T) {
	cases := map[string]struct {
		why string
		err error
		say string
	}{
		"outside a cluster": {"Become returns an error there, so the remedy is named", leader.ErrNoNamespace, "--leader-election=off"},
		"forbidden":         {"the lock is named", errors.New("forbidden"), `lock "system/lock": forbidden`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := testElector(cluster(lock("uid-1"), true, nil))
			e.become = func(context.Context, string) error { return c.err }
			err := e.Start(t.Context())
			require.ErrorIs(t, err, c.err, c.why)
			require.ErrorContains(t, err, c.say, c.why)
		})
	}
}

func TestEndWhileWaiting(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	e := testElector(cluster(lock("uid-1"), true, nil))
	e.become = func(context.Context, string) error { <-forever; return nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, e.Start(ctx), "Become may ignore its context; the manager must end all the same")
}

func TestStartFails(t *testing.T) {
	broken := errors.New("no such kind")
	e := testElector(cluster(lock("uid-1"), true, nil))
	e.start = func(context.Context) error { return broken }
	require.ErrorIs(t, e.Start(t.Context()), broken)
	require.False(t, e.NeedLeaderElection())
}

func testElector(cluster client.WithWatch) *elector {
	return &elector{
		config: config,
		become: func(context.Context, string) error { return nil },
		start:  func(context.Context) error { return nil },
		guard:  guard{client: cluster, lock: config.lock(), pod: config.PodName, pause: time.Millisecond},
	}
}

// cluster has our Pod and a lock. It signals when the leader guards the lock: by an
// open watch or, where watching is forbidden, by the attempt.
func cluster(lock *corev1.ConfigMap, watching bool, guarded chan<- struct{}) client.WithWatch {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: config.Namespace, Name: config.PodName, UID: "uid-1"}}
	return fake.NewClientBuilder().WithObjects(pod, lock).WithInterceptorFuncs(interceptor.Funcs{
		Watch: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) (watch.Interface, error) {
			defer func() {
				select {
				case guarded <- struct{}{}:
				default:
				}
			}()
			if !watching {
				return nil, errors.New("forbidden")
			}
			return c.Watch(ctx, list, opts...)
		},
	}).Build()
}

func lock(owner types.UID) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: config.Namespace,
		Name:      config.LockName,
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "v1", Kind: "Pod", Name: config.PodName, UID: owner,
		}},
	}}
}
