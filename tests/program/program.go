// Package program runs this repository's programs as processes of their own, for
// tests that measure them or end them.
package program

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// Operator is the program that is also the API service.
const Operator = "mcp-registry-operator"

// patience is how long a program may take to answer.
const patience = 2 * time.Minute

// Folder holds built programs.
type Folder string

// Build builds the product and the main packages of the given folders.
func Build(t testing.TB, packages ...string) Folder {
	t.Helper()
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", folder + "/", "."}, packages...)...)
	build.Dir = cluster.Root(t)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return Folder(folder)
}

// Path is where a program lies.
func (f Folder) Path(name string) string { return filepath.Join(string(f), name) }

// Process is a program that runs.
type Process struct {
	Command *exec.Cmd
	// Address is where it listens; empty if nobody has said.
	Address string
}

// Run starts a command and kills it when the test ends, however that ends. What the
// command writes is kept, unless it has a place for it, and its end is shown when the
// test fails.
func Run(t testing.TB, command *exec.Cmd) *Process {
	t.Helper()
	if command.Stderr == nil {
		keepOutput(t, command)
	}
	// A test that is killed cannot clean up.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, command.Start())
	p := &Process{Command: command}
	t.Cleanup(p.Kill)
	return p
}

// shownLines is how many lines a program that took part in a failure is quoted with.
const shownLines = 40

func keepOutput(t testing.TB, command *exec.Cmd) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	command.Stdout, command.Stderr = log, log
	t.Cleanup(func() {
		_ = log.Close()
		if !t.Failed() {
			return
		}
		text, _ := os.ReadFile(log.Name())
		lines := bytes.Split(text, []byte("\n"))
		t.Logf("%s ended with:\n%s", command, bytes.Join(lines[max(0, len(lines)-shownLines):], []byte("\n")))
	})
}

// Start starts a program of the folder, with more environment variables. What it
// writes to standard error is the test's.
func (f Folder) Start(t testing.TB, name, address string, environment []string, args ...string) *Process {
	t.Helper()
	command := exec.Command(f.Path(name), args...)
	command.Env, command.Stderr = append(os.Environ(), environment...), os.Stderr
	p := Run(t, command)
	p.Address = address
	return p
}

// Kill ends the program at once. It may be called again.
func (p *Process) Kill() {
	_ = p.Command.Process.Kill()
	_ = p.Command.Wait()
}

// FreeAddress is a loopback address with a port that is free now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// WaitFor waits until the path is answered 200.
func (p *Process) WaitFor(t testing.TB, path string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		response, err := http.Get("http://" + p.Address + path)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	require.Fail(t, "the program is not ready", "%s%s after %s", p.Address, path, patience)
}

// Get reads a JSON answer and returns its headers.
func (p *Process) Get(t testing.TB, path string, answer any) http.Header {
	t.Helper()
	response, err := http.Get("http://" + p.Address + path)
	require.NoError(t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", data)
	require.NoError(t, json.Unmarshal(data, answer), "%s", data)
	return response.Header
}
