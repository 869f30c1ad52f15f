package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage/configmap"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/bench/load"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/fixture"
)

const namespace = "bench"

// world is a control plane, and the programs that are compared.
type world struct {
	*cluster.Cluster
	programs string
	storage  storage.Manager
}

func newWorld(t *testing.T, c *cluster.Cluster) *world {
	t.Helper()
	w := &world{Cluster: c, programs: t.TempDir(), storage: configmap.New(c.Client, c.Client, clock.RealClock{})}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.programs+"/", ".", "./tests/bench/cmd/...")
	build.Dir = cluster.Root(t)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	require.NoError(t, c.Client.Create(t.Context(), ns))
	return w
}

// store puts snapshot where the API service of a registry finds it.
func (w *world) store(t *testing.T, name string, snapshot registry.Snapshot) storage.Owner {
	t.Helper()
	object := fixture.FromConfigMap(namespace, name)
	require.NoError(t, w.Client.Create(t.Context(), object))
	owner := storage.Owner{Namespace: namespace, Name: name, UID: object.UID}
	w.publish(t, owner, snapshot)
	return owner
}

func (w *world) publish(t *testing.T, owner storage.Owner, snapshot registry.Snapshot) {
	t.Helper()
	_, err := w.storage.Publish(t.Context(), owner, snapshot, storage.Inputs{}, "bench", nil)
	require.NoError(t, err)
}

// process is a program under test.
type process struct {
	command *exec.Cmd
	address string
}

// start starts a program of the world and stops it with the test.
func (w *world) start(t *testing.T, program, address string, args ...string) *process {
	t.Helper()
	p := &process{command: exec.Command(filepath.Join(w.programs, program), args...), address: address}
	p.command.Env = append(os.Environ(), "KUBECONFIG="+w.Kubeconfig)
	p.command.Stderr = os.Stderr
	require.NoError(t, p.command.Start())
	t.Cleanup(func() {
		_ = p.command.Process.Kill()
		_ = p.command.Wait()
	})
	return p
}

func (w *world) startBaseline(t *testing.T) *process {
	t.Helper()
	address := freeAddress(t)
	p := w.start(t, "baseline", address, "serve", address)
	p.waitFor(t, "/1")
	return p
}

func (w *world) startServer(t *testing.T, owner storage.Owner) *process {
	t.Helper()
	address := freeAddress(t)
	return w.start(t, "mcp-registry-operator", address, "serve", "--namespace", owner.Namespace,
		"--storage-name", v1alpha1.StorageName(owner.Name), "--listen-address", address, "--log-level", "error")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// waitFor waits until the path is answered 200.
func (p *process) waitFor(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		response, err := http.Get("http://" + p.address + path)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	require.Fail(t, "not ready within two minutes")
}

func (p *process) get(t *testing.T, path string, answer any) {
	t.Helper()
	response, err := http.Get("http://" + p.address + path)
	require.NoError(t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", data)
	require.NoError(t, json.Unmarshal(data, answer))
}

func (p *process) etag(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get("http://" + p.address + path)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.Header.Get("ETag")
}

// load runs the load generator.
func (w *world) load(t *testing.T, plan load.Plan) load.Report {
	t.Helper()
	input, err := json.Marshal(plan)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), filepath.Join(w.programs, "load"))
	command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	var report load.Report
	require.NoError(t, json.Unmarshal(out, &report))
	return report
}

// memory is what a process holds, in bytes.
type memory struct {
	// own is anonymous memory; all is with the pages of the program's file, which
	// all replicas on a node share. peak is the most that all was.
	own, all, peak int
}

func (p *process) memory(t *testing.T) memory {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	require.NoError(t, err)
	field := func(name string) int {
		_, rest, found := strings.Cut(string(data), name+":")
		require.True(t, found, name)
		kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
		require.NoError(t, err)
		return kilobytes << 10
	}
	return memory{own: field("RssAnon"), all: field("VmRSS"), peak: field("VmHWM")}
}

// forgetPeak makes the kernel measure the peak anew.
func (p *process) forgetPeak(t *testing.T) {
	t.Helper()
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.command.Process.Pid), []byte("5"), 0))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func megabytes(n int) float64 { return float64(n) / 1e6 }
