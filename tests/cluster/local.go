package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// local is a cluster of hack/localcluster.
type local struct {
	script string
	name   string
}

// environment is what `run.sh env` tells of a running cluster.
type environment struct {
	kubeconfig string
	auditLog   string
	address    string
	programs   string
}

var exported = regexp.MustCompile(`(?m)^export (\w+)='?([^'"\n]*)'?`)

func newLocal(t testing.TB, name string) local {
	return local{script: filepath.Join(Root(t), "hack", "localcluster", "run.sh"), name: name}
}

// Root is the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "no go.mod above the test's folder")
		dir = parent
	}
}

func (l local) command(ctx context.Context, verb string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, l.script, append([]string{verb, "--name", l.name}, args...)...)
}

func (l local) run(ctx context.Context, verb string, args ...string) error {
	if out, err := l.command(ctx, verb, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("localcluster %s of %q: %w: %s", verb, l.name, err, out)
	}
	return nil
}

// load imports an image archive into the node.
func (l local) load(ctx context.Context, archive string) error {
	return l.run(ctx, "load-image", archive)
}

// environment fails when the cluster does not run.
func (l local) environment(ctx context.Context) (environment, error) {
	out, err := l.command(ctx, "env").Output()
	if err != nil {
		return environment{}, fmt.Errorf("localcluster env of %q: %w", l.name, err)
	}
	values := map[string]string{}
	for _, m := range exported.FindAllStringSubmatch(string(out), -1) {
		values[m[1]] = m[2]
	}
	e := environment{
		kubeconfig: values["KUBECONFIG"],
		auditLog:   values["LOCALCLUSTER_AUDIT_LOG"],
		address:    values["LOCALCLUSTER_ADDRESS"],
		programs:   values["PATH"],
	}
	if e.kubeconfig == "" {
		return environment{}, fmt.Errorf("localcluster env of %q names no KUBECONFIG", l.name)
	}
	return e, nil
}

// up starts the cluster for the time of the test.
func (l local) up(t testing.TB, args ...string) environment {
	t.Helper()
	l.stopWithTest(t)
	require.NoError(t, l.run(t.Context(), "up", args...))
	e, err := l.environment(t.Context())
	require.NoError(t, err)
	return e
}

// stopWithTest starts a keeper that takes the cluster down when its standard
// input ends. The kernel closes that pipe however this process ends, so a
// killed or timed-out test leaves nothing behind.
func (l local) stopWithTest(t testing.TB) {
	t.Helper()
	output, err := os.CreateTemp("", "localcluster-down-*.log")
	require.NoError(t, err)
	keeper := exec.Command("/bin/sh", "-c", `read -r _; exec "$0" down --name "$1"`, l.script, l.name)
	keeper.Stdout, keeper.Stderr = output, output
	// A process group of its own keeps Ctrl-C from ending the keeper too.
	keeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := keeper.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, keeper.Start())
	t.Cleanup(func() {
		err := errors.Join(hold.Close(), keeper.Wait(), output.Close())
		said, _ := os.ReadFile(output.Name())
		_ = os.Remove(output.Name())
		if err != nil {
			t.Errorf("taking down cluster %q: %v: %s", l.name, err, said)
		}
	})
}
