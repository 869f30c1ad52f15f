package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/bench/load"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// TestSwapsUnderLoad runs for the time that SOAK says. In its middle third the
// Kubernetes API is gone.
func TestSwapsUnderLoad(t *testing.T) {
	text := os.Getenv("SOAK")
	if text == "" {
		t.Skip("SOAK names no duration: make soak runs this")
	}
	length, err := time.ParseDuration(text)
	require.NoError(t, err)
	c := cluster.ControlPlane(t)
	gate, kubeconfig := newGate(t, c.Kubeconfig)
	versions := newGenerations(t, c)
	programs := program.Build(t, "./tests/bench/cmd/load")
	server := startServer(t, programs, kubeconfig)

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	reports := putUnderLoad(ctx, t, programs, server, length)
	failed, readers := startReaders(ctx, server, versions)
	memory := watchMemory(ctx, t, server)
	time.AfterFunc(length/3, gate.Shut)
	time.AfterFunc(2*length/3, gate.Open)
	versions.publishEverySecond(ctx, t)

	for range readers {
		require.NoError(t, <-failed)
	}
	total := 0
	for range generators {
		report := <-reports
		require.NoError(t, report.err)
		total += report.Requests
	}
	for _, r := range readers {
		total += int(r.answers.Load())
	}
	requireLatest(t, server, versions)
	samples := <-memory
	third := len(samples) / 3
	first, last := slices.Max(samples[:third]), slices.Max(samples[2*third:])
	fmt.Printf("%d requests, none failed, %d snapshots; that is %.1f h of 100 requests a second; memory of its own at most %d MB in the first third, %d MB in the last\n",
		total, versions.number, float64(total)/100/3600, first>>20, last>>20)
	require.Less(t, last, first+first/4+8<<20, "memory must not grow")
}

func startServer(t *testing.T, programs program.Folder, kubeconfig string) *program.Process {
	t.Helper()
	address := program.FreeAddress(t)
	server := programs.Start(t, program.Operator, address, []string{"KUBECONFIG=" + kubeconfig}, "serve", "--namespace", namespace,
		"--storage-name", v1alpha1.StorageName(name), "--listen-address", address, "--metrics-address", program.FreeAddress(t), "--log-level", "error")
	server.WaitFor(t, "/readiness")
	return server
}

// generators is how many load generators run, each with a question of its own.
const generators = 3

type outcome struct {
	load.Report
	err error
}

// putUnderLoad starts the load generators; each reports once.
func putUnderLoad(ctx context.Context, t *testing.T, programs program.Folder, server *program.Process, length time.Duration) <-chan outcome {
	t.Helper()
	reports := make(chan outcome, generators)
	for _, paths := range [generators][]string{
		{"/v0.1/servers", "/v0.1/servers?limit=100", "/v0.1/servers?limit=1"},
		{"/v0.1/servers/io.example%2Fserver-0042/versions/latest", "/v0.1/servers/io.example%2Fserver-1000/versions"},
		{"/v0.1/servers?search=server-0", "/v0.1/servers?version=latest&limit=50", "/v0.1/x/servers/search?q=server"},
	} {
		plan := load.Plan{Address: server.Address, Paths: paths, Status: 200, Connections: 6, Duration: length - 2*time.Second}
		input, err := json.Marshal(plan)
		require.NoError(t, err)
		command := exec.CommandContext(context.WithoutCancel(ctx), programs.Path("load"))
		command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
		go func() {
			out, err := command.Output()
			result := outcome{err: err}
			if err == nil {
				result.err = json.Unmarshal(out, &result.Report)
			}
			reports <- result
		}()
	}
	return reports
}

func startReaders(ctx context.Context, server *program.Process, versions *generations) (<-chan error, []*reader) {
	failed := make(chan error, 2)
	readers := make([]*reader, 2)
	for i := range readers {
		readers[i] = &reader{base: "http://" + server.Address, generations: versions}
		go func() { failed <- readers[i].read(ctx) }()
	}
	return failed, readers
}

// watchMemory samples the server's own memory until ctx ends.
func watchMemory(ctx context.Context, t *testing.T, server *program.Process) <-chan []int {
	t.Helper()
	result := make(chan []int, 1)
	go func() {
		var samples []int
		for ctx.Err() == nil {
			samples = append(samples, server.Memory(t).Own)
			time.Sleep(200 * time.Millisecond)
		}
		result <- samples
	}()
	return result
}

// requireLatest waits until what was published last is served.
func requireLatest(t *testing.T, server *program.Process, versions *generations) {
	t.Helper()
	require.Eventually(t, func() bool {
		var state struct{ Digest registry.Digest }
		server.Get(t, "/readiness", &state)
		return state.Digest == versions.last.Digest
	}, time.Minute, 50*time.Millisecond, "the last snapshot is never served")
}
