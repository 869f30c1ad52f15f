package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/format"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/corpus"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/program"
)

// syncRounds is how often a sync and the least are run, in turn.
const syncRounds = 3

// TestPipeline compares a sync, from the fetched bytes to the chunks that are
// written, with the least that could be done with the same bytes, each in a
// process of its own.
func TestPipeline(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("BENCH is not set: make bench runs this")
	}
	programs := program.Build(t, "./tests/bench/cmd/pipeline")
	fmt.Printf("%-24s %8s %8s %8s %6s %6s %8s %10s %7s\n", "", "MB", "sync s", "least s", "ratio", "goal", "CPU", "peak MB", "of goal")
	for _, size := range sizes {
		compareSync(t, programs, fmt.Sprintf("%d servers", size), format.Upstream, corpus.File(t, size, ""))
		compareSync(t, programs, fmt.Sprintf("%d, indented", size), format.Upstream, corpus.File(t, size, "  "))
	}
	compareReal(t, programs)
	mirror(t, programs)
}

// mirror is the memory that a mirror of the public registry takes, all of it.
func mirror(t *testing.T, programs program.Folder) {
	t.Helper()
	snapshot := corpus.Snapshot(t, 187_000)
	var pages bytes.Buffer
	n := 0
	for line := range bytes.Lines(snapshot.Content) {
		begin := `{"servers":[`
		if n++; n%1000 != 1 {
			begin = ","
		}
		pages.WriteString(begin)
		pages.Write(bytes.TrimSuffix(line, []byte{'\n'}))
		if n%1000 == 0 {
			pages.WriteString("]}\n")
		}
	}
	file := filepath.Join(t.TempDir(), "pages")
	require.NoError(t, os.WriteFile(file, pages.Bytes(), 0o600))
	sync := run(t, programs, "pages", string(format.Upstream), file)
	fmt.Printf("\n%d versions of another registry, %.1f MB, from a spool: first %.2f s, peak %.1f MB; later %.2f s, peak %.1f MB\n",
		sync.Servers, megabytes(pages.Len()), sync.Seconds, megabytes(sync.Peak), sync.Changed, megabytes(sync.PeakChanged))
}

// measured is one run of the program.
type measured struct {
	Seconds, Again    float64
	Changed           float64
	Servers, Rejected int
	Peak, PeakChanged int
	CPU               float64
}

func compareSync(t *testing.T, programs program.Folder, name string, f format.Format, data []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registry.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	var ours, theirs, ratios, cpu, peaks []float64
	for range syncRounds {
		least := run(t, programs, "least", file)
		sync := run(t, programs, "sync", string(f), file)
		require.NotZero(t, sync.Servers)
		require.Zero(t, sync.Rejected, name)
		require.Less(t, sync.Again*100, sync.Seconds, "an unchanged source is not read")
		ours, theirs = append(ours, sync.Seconds), append(theirs, least.Seconds)
		ratios, cpu, peaks = append(ratios, sync.Seconds/least.Seconds), append(cpu, sync.CPU/least.CPU), append(peaks, megabytes(sync.Peak))
	}
	goal := 2*megabytes(len(data)) + 64
	fmt.Printf("%-24s %8.1f %8.2f %8.2f %6.2f %6.2f %8.2f %10.1f %7.2f\n", name, megabytes(len(data)),
		median(ours), median(theirs), median(ratios), 4.0, median(cpu), median(peaks), median(peaks)/goal)
}

func run(t *testing.T, programs program.Folder, args ...string) measured {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.Path("pipeline"), args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	var m measured
	require.NoError(t, json.Unmarshal(out, &m))
	return m
}

// compareReal multiplies the entries of real catalogues, under other names, up
// to the size of the invented one.
func compareReal(t *testing.T, programs program.Folder) {
	t.Helper()
	folder := os.Getenv("MCP_REGISTRY_TEST_DATA")
	if folder == "" {
		fmt.Println("MCP_REGISTRY_TEST_DATA is not set: real entries are not measured")
		return
	}
	for _, name := range []string{"upstream-registry.json", "toolhive-catalog-2026-11-03.json"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		compareSync(t, programs, name[:22], format.Upstream, multiplied(t, data, 100<<20))
	}
}

func multiplied(t *testing.T, data []byte, size int) []byte {
	t.Helper()
	var registry struct {
		Data struct{ Servers []map[string]json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(data, &registry))
	file := []byte(`[`)
	for n := 0; len(file) < size; n++ {
		for _, server := range registry.Data.Servers {
			server["version"] = []byte(strconv.Quote(fmt.Sprintf("%d.0.0", n)))
			entry, err := json.Marshal(server)
			require.NoError(t, err)
			file = append(append(file, entry...), ',')
		}
	}
	file[len(file)-1] = ']'
	return file
}
