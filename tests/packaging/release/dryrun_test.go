package release

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

const (
	// version is one that nobody releases.
	version  = "0.999.0-test.1"
	operator = "mcp-registry-operator"
)

// dryRun is a release in a registry of the test.
type dryRun struct {
	// clone is the folder in which it was made, files that of its files.
	clone, files string
	registry     string
	// images are the references with digests, by repository.
	images map[string]name.Digest
}

// program is the path of a program that the Makefile has built.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	require.NotEmpty(t, path, "%s says where the program is; make e2e-packaging sets it", variable)
	return path
}

func makeRelease(t *testing.T) *dryRun {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	r := &dryRun{clone: clone(t), registry: strings.TrimPrefix(server.URL, "http://") + "/team", images: map[string]name.Digest{}}
	r.files = filepath.Join(r.clone, "dist", "release")
	t.Logf("%s", run(t, r.clone, "make", "release", "VERSION="+version, "REGISTRY="+r.registry, "COSIGN_KEY=", "BIN="+program(t, "BIN")))

	list, err := os.ReadFile(filepath.Join(r.files, "images.txt"))
	require.NoError(t, err)
	for line := range strings.FieldsSeq(string(list)) {
		tagged, digest, found := strings.Cut(line, "@")
		require.True(t, found, line)
		tag, err := name.NewTag(tagged, name.StrictValidation)
		require.NoError(t, err)
		require.Equal(t, version, tag.TagStr())
		r.images[strings.TrimPrefix(tag.RepositoryStr(), "team/")] = tag.Digest(digest)
	}
	return r
}

// clone is what is committed, elsewhere.
func clone(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "clone")
	run(t, ".", "git", "clone", "--quiet", cluster.Root(t), folder)
	return folder
}

// run returns what a command prints; it must succeed.
func run(t *testing.T, folder, program string, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir = folder
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	require.NoError(t, err, "%s %v: %s%s", program, args, out, problems.String())
	return out
}

// image is the one for an architecture.
func (r *dryRun) image(t *testing.T, repository, architecture string) v1.Image {
	t.Helper()
	require.Contains(t, r.images, repository)
	platform := v1.Platform{OS: "linux", Architecture: architecture}
	image, err := remote.Image(r.images[repository], remote.WithPlatform(platform))
	require.NoError(t, err)
	file, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, architecture, file.Architecture)
	return image
}

// reference is that of the image for one architecture.
func (r *dryRun) reference(t *testing.T, repository, architecture string) string {
	t.Helper()
	digest, err := r.image(t, repository, architecture).Digest()
	require.NoError(t, err)
	return r.images[repository].Digest(digest.String()).String()
}
