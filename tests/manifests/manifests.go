// Package manifests holds registries in the shape that users of the
// predecessor (v0.3 to v0.4) have in their repositories, which must apply
// unchanged, and one for each kind of source that is newer. The expected servers
// stand in an annotation of each.
package manifests

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Expect is the annotation with the names of the servers that a registry has
// to serve, separated by commas.
const Expect = "test.mcp-registry-operator/expect"

// Load reads all manifests of a folder, in the order of their files, with
// ${NAME} replaced by values.
func Load(t testing.TB, folder string, values map[string]string) []*unstructured.Unstructured {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var replacements []string
	for name, value := range values {
		replacements = append(replacements, "${"+name+"}", value)
	}
	replacer := strings.NewReplacer(replacements...)
	var objects []*unstructured.Unstructured
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		text := replacer.Replace(string(data))
		require.NotContains(t, text, "${", "%s has a placeholder without a value", file)
		objects = append(objects, decode(t, file, text)...)
	}
	return objects
}

func decode(t testing.TB, file, text string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewBufferString(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err, file)
		objects = append(objects, object)
	}
}
