package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"
)

func testInputs(t *testing.T) inputs {
	t.Helper()
	folder := t.TempDir()
	in := inputs{
		program:      filepath.Join(folder, "program"),
		certificates: filepath.Join(folder, "ca.crt"),
		architecture: "arm64",
		version:      "1.2.3",
	}
	require.NoError(t, os.WriteFile(in.program, []byte("program"), 0o600))
	require.NoError(t, os.WriteFile(in.certificates, []byte("certificates"), 0o600))
	return in
}

// TestArchiveIsReproducible: who builds a release again gets the same digest.
func TestArchiveIsReproducible(t *testing.T) {
	const reference = "example.org/operator:1.2.3"
	var archives [2][]byte
	for i := range archives {
		out := filepath.Join(t.TempDir(), "image.tar")
		require.NoError(t, run(testInputs(t), reference, out))
		archive, err := os.ReadFile(out)
		require.NoError(t, err)
		archives[i] = archive
	}
	require.Equal(t, archives[0], archives[1])
}

func TestArchiveRunsUnprivileged(t *testing.T) {
	const reference = "example.org/operator:1.2.3"
	out := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, run(testInputs(t), reference, out))

	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	image, err := tarball.ImageFromPath(out, &tag)
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "65532:65532", file.Config.User)
	require.Equal(t, []string{"/mcp-registry-operator"}, file.Config.Entrypoint)
	require.Equal(t, "arm64", file.Architecture)
	require.Len(t, file.RootFS.DiffIDs, 2)
}

func TestErrorsNameTheInput(t *testing.T) {
	in := testInputs(t)
	in.program = filepath.Join(t.TempDir(), "absent")
	require.ErrorContains(t, run(in, "example.org/operator:1", "unused"), "absent")
	require.ErrorContains(t, run(testInputs(t), "not a reference", "unused"), "not a reference")
}
