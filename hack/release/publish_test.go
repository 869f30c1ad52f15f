package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"
)

// published is a release of two artifacts.
func published(t *testing.T) (*release, []v1.Image) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	r := &release{settings: settings{version: "1.0.0", registry: strings.TrimPrefix(server.URL, "http://") + "/team", out: t.TempDir()}}
	var images []v1.Image
	for _, repository := range []string{"one", "two"} {
		image, err := random.Image(64, 1)
		require.NoError(t, err)
		made, err := r.artifact(repository, image)
		require.NoError(t, err)
		r.artifacts, images = append(r.artifacts, made), append(images, image)
	}
	return r, images
}

func TestReleaseThatBrokeOffGoesOn(t *testing.T) {
	r, _ := published(t)
	require.NoError(t, r.refuseOther(t.Context()), "nothing is there")
	require.NoError(t, r.push(t.Context()))
	require.NoError(t, r.refuseOther(t.Context()), "nothing has a name yet")
	require.NoError(t, remote.Tag(r.artifacts[0].tag, r.artifacts[0].Taggable))
	require.NoError(t, r.refuseOther(t.Context()), "the first has its name")
	require.NoError(t, r.tag(t.Context()))
	require.ErrorContains(t, r.refuseOther(t.Context()), "released already")
}

func TestOtherContentIsRefused(t *testing.T) {
	r, images := published(t)
	require.NoError(t, remote.Write(r.artifacts[1].tag, images[0]))
	err := r.refuseOther(t.Context())
	require.ErrorContains(t, err, "team/two:1.0.0")
	require.ErrorContains(t, err, "never changed")
}

func TestUnreachableRegistryIsNotAnEmptyOne(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	r := &release{settings: settings{version: "1.0.0", registry: strings.TrimPrefix(server.URL, "http://")}}
	image, err := random.Image(64, 1)
	require.NoError(t, err)
	made, err := r.artifact("one", image)
	require.NoError(t, err)
	r.artifacts = append(r.artifacts, made)
	require.ErrorContains(t, r.refuseOther(t.Context()), "one:1.0.0")
}

func TestChecksums(t *testing.T) {
	r, _ := published(t)
	require.NoError(t, os.MkdirAll(r.path("bundle/manifests"), 0o755))
	require.NoError(t, os.WriteFile(r.path("bundle/manifests/a.yaml"), []byte("a\n"), 0o600))
	require.NoError(t, os.WriteFile(r.path("chart.tgz"), nil, 0o600))
	require.NoError(t, r.checksums())
	list, err := os.ReadFile(filepath.Join(r.out, checksums))
	require.NoError(t, err)
	require.Equal(t, "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  bundle/manifests/a.yaml\n"+
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  chart.tgz\n", string(list))
}
