package container

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

var origin = Origin{Version: "1.2.3", Revision: "abc", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

func operator(t *testing.T, architecture string) v1.Image {
	t.Helper()
	image, err := Operator.Image([]byte("program"), architecture, origin)
	require.NoError(t, err)
	return image
}

// headers are the files of an image, by name.
func headers(t *testing.T, image v1.Image) map[string]*tar.Header {
	t.Helper()
	found := map[string]*tar.Header{}
	stream := mutate.Extract(image)
	defer stream.Close()
	for reader := tar.NewReader(stream); ; {
		header, err := reader.Next()
		if err != nil {
			require.EqualError(t, err, "EOF")
			return found
		}
		found[header.Name] = header
	}
}

func TestOperatorRunsUnprivileged(t *testing.T) {
	image := operator(t, "arm64")
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "65532:65532", file.Config.User)
	require.Equal(t, []string{"/mcp-registry-operator"}, file.Config.Entrypoint)
	require.Equal(t, "arm64", file.Architecture)
	require.Len(t, file.RootFS.DiffIDs, 2)
	require.Equal(t, origin.Created, file.Created.Time)
}

func TestOperatorSaysWhereItComesFrom(t *testing.T) {
	image := operator(t, "amd64")
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "1.2.3", file.Config.Labels["org.opencontainers.image.version"])
	require.Equal(t, "abc", file.Config.Labels["org.opencontainers.image.revision"])
	require.Equal(t, "2026-01-02T03:04:05Z", file.Config.Labels["org.opencontainers.image.created"])
	manifest, err := image.Manifest()
	require.NoError(t, err)
	require.Equal(t, file.Config.Labels, manifest.Annotations)
	require.Equal(t, types.OCIManifestSchema1, manifest.MediaType)
	require.Equal(t, types.OCIConfigJSON, manifest.Config.MediaType)
	require.Equal(t, types.OCILayer, manifest.Layers[0].MediaType)
}

func TestOperatorHoldsOnlyWhatItNeeds(t *testing.T) {
	found := headers(t, operator(t, "amd64"))
	require.Len(t, found, len(Operator.Files(nil)))
	for name, header := range found {
		require.Zero(t, header.Uid, name)
		require.True(t, header.ModTime.Equal(epoch), name)
	}
	require.Equal(t, int64(0o1777), found["tmp"].Mode)
	require.Equal(t, int64(0o755), found["mcp-registry-operator"].Mode)
}

func TestAuthoritiesCanBeRead(t *testing.T) {
	require.True(t, x509.NewCertPool().AppendCertsFromPEM(authorities()))
	require.Greater(t, bytes.Count(authorities(), []byte("BEGIN CERTIFICATE")), 100)
}

func TestIndexIsReproducible(t *testing.T) {
	digest := func() v1.Hash {
		index, err := Index(map[string]v1.Image{"arm64": operator(t, "arm64"), "amd64": operator(t, "amd64")})
		require.NoError(t, err)
		manifest, err := index.IndexManifest()
		require.NoError(t, err)
		require.Len(t, manifest.Manifests, 2)
		require.Equal(t, "amd64", manifest.Manifests[0].Platform.Architecture)
		require.Equal(t, "1.2.3", manifest.Annotations["org.opencontainers.image.version"])
		require.Equal(t, types.OCIImageIndex, manifest.MediaType)
		made, err := index.Digest()
		require.NoError(t, err)
		return made
	}
	first := digest()
	require.Equal(t, first, digest())
}

func TestWriteKeepsPermissions(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	require.NoError(t, os.Mkdir(root, 0o755))
	require.NoError(t, Write(root, Operator.Files([]byte("program"))))
	temporary, err := os.Stat(filepath.Join(root, "tmp"))
	require.NoError(t, err)
	require.Equal(t, fs.ModeDir|fs.ModeSticky|0o777, temporary.Mode())
	program, err := os.Stat(filepath.Join(root, Name))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o755), program.Mode())
}

func TestFolderRefusesWhatIsNoFile(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(root, "link")))
	_, err := Folder(root, "manifests")
	require.ErrorContains(t, err, "link")
}

func TestImagesHaveTheirOwnProgram(t *testing.T) {
	image, err := Scorecard.Image([]byte("program"), "amd64", origin)
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, []string{"/scorecard"}, file.Config.Entrypoint)
	require.Equal(t, "mcp-registry-operator-scorecard", file.Config.Labels["org.opencontainers.image.title"])
	require.Contains(t, headers(t, image), "scorecard")
}
