package olm

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// built is the path of a program that make has built.
func built(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "%s is not set: run make e2e-packaging", variable)
	return path
}

// start starts a program in a folder of its own.
func start(t *testing.T, environment []string, path string, args ...string) *program.Process {
	t.Helper()
	command := exec.Command(path, args...)
	command.Env, command.Dir = environment, t.TempDir()
	return program.Run(t, command)
}

// output runs a program to its end, in the folder of the repository.
func output(t *testing.T, path string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir = cluster.Root(t)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	require.NoError(t, err, "%s %s: %s", filepath.Base(path), strings.Join(args, " "), complaint.Bytes())
	return out
}

// freePort is a port of loopback that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(program.FreeAddress(t))
	require.NoError(t, err)
	return port
}
