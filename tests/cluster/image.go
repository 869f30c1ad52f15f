package cluster

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

// Image is the name of a container image, apart as the chart wants it.
type Image struct {
	Repository, Tag string

	archive string // empty if somebody else built it
}

// LoadImage builds the operator's image and loads it into the local cluster.
// With KUBECONFIG set, nothing is built: E2E_IMAGE names the image to use.
func (c *Cluster) LoadImage(t testing.TB) Image {
	t.Helper()
	if given := os.Getenv("E2E_IMAGE"); given != "" {
		return parseImage(t, given)
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
	image := parseImage(t, manifest[0].RepoTags[0])
	image.archive = archive
	return image
}

// LoadCopy loads the same image under another tag, as if it were another
// version. Only an image that [Cluster.LoadImage] has built can be copied.
func (c *Cluster) LoadCopy(t testing.TB, image Image, tag string) Image {
	t.Helper()
	if image.archive == "" {
		t.Skip("there is no archive of this image: unset E2E_IMAGE")
	}
	content, err := tarball.ImageFromPath(image.archive, nil)
	require.NoError(t, err)
	reference, err := name.NewTag(image.Repository + ":" + tag)
	require.NoError(t, err)
	archive := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, tarball.WriteToFile(archive, reference, content))
	require.NoError(t, newLocal(t, nodeName).load(t.Context(), archive))
	return Image{Repository: image.Repository, Tag: tag, archive: archive}
}

func parseImage(t testing.TB, full string) Image {
	t.Helper()
	at := strings.LastIndex(full, ":")
	require.Greater(t, at, strings.LastIndex(full, "/"), "%q has no tag", full)
	return Image{Repository: full[:at], Tag: full[at+1:]}
}

// LoadArchive loads any image archive into the local cluster.
func (c *Cluster) LoadArchive(t testing.TB, archive string) {
	t.Helper()
	require.NoError(t, newLocal(t, nodeName).load(t.Context(), archive))
}
