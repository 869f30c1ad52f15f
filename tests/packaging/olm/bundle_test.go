package olm

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/cluster"
)

const (
	packageName = "mcp-registry-operator"
	// nextVersion comes after the one that is committed, whichever that is.
	nextVersion = "1000.0.0"
	nextImage   = "registry.example.com/operator@sha256:1111111111111111111111111111111111111111111111111111111111111111"
)

// bundle is a bundle in a folder.
type bundle struct {
	folder string
	// name is that of its ClusterServiceVersion, image the operator's.
	name, version, image string
	examples             string
}

// committed is the bundle of the repository.
func committed(t *testing.T) bundle {
	return readBundle(t, filepath.Join(cluster.Root(t), "bundle"))
}

// makeBundle makes another one, as make bundle does.
func makeBundle(t *testing.T, args ...string) bundle {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "bundle")
	output(t, "go", append([]string{
		"run", "./hack/bundle", "-sdk", built(t, "OPERATOR_SDK"), "-out", folder, "-image", nextImage,
		"-scorecard-image", "registry.example.com/scorecard:test", "-created", "2026-01-01T00:00:00Z",
	}, args...)...)
	return readBundle(t, folder)
}

func readBundle(t *testing.T, folder string) bundle {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "manifests", packageName+".clusterserviceversion.yaml"))
	require.NoError(t, err)
	var csv struct {
		Metadata struct {
			Name        string
			Annotations map[string]string
		}
		Spec struct{ Version string }
	}
	require.NoError(t, yaml.Unmarshal(data, &csv))
	return bundle{
		folder: folder, name: csv.Metadata.Name, version: csv.Spec.Version,
		image: csv.Metadata.Annotations["containerImage"], examples: csv.Metadata.Annotations["alm-examples"],
	}
}

// serveCatalog makes a catalogue of bundles, oldest first, validates it and serves
// it. It returns its address.
func serveCatalog(t *testing.T, bundles ...bundle) string {
	t.Helper()
	opm := built(t, "OPM")
	folders := make([]string, 0, len(bundles))
	for _, b := range bundles {
		folders = append(folders, b.folder)
	}
	catalog := filepath.Join(t.TempDir(), "catalog")
	require.NoError(t, os.MkdirAll(filepath.Join(catalog, packageName), 0o755))
	text := output(t, "go", append([]string{"run", "./hack/bundle", "-catalog"}, folders...)...)
	// Without the name of an image, OLM takes the objects from the catalogue, and
	// needs no Pod to unpack the image in.
	text = append(text, output(t, opm, append([]string{"render"}, folders...)...)...)
	require.NoError(t, os.WriteFile(filepath.Join(catalog, packageName, "catalog.json"), text, 0o600))
	output(t, opm, "validate", catalog)

	port := freePort(t)
	address := net.JoinHostPort("127.0.0.1", port)
	start(t, append(os.Environ(), "HOME="+t.TempDir()), opm, "serve", catalog, "--port", port, "--pprof-addr", "127.0.0.1:0",
		"--cache-dir", filepath.Join(t.TempDir(), "cache"), "--cache-enforce-integrity=false", "--termination-log", "")
	cluster.Eventually(t, "the catalogue to be served", func(context.Context) error {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	})
	return address
}
