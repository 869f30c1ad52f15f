package release

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

func bundle(t *testing.T, r *dryRun) {
	folder := r.extract(t, operator+"-bundle", runtime.GOARCH)
	csv, err := os.ReadFile(filepath.Join(folder, "manifests", operator+".clusterserviceversion.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(csv), "containerImage: "+r.images[operator].String())
	require.Contains(t, string(csv), "relatedImages:")
	for _, image := range regexp.MustCompile(regexp.QuoteMeta(operator)+`@(sha256:[0-9a-f]+)`).FindAllStringSubmatch(string(csv), -1) {
		require.Equal(t, r.images[operator].DigestStr(), image[1])
	}
	tests, err := os.ReadFile(filepath.Join(folder, "tests", "scorecard", "config.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(tests), r.images[operator+"-scorecard"].String())
	for _, architecture := range []string{"amd64", "arm64"} {
		file, err := r.image(t, operator+"-bundle", architecture).ConfigFile()
		require.NoError(t, err)
		require.Equal(t, operator, file.Config.Labels["operators.operatorframework.io.bundle.package.v1"])
		require.Equal(t, "stable", file.Config.Labels["operators.operatorframework.io.bundle.channels.v1"])
	}
}

// catalogue: the programs of the image serve what it holds, and that leads to the bundle.
func catalogue(t *testing.T, r *dryRun) {
	folder := r.extract(t, operator+"-catalog", runtime.GOARCH)
	opm := filepath.Join(folder, "bin", "opm")
	run(t, ".", opm, "validate", filepath.Join(folder, "configs"))
	catalog, err := os.ReadFile(filepath.Join(folder, "configs", operator, "catalog.json"))
	require.NoError(t, err)
	require.Contains(t, string(catalog), r.images[operator+"-bundle"].String())
	require.Contains(t, string(catalog), r.images[operator].String())

	address := serve(t, opm, filepath.Join(folder, "configs"))
	probe := filepath.Join(folder, "bin", "grpc_health_probe")
	cluster.Eventually(t, "the catalogue to be served", func(ctx context.Context) error {
		return exec.CommandContext(ctx, probe, "-addr="+address).Run()
	})
	installedByOLM(t, r, opm, address)
}

// installedByOLM: OLM installs what the catalogue leads to, and that does its main job.
func installedByOLM(t *testing.T, r *dryRun, opm, catalog string) {
	t.Helper()
	t.Setenv("RELEASED_OPM", opm)
	t.Setenv("RELEASED_CATALOG", catalog)
	t.Setenv("RELEASED_BUNDLE", r.extract(t, operator+"-bundle", runtime.GOARCH))
	t.Setenv("RELEASED_BUNDLE_IMAGE", r.images[operator+"-bundle"].String())
	t.Setenv("RELEASED_OPERATOR", filepath.Join(r.extract(t, operator, runtime.GOARCH), operator))
	out := run(t, "../olm", "go", "test", ".", "-run", "^TestReleased$", "-count=1", "-v")
	require.Contains(t, string(out), "--- PASS: TestReleased")
	t.Logf("%s", out)
}

// serve runs the catalogue's own program, as OLM's Pod does.
func serve(t *testing.T, opm, folder string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	c := exec.CommandContext(t.Context(), opm, "serve", folder, "--port", port, "--termination-log", "")
	c.Env = []string{"HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return net.JoinHostPort("127.0.0.1", port)
}
