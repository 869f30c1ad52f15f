package packaging

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// helm is one version of the helm program, for one namespace.
type helm struct {
	path, namespace string
	environment     []string
	// as is who asks the cluster, with --kube-as-user; an administrator if empty.
	as string
}

// helm finds the program that a variable names. It sees nothing of the settings
// of whoever runs the test.
func (w *world) helm(t *testing.T, variable string) helm {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "%s has to name a helm program; make e2e-packaging builds it", variable)
	home := t.TempDir()
	return helm{path: path, environment: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "KUBECONFIG=" + w.Kubeconfig,
		"HELM_CACHE_HOME=" + home, "HELM_CONFIG_HOME=" + home, "HELM_DATA_HOME=" + home,
	}}
}

// in is the same program for another namespace.
func (h helm) in(namespace string) helm {
	h.namespace = namespace
	return h
}

// by is the same program for another user.
func (h helm) by(user string) helm {
	h.as = user
	return h
}

// run runs a command of helm, waits for what it installs, and returns what it
// prints. It goes on when the test is over: a step that is cut off leaves a
// release in a state that nobody asked for.
func (h helm) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := h.try(t, args...)
	require.NoError(t, err)
	return out
}

// try is run, for what may fail.
func (h helm) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if slices.Contains([]string{"install", "upgrade", "rollback", "uninstall"}, args[0]) {
		args = append(args, "--wait", "--timeout", cluster.Patience.String())
	}
	if h.namespace != "" {
		args = append(args, "--namespace", h.namespace)
	}
	if h.as != "" {
		args = append(args, "--kube-as-user", h.as, "--kube-as-group", "system:authenticated")
	}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), h.path, args...)
	command.Env = h.environment
	var out, problem bytes.Buffer
	command.Stdout, command.Stderr = &out, &problem
	began := time.Now()
	err := command.Run()
	t.Logf("helm %s: %s", args[0], time.Since(began).Round(time.Millisecond))
	if err != nil {
		err = &failure{command: strings.Join(args, " "), said: problem.String() + out.String(), cause: err}
	}
	return out.String(), err
}

// failure is a command of helm that failed, with what it said.
type failure struct {
	command, said string
	cause         error
}

func (f *failure) Error() string { return "helm " + f.command + ": " + f.cause.Error() + ": " + f.said }
func (f *failure) Unwrap() error { return f.cause }
