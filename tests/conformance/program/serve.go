package program

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/conformance/corpus"
)

// patience is how long anything may take; no test measures it.
const patience = 2 * time.Minute

// builtIn is the folder of the program, empty until it is built.
var builtIn string

var built = sync.OnceValues(func() (string, error) {
	var err error
	if builtIn, err = os.MkdirTemp("", "conformance-"); err != nil {
		return "", err
	}
	path := filepath.Join(builtIn, "mcp-registry-operator")
	command := exec.Command("go", "build", "-o", path, ".")
	command.Dir = Root()
	command.Stderr = os.Stderr
	return path, command.Run()
})

// Root is the folder of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0) //nolint:dogsled // the three are not needed
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Remove deletes what was built, if anything was; call it from TestMain.
func Remove() {
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
}

// Serve runs the program with serve over a file until the test ends, and
// returns its URL.
func Serve(tb testing.TB, file string, f format.Format) string {
	tb.Helper()
	path, err := built()
	require.NoError(tb, err, "building the program")
	address := FreeAddress(tb)
	Start(tb, exec.Command(path, "serve", "--file", file, "--format", string(f),
		"--listen-address", address, "--registry-name", corpus.RegistryName))
	WaitFor(tb, "http://"+address+"/readiness")
	return "http://" + address
}

// ServeDocuments is [Serve] over documents.
func ServeDocuments(tb testing.TB, documents []json.RawMessage) string {
	tb.Helper()
	data, err := corpus.File(documents)
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "registry.json")
	require.NoError(tb, os.WriteFile(file, data, 0o600))
	return Serve(tb, file, format.Upstream)
}

// Start runs a command until the test ends, and shows what it said if the test failed.
func Start(tb testing.TB, command *exec.Cmd) {
	tb.Helper()
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGINT // a test that is killed cannot clean up
	require.NoError(tb, command.Start())
	tb.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
		defer timer.Stop()
		_ = command.Wait()
		if tb.Failed() {
			tb.Logf("%s said:\n%s", command.Path, tail(output.String()))
		}
	})
}

func tail(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// FreeAddress is a loopback address that nobody listens on.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer listener.Close()
	return listener.Addr().String()
}

// WaitFor waits until url is answered 200.
func WaitFor(tb testing.TB, url string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		require.NoError(tb, err)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		require.NoError(tb, ctx.Err(), "%s is not answered: %v", url, err)
		time.Sleep(20 * time.Millisecond)
	}
}

// Module is the folder of a module of the build list.
func Module(tb testing.TB, path string) string {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path)
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(tb, err, "finding the module %s", path)
	return strings.TrimSpace(string(output))
}
