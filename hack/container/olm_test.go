package container

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	for path, content := range files {
		full := filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
	}
	return root
}

func testBundle(t *testing.T, annotations string) string {
	t.Helper()
	return write(t, t.TempDir(), map[string]string{
		"manifests/csv.yaml":           "kind: ClusterServiceVersion",
		"metadata/annotations.yaml":    annotations,
		"tests/scorecard/config.yaml":  "kind: Configuration",
		"not-in-the-image/secret.yaml": "kind: Secret",
	})
}

func TestBundleHoldsItsFoldersAndLabels(t *testing.T) {
	image, err := Bundle(testBundle(t, "annotations: {operators.operatorframework.io.bundle.package.v1: x}"), "amd64", origin)
	require.NoError(t, err)
	require.Equal(t, []string{
		"manifests", "manifests/csv.yaml", "metadata", "metadata/annotations.yaml",
		"tests", "tests/scorecard", "tests/scorecard/config.yaml",
	}, slices.Sorted(maps.Keys(headers(t, image))))
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "x", file.Config.Labels["operators.operatorframework.io.bundle.package.v1"])
	require.Equal(t, "1.2.3", file.Config.Labels["org.opencontainers.image.version"])
}

func TestBundleWithoutPackageIsRefused(t *testing.T) {
	_, err := Bundle(testBundle(t, "annotations: {}"), "amd64", origin)
	require.ErrorContains(t, err, "names no package")
	_, err = Bundle(t.TempDir(), "amd64", origin)
	require.ErrorContains(t, err, "annotations.yaml")
}

func TestCatalogServesItself(t *testing.T) {
	folder := write(t, t.TempDir(), map[string]string{"operator/catalog.yaml": "schema: olm.package"})
	image, err := Catalog(folder, CatalogPrograms{"opm": []byte("o"), "grpc_health_probe": []byte("p")}, "arm64", origin)
	require.NoError(t, err)
	found := headers(t, image)
	for _, name := range []string{"bin/opm", "bin/grpc_health_probe"} {
		require.Contains(t, found, name)
		require.Equal(t, int64(0o755), found[name].Mode)
	}
	require.Contains(t, found, "configs/operator/catalog.yaml")
	require.Contains(t, found, "tmp", "opm keeps its cache there")
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "/configs", file.Config.Labels["operators.operatorframework.io.index.configs.v1"])
	require.Equal(t, []string{"/bin/opm", "serve", "/configs"}, append(file.Config.Entrypoint, file.Config.Cmd...))

	_, err = Catalog(folder, CatalogPrograms{"opm": []byte("o")}, "arm64", origin)
	require.ErrorContains(t, err, "grpc_health_probe")
}
