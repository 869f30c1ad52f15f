package release

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/require"
)

// extract puts the files of an image into a folder.
func (r *dryRun) extract(t *testing.T, repository, architecture string) string {
	t.Helper()
	folder := t.TempDir()
	stream := mutate.Extract(r.image(t, repository, architecture))
	defer stream.Close()
	for archive := tar.NewReader(stream); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return folder
		}
		require.NoError(t, err)
		path := filepath.Join(folder, header.Name)
		if header.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o755))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, os.FileMode(header.Mode))
		require.NoError(t, err)
		_, err = io.Copy(file, archive)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	}
}
