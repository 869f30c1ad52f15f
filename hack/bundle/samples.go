package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// samples are the registries of tests/manifests that people see as examples: one
// for each type of source. The tests apply and read the same ones.
var samples = []string{"configmap-registry", "git-branch", "file-at-url", "another-registry", "artifact"}

// placeholders are what the examples say where the tests have servers of their own.
var placeholders = strings.NewReplacer(
	"${GIT_REPOSITORY}", "https://github.com/example/mcp-servers.git",
	"${GIT_COMMIT}", "0123456789abcdef0123456789abcdef01234567",
	"${REGISTRY_URL}", "https://registry.example.com",
	"${OCI_REFERENCE}", "ghcr.io/example/mcp-registry:v1",
)

func readSamples(root string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(root, "tests", "manifests", "*.yaml"))
	if err != nil {
		return nil, err
	}
	found := map[string]object{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		objects, err := decode(bytes.NewBufferString(placeholders.Replace(string(data))))
		if err != nil {
			return nil, fmt.Errorf("manifests %q: %w", file, err)
		}
		for _, o := range objects {
			if name, ok := at(o, "metadata", "name").(string); ok && o["kind"] == "MCPRegistry" {
				// Where it lies and what the tests expect are no example.
				o["metadata"] = object{"name": name}
				found[name] = o
			}
		}
	}
	chosen := make([]object, 0, len(samples))
	for _, name := range samples {
		if found[name] == nil {
			return nil, fmt.Errorf("sample %q is not in tests/manifests", name)
		}
		chosen = append(chosen, found[name])
	}
	return chosen, nil
}
