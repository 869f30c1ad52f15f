package cluster

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

// Image is the name of a container image, apart as the chart wants it.
type Image struct{ Repository, Tag string }

// LoadImage builds the operator's image and loads it into the local cluster.
// With KUBECONFIG set, nothing is built: E2E_IMAGE names the image to use.
func (c *Cluster) LoadImage(t testing.TB) Image {
	t.Helper()
	if name := os.Getenv("E2E_IMAGE"); name != "" {
		return parseImage(t, name)
	}
	require.Empty(t, os.Getenv("KUBECONFIG"), "set E2E_IMAGE to an image that the cluster of KUBECONFIG can pull")
	root := Root(t)
	build := exec.CommandContext(t.Context(), "make", "-C", root, "image")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "make image: %s", out)
	archive := filepath.Join(root, "dist", "image.tar")
	require.NoError(t, newLocal(t, nodeName).load(t.Context(), archive))
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(archive) })
	require.NoError(t, err)
	require.NotEmpty(t, manifest)
	require.NotEmpty(t, manifest[0].RepoTags, "the archive names no image")
	return parseImage(t, manifest[0].RepoTags[0])
}

func parseImage(t testing.TB, name string) Image {
	t.Helper()
	at := strings.LastIndex(name, ":")
	require.Greater(t, at, strings.LastIndex(name, "/"), "%q has no tag", name)
	return Image{Repository: name[:at], Tag: name[at+1:]}
}
