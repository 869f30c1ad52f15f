package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"

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
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

const namespace = "bench"

// world is a control plane, and the programs that are compared.
type world struct {
	*cluster.Cluster
	programs program.Folder
	storage  storage.Manager
}

func newWorld(t *testing.T, c *cluster.Cluster) *world {
	t.Helper()
	w := &world{
		Cluster: c, programs: program.Build(t, "./tests/bench/cmd/..."),
		storage: configmap.New(c.Client, c.Client, clock.RealClock{}),
	}
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
	_, err := w.storage.Publish(t.Context(), owner, snapshot, storage.Origin{}, nil)
	require.NoError(t, err)
}

func (w *world) startBaseline(t *testing.T) *program.Process {
	t.Helper()
	address := program.FreeAddress(t)
	p := w.programs.Start(t, "baseline", address, nil, "serve", address)
	p.WaitFor(t, "/size/1")
	return p
}

func (w *world) startServer(t *testing.T, owner storage.Owner) *program.Process {
	t.Helper()
	address := program.FreeAddress(t)
	return w.programs.Start(t, program.Operator, address, []string{"KUBECONFIG=" + w.Kubeconfig}, "serve", "--namespace", owner.Namespace,
		"--storage-name", v1alpha1.StorageName(owner.Name), "--listen-address", address, "--metrics-address", program.FreeAddress(t), "--log-level", "error")
}

// load runs the load generator.
func (w *world) load(t *testing.T, plan load.Plan) load.Report {
	t.Helper()
	input, err := json.Marshal(plan)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), w.programs.Path("load"))
	command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	var report load.Report
	require.NoError(t, json.Unmarshal(out, &report))
	return report
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func megabytes(n int) float64 { return float64(n) / 1e6 }
