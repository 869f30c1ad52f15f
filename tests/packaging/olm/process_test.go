package olm

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	programs "github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// program is the path of a program that make has built.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "%s is not set: run make e2e-packaging", variable)
	return path
}

// process is a program that runs until it is stopped, or the test ends.
type process struct {
	command *exec.Cmd
	log     string
}

// start starts a program. If the test fails, the end of what it wrote is shown.
func start(t *testing.T, environment []string, path string, args ...string) *process {
	t.Helper()
	folder := t.TempDir()
	log, err := os.Create(filepath.Join(folder, "log"))
	require.NoError(t, err)
	p := &process{command: exec.Command(path, args...), log: log.Name()}
	p.command.Env, p.command.Dir = environment, folder
	p.command.Stdout, p.command.Stderr = log, log
	// It ends with the test, however that ends.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.command.Start())
	t.Cleanup(func() {
		p.stop()
		_ = log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(p.log)
			lines := bytes.Split(text, []byte("\n"))
			t.Logf("%s ended with:\n%s", filepath.Base(path), bytes.Join(lines[max(0, len(lines)-40):], []byte("\n")))
		}
	})
	return p
}

// stop ends the program at once. It may be called again.
func (p *process) stop() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
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
	_, port, err := net.SplitHostPort(programs.FreeAddress(t))
	require.NoError(t, err)
	return port
}
