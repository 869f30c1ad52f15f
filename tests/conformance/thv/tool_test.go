package thv

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is far beyond the tool's own limit.
const patience = 2 * time.Minute

// attempts is how often a command may run into the tool's own limit of ten
// seconds: the machine may be busy with something else.
const attempts = 3

// tool is thv with a home of its own.
type tool struct {
	path, home string
	// env is what it finds in its environment, beside the home.
	env []string
}

// find returns thv without a registry. The test is skipped where there is no thv.
func find(t *testing.T) tool {
	t.Helper()
	path := os.Getenv("CONFORMANCE_THV")
	if path == "" {
		t.Skip("CONFORMANCE_THV names no program; `make conformance` builds it")
	}
	return tool{path: path, home: t.TempDir(), env: []string{"TOOLHIVE_SKIP_UPDATE_CHECK=true"}}
}

// use makes url the registry.
func (it tool) use(t *testing.T, url string) {
	t.Helper()
	// `thv config` wants a container runtime unless it believes to be in a cluster;
	// the other commands would believe that too, and ignore what was configured.
	it.env = append(slices.Clone(it.env), "TOOLHIVE_RUNTIME=kubernetes")
	it.run(t, "config", "set-registry", "--allow-private-ip", url)
}

// run returns what a command prints.
func (it tool) run(t *testing.T, args ...string) string {
	t.Helper()
	for attempt := 1; ; attempt++ {
		output, problems, err := it.try(t.Context(), args...)
		late := strings.Contains(problems, "deadline exceeded")
		if err != nil && late && attempt < attempts {
			t.Logf("thv %s took longer than it allows itself", strings.Join(args, " "))
			continue
		}
		require.NoError(t, err, "thv %s: %s", strings.Join(args, " "), problems)
		return output
	}
}

func (it tool) try(ctx context.Context, args ...string) (output, problems string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := exec.CommandContext(ctx, it.path, args...)
	command.Dir = it.home
	command.Env = append(slices.Clone(it.env), "HOME="+it.home)
	var said strings.Builder
	command.Stderr = &said
	printed, err := command.Output()
	return string(printed), said.String(), err
}

// shown is an entry as thv prints it in JSON.
type shown struct {
	Name, Description, Tier, Status, Transport string
	Image, URL                                 string
	Tags, Tools                                []string
}

func (it tool) list(t *testing.T, args ...string) []shown {
	t.Helper()
	var all []shown
	output := it.run(t, append(args, "--format", "json")...)
	require.NoError(t, json.Unmarshal([]byte(output), &all), "%.500s", output)
	return all
}

func (it tool) info(t *testing.T, name string) shown {
	t.Helper()
	var one shown
	output := it.run(t, "registry", "info", name, "--format", "json")
	require.NoError(t, json.Unmarshal([]byte(output), &one), "%.500s", output)
	return one
}
