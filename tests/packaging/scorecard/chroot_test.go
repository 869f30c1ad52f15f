package scorecard

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// TestWithoutCluster runs the tests that only read: in a folder that has the
// programs and /bundle, as in their image.
func TestWithoutCluster(t *testing.T) {
	requireAsked(t)
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder of a process")
	}
	jail := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(jail, "bundle"), os.DirFS(filepath.Join(cluster.Root(t), "bundle"))))
	binary, err := os.ReadFile(program(t, "SCORECARD_TEST"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(jail, "scorecard-test"), binary, 0o700))
	build(t, filepath.Join(jail, "scorecard"), "./hack/scorecard")
	for _, s := range configured(t) {
		name := s.Labels["test"]
		if name == "sample-serves" || name == "registry-upgraded" {
			continue // they need the operator
		}
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "/"+filepath.Base(s.Entrypoint[0]), s.Entrypoint[1:]...)
			command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Chroot: jail}
			began := time.Now()
			out, err := command.Output()
			require.NoError(t, err)
			var result status
			require.NoError(t, json.Unmarshal(out, &result), "%s", out)
			passed(t, name, result)
			t.Logf("passed after %s", time.Since(began).Round(time.Millisecond))
		})
	}
}

// build builds a static program.
func build(t *testing.T, out, folder string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-trimpath", "-o", out}, args...), folder)...)
	command.Dir, command.Env = cluster.Root(t), append(os.Environ(), "CGO_ENABLED=0")
	said, err := command.CombinedOutput()
	require.NoError(t, err, "%s", said)
}
