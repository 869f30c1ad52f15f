// Command untar is the "tar" of the image that unpacks a bundle for scorecard's
// tests, which calls it as: tar xvzf ARCHIVE -C FOLDER.
package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile bounds what is written of one file.
const maxFile = 64 << 20

func main() {
	if len(os.Args) != 5 || os.Args[1] != "xvzf" || os.Args[3] != "-C" {
		fmt.Fprintln(os.Stderr, "untar: usage: tar xvzf ARCHIVE -C FOLDER")
		os.Exit(2)
	}
	if err := unpack(os.Args[2], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "untar:", err)
		os.Exit(1)
	}
}

func unpack(archive, folder string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("archive %q: %w", archive, err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	reader := tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("archive %q: %w", archive, err)
		}
		if err := place(root, header, reader); err != nil {
			return fmt.Errorf("archive %q: %q: %w", archive, header.Name, err)
		}
	}
}

func place(root *os.Root, header *tar.Header, content io.Reader) error {
	name := filepath.Clean(header.Name)
	switch header.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		file, err := root.Create(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, io.LimitReader(content, maxFile))
		return errors.Join(err, file.Close())
	default:
		return nil // a bundle has nothing else
	}
}
