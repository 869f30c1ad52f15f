package scorecard

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

// load gives the node an image of programs: names in the image to files here.
func load(t *testing.T, c *cluster.Cluster, reference string, programs map[string]string) {
	t.Helper()
	var layer bytes.Buffer
	writer := tar.NewWriter(&layer)
	for inside, file := range programs {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, writer.WriteHeader(&tar.Header{Name: inside, Mode: 0o755, Size: int64(len(data)), Typeflag: tar.TypeReg}))
		_, err = writer.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	content, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layer.Bytes())), nil
	})
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, content)
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	file.Config = v1.Config{Env: []string{"PATH=/"}, User: "65532:65532"}
	image, err = mutate.ConfigFile(image, file)
	require.NoError(t, err)
	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	archive := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, tarball.WriteToFile(archive, tag, image))
	c.LoadArchive(t, archive)
}
