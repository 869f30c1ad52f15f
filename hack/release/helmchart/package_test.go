package helmchart

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/chart/loader"
)

const folder = "../../../charts/mcp-registry-operator"

var pins = Pins{
	Version: "1.2.3-rc.1", Registry: "127.0.0.1:5000", Repository: "team/operator",
	Digest: "sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	Time:   time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
}

func TestPackageIsPinned(t *testing.T) {
	data, err := Package(folder, pins)
	require.NoError(t, err)
	made, err := loader.LoadArchive(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, pins.Version, made.Metadata.Version)
	require.Equal(t, pins.Version, made.Metadata.AppVersion)
	image, ok := made.Values["image"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, pins.Registry, image["registry"])
	require.Equal(t, pins.Repository, image["repository"])
	require.Equal(t, pins.Digest, image["digest"])
}

// TestPackageLosesNothing: all but the pinned lines is as in the repository.
func TestPackageLosesNothing(t *testing.T) {
	data, err := Package(folder, pins)
	require.NoError(t, err)
	made, err := loader.LoadArchive(bytes.NewReader(data))
	require.NoError(t, err)
	source, err := loader.LoadDir(folder)
	require.NoError(t, err)
	require.Len(t, made.Raw, len(source.Raw))
	files := map[string][]byte{}
	for _, file := range made.Raw {
		files[file.Name] = file.Data
	}
	for _, file := range source.Raw {
		switch file.Name {
		case "Chart.yaml", "values.yaml":
			require.Equal(t, bytes.Count(file.Data, []byte("\n")), bytes.Count(files[file.Name], []byte("\n")), file.Name)
		default:
			require.Equal(t, string(file.Data), string(files[file.Name]), file.Name)
		}
	}
}

func TestPackageIsReproducible(t *testing.T) {
	first, err := Package(folder, pins)
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.CopyFS(copied, os.DirFS(folder)))
	second, err := Package(copied, pins)
	require.NoError(t, err)
	require.Equal(t, first, second)

	digests := map[string]bool{}
	for _, data := range [][]byte{first, second} {
		made, err := Artifact(data, "mcp-registry-operator", pins)
		require.NoError(t, err)
		digest, err := made.Digest()
		require.NoError(t, err)
		digests[digest.String()] = true
	}
	require.Len(t, digests, 1)
}

// TestChartWithoutPlaceForDigestIsRefused: a release that is not pinned is none.
func TestChartWithoutPlaceForDigestIsRefused(t *testing.T) {
	copied := filepath.Join(t.TempDir(), "chart")
	require.NoError(t, os.CopyFS(copied, os.DirFS(folder)))
	path := filepath.Join(copied, "values.yaml")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.Replace(data, []byte("  digest:"), []byte("  fingerprint:"), 1), 0o600))
	_, err = Package(copied, pins)
	require.ErrorContains(t, err, "values.yaml")
	_, err = Package(t.TempDir(), pins)
	require.Error(t, err)
}
