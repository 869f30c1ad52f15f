package packaging

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// commands are the blocks of a document that a shell can run.
var commands = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// documented: the commands of docs/install.md do what they are there for, in
// their order.
func documented(t *testing.T, w *world, h helm) {
	document, err := os.ReadFile(filepath.Join(cluster.Root(t), "docs", "install.md"))
	require.NoError(t, err)
	var lines bytes.Buffer
	for _, block := range commands.FindAllSubmatch(document, -1) {
		lines.Write(block[1])
	}
	script := lines.String()
	require.Contains(t, script, "helm rollback")
	for _, namespace := range []string{"mcp-registry-system", "team-a", "team-b"} {
		w.removeAfterwards(t, h, namespace)
	}

	// Everything goes to this cluster, whatever the caller of the test has set.
	shell := exec.CommandContext(t.Context(), "bash", "-euxo", "pipefail", "-c", script)
	shell.Dir = cluster.Root(t)
	shell.Env = slices.Concat(h.environment, []string{"PATH=" + w.path(t, h)})
	out, err := shell.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%d lines of commands did what they should", strings.Count(script, "\n"))
}

// path is a PATH on which helm is this one and kubectl the cluster's.
func (w *world) path(t *testing.T, h helm) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Symlink(h.path, filepath.Join(folder, "helm")))
	return strings.Join([]string{folder, w.Programs, os.Getenv("PATH")}, string(os.PathListSeparator))
}

// removeAfterwards removes a namespace that the test makes, and the releases in
// it. One that is there already is somebody else's.
func (w *world) removeAfterwards(t *testing.T, h helm, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	cluster.Eventually(t, "namespace "+name+", which the test makes, not to be there", func(ctx context.Context) error {
		err := w.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)
		if err == nil {
			return fmt.Errorf("it is %s", namespace.Status.Phase)
		}
		return client.IgnoreNotFound(err)
	})
	t.Cleanup(func() {
		there := h.in(name)
		for release := range strings.FieldsSeq(there.run(t, "list", "--short", "--all")) {
			there.run(t, "uninstall", release)
		}
		require.NoError(t, client.IgnoreNotFound(w.Client.Delete(context.WithoutCancel(t.Context()), namespace)))
	})
}
