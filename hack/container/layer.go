package container

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// epoch is the time of every file, so that a layer whose files did not change is the
// same in each release.
var epoch = time.Unix(0, 0).UTC()

// Entry is a file or, with a trailing slash in its path, a folder.
type Entry struct {
	Path string
	// Mode has permissions and, for the folder of temporary files, the sticky bit,
	// as chmod counts them.
	Mode int64
	Data []byte
}

func (e Entry) folder() bool { return strings.HasSuffix(e.Path, "/") }

// Folder reads all files under root, in the order of their names, as entries under a
// path of the image. Nothing is executable.
func Folder(root, under string) ([]Entry, error) {
	var entries []Entry
	err := filepath.WalkDir(root, func(path string, found fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(filepath.Join(under, relative))
		if found.IsDir() {
			entries = append(entries, Entry{Path: name + "/", Mode: 0o755})
			return nil
		}
		if !found.Type().IsRegular() {
			return fmt.Errorf("%q is neither a file nor a folder", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		entries = append(entries, Entry{Path: name, Mode: 0o644, Data: data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("files for the image: %w", err)
	}
	return entries, nil
}

// Write puts entries under a folder, as they would be in the image.
func Write(root string, entries []Entry) error {
	for _, e := range entries {
		path := filepath.Join(root, filepath.FromSlash(e.Path))
		if e.folder() {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return fmt.Errorf("folder of the image: %w", err)
			}
		} else if err := os.WriteFile(path, e.Data, 0o644); err != nil {
			return fmt.Errorf("file of the image: %w", err)
		}
		// Not with the creation: the umask would take bits away.
		mode := fs.FileMode(e.Mode & 0o777)
		if e.Mode&0o1000 != 0 {
			mode |= fs.ModeSticky
		}
		if err := os.Chmod(path, mode); err != nil {
			return fmt.Errorf("permissions in the image: %w", err)
		}
	}
	return nil
}

func layer(entries []Entry) (v1.Layer, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, e := range entries {
		header := &tar.Header{
			Name: e.Path, Mode: e.Mode, Size: int64(len(e.Data)), ModTime: epoch,
			Typeflag: tar.TypeReg, Format: tar.FormatPAX,
		}
		if e.folder() {
			header.Typeflag = tar.TypeDir
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("layer: %q: %w", e.Path, err)
		}
		if _, err := writer.Write(e.Data); err != nil {
			return nil, fmt.Errorf("layer: %q: %w", e.Path, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}
