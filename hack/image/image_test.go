package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

const reference = "example.org/operator:1.2.3"

func testInputs(t *testing.T, architectures ...string) inputs {
	t.Helper()
	in := inputs{programs: map[string]string{}, reference: reference}
	in.from.Version = "1.2.3"
	for _, architecture := range architectures {
		path := filepath.Join(t.TempDir(), "program")
		require.NoError(t, os.WriteFile(path, []byte("program for "+architecture), 0o600))
		require.NoError(t, in.program(architecture+"="+path))
	}
	return in
}

func TestArchiveIsReproducible(t *testing.T) {
	var archives [2][]byte
	for i := range archives {
		out := filepath.Join(t.TempDir(), "image.tar")
		require.NoError(t, run(testInputs(t, "arm64"), outputs{archive: out}))
		archive, err := os.ReadFile(out)
		require.NoError(t, err)
		archives[i] = archive
	}
	require.Equal(t, archives[0], archives[1])
}

func TestArchiveIsNamed(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "image.tar")
	require.NoError(t, run(testInputs(t, "arm64"), outputs{archive: out}))
	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	image, err := tarball.ImageFromPath(out, &tag)
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "arm64", file.Architecture)
}

// TestLayoutAndRegistryHoldTheSame: what make images shows is what make push pushes.
func TestLayoutAndRegistryHoldTheSame(t *testing.T) {
	in := testInputs(t, "arm64", "amd64")
	folder := filepath.Join(t.TempDir(), "images")
	require.NoError(t, run(in, outputs{layout: folder}))
	require.NoError(t, run(in, outputs{layout: folder}), "twice into the same folder")
	index, err := layout.ImageIndexFromPath(folder)
	require.NoError(t, err)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	require.Len(t, manifest.Manifests, 1)

	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	in.reference = strings.TrimPrefix(server.URL, "http://") + "/operator:1.2.3"
	require.NoError(t, run(in, outputs{push: true}))
	tag, err := name.NewTag(in.reference)
	require.NoError(t, err)
	pushed, err := remote.Index(tag)
	require.NoError(t, err)
	digest, err := pushed.Digest()
	require.NoError(t, err)
	require.Equal(t, manifest.Manifests[0].Digest, digest)
}

func TestErrorsNameTheInput(t *testing.T) {
	in := testInputs(t, "amd64")
	absent := testInputs(t)
	require.NoError(t, absent.program("amd64="+filepath.Join(t.TempDir(), "absent")))
	misnamed := testInputs(t, "amd64")
	misnamed.reference = "not a reference"

	require.ErrorContains(t, run(absent, outputs{archive: "unused"}), "absent")
	require.ErrorContains(t, run(misnamed, outputs{archive: "unused"}), "not a reference")
	require.ErrorContains(t, run(misnamed, outputs{push: true}), "not a reference")
	require.ErrorContains(t, run(testInputs(t, "amd64", "arm64"), outputs{archive: "unused"}), "one architecture")
	require.ErrorContains(t, run(testInputs(t), outputs{archive: "unused"}), "--program")
	require.ErrorContains(t, run(in, outputs{}), "--layout")
	require.ErrorContains(t, in.program("amd64"), `"amd64"`)
}
