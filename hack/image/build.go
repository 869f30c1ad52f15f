package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const (
	// programPath is where the program lies in the image. The Dockerfile has the same.
	programPath = "mcp-registry-operator"
	// user is the unprivileged user of the image.
	user = 65532
)

// epoch is the time of everything in the image, so that images are reproducible.
var epoch = time.Unix(0, 0).UTC()

// entry is a file or, with a trailing slash in its path, a folder.
type entry struct {
	path string
	mode int64
	data []byte
}

// build makes the image: a base layer that seldom changes, and the program.
func build(in inputs) (v1.Image, error) {
	certificates, err := os.ReadFile(in.certificates)
	if err != nil {
		return nil, fmt.Errorf("CA certificates: %w", err)
	}
	program, err := os.ReadFile(in.program)
	if err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	base, err := layer([]entry{
		{path: "etc/", mode: 0o755},
		{path: "etc/passwd", mode: 0o644, data: []byte(fmt.Sprintf("nonroot:x:%d:%d:nonroot:/tmp:/sbin/nologin\n", user, user))},
		{path: "etc/group", mode: 0o644, data: []byte(fmt.Sprintf("nonroot:x:%d:\n", user))},
		{path: "etc/ssl/", mode: 0o755},
		{path: "etc/ssl/certs/", mode: 0o755},
		{path: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: certificates},
		{path: "tmp/", mode: 0o1777},
	})
	if err != nil {
		return nil, err
	}
	top, err := layer([]entry{{path: programPath, mode: 0o755, data: program}})
	if err != nil {
		return nil, err
	}
	return assemble(in, base, top)
}

func assemble(in inputs, layers ...v1.Layer) (v1.Image, error) {
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return nil, fmt.Errorf("append layers: %w", err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	image, err = mutate.ConfigFile(image, configured(file.DeepCopy(), in))
	if err != nil {
		return nil, fmt.Errorf("set configuration: %w", err)
	}
	return image, nil
}

// configured completes the configuration of an image that has only layers.
func configured(file *v1.ConfigFile, in inputs) *v1.ConfigFile {
	file.OS, file.Architecture = "linux", in.architecture
	file.Created = v1.Time{Time: epoch}
	file.Config = v1.Config{
		Entrypoint: []string{"/" + programPath},
		User:       fmt.Sprintf("%d:%d", user, user),
		WorkingDir: "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":   "mcp-registry-operator",
			"org.opencontainers.image.version": in.version,
		},
	}
	return file
}

func layer(entries []entry) (v1.Layer, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, e := range entries {
		header := &tar.Header{
			Name: e.path, Mode: e.mode, Size: int64(len(e.data)), ModTime: epoch,
			Typeflag: tar.TypeReg, Format: tar.FormatPAX,
		}
		if e.path[len(e.path)-1] == '/' {
			header.Typeflag = tar.TypeDir
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("layer: %q: %w", e.path, err)
		}
		if _, err := writer.Write(e.data); err != nil {
			return nil, fmt.Errorf("layer: %q: %w", e.path, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	})
}
