package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/storage"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// compareStart measures the time from the start of the process until it is ready
// against reading, decompressing and hashing alone, and returns the server.
func (w *world) compareStart(t *testing.T, owner storage.Owner) *program.Process {
	t.Helper()
	var ours, theirs, ratios []float64
	var server *program.Process
	for range starts {
		if server != nil {
			server.Kill()
		}
		started := time.Now()
		server = w.startServer(t, owner)
		server.WaitFor(t, "/readiness")
		ready := time.Since(started).Seconds()

		read := exec.CommandContext(t.Context(), w.programs.Path("baseline"), "read", owner.Namespace, v1alpha1.StorageName(owner.Name))
		read.Env, read.Stderr = append(os.Environ(), "KUBECONFIG="+w.Kubeconfig), os.Stderr
		started = time.Now()
		require.NoError(t, read.Run())
		least := time.Since(started).Seconds()
		ours, theirs, ratios = append(ours, ready), append(theirs, least), append(ratios, ready/least)
	}
	fmt.Printf("\nready after start      %8.0f ms; reading, decompressing and hashing alone %.0f ms; ratio %.2f, goal 2.00\n",
		median(ours)*1000, median(theirs)*1000, median(ratios))
	return server
}

func compareMemory(t *testing.T, server *program.Process, steady program.Memory, snapshot registry.Snapshot) {
	t.Helper()
	loaded := server.Memory(t)
	records := len(snapshot.Content)
	fmt.Printf("memory of its own      %8.1f MB after start, %.1f MB after the load; %.2f of the records + 20 MB, goal 1.50\n",
		megabytes(steady.Own), megabytes(loaded.Own), (megabytes(loaded.Own)-20)/megabytes(records))
	fmt.Printf("with the program file  %8.1f MB after start, %.1f MB after the load\n", megabytes(steady.All), megabytes(loaded.All))
}

// compareSwap changes one record and watches the memory meanwhile.
func (w *world) compareSwap(t *testing.T, server *program.Process, owner storage.Owner, snapshot registry.Snapshot) {
	t.Helper()
	before := server.Memory(t)
	server.ForgetPeak(t)
	changed := registry.New(bytes.Replace(snapshot.Content, []byte(`"description":"`), []byte(`"description":"A `), 1), snapshot.Servers)
	started := time.Now()
	w.publish(t, owner, changed)
	published := time.Now()
	for deadline := started.Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		var state struct{ Digest registry.Digest }
		server.Get(t, "/readiness", &state)
		if state.Digest == changed.Digest {
			break
		}
		require.True(t, time.Now().Before(deadline), "the change is not served")
	}
	peak := server.Memory(t).Peak
	fmt.Printf("swap                   %8.0f ms from published to served; peak memory %.2f of the steady state, goal 2.00\n\n",
		float64(time.Since(published).Milliseconds()), float64(peak)/float64(before.All))
}
