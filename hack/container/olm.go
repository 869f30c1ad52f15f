package container

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sigs.k8s.io/yaml"
)

// bundleFolders are what a bundle for OLM consists of.
var bundleFolders = []string{"manifests", "metadata", "tests"}

// Bundle makes an image of a folder with a bundle. It holds no program, so that only
// the configuration tells the architectures apart.
func Bundle(folder, architecture string, from Origin) (v1.Image, error) {
	labels, err := bundleLabels(folder)
	if err != nil {
		return nil, err
	}
	maps.Copy(labels, from.labels(Name+"-bundle", description+" (bundle for OLM)"))
	var entries []Entry
	for _, part := range bundleFolders {
		found, err := Folder(filepath.Join(folder, part), part)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	content, err := layer(entries)
	if err != nil {
		return nil, err
	}
	return image(architecture, from.Created, v1.Config{Labels: labels}, content)
}

// bundleLabels are the bundle's annotations: OLM wants them in the image too.
func bundleLabels(folder string) (map[string]string, error) {
	path := filepath.Join(folder, "metadata", "annotations.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	var file struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("bundle: %q: %w", path, err)
	}
	if file.Annotations["operators.operatorframework.io.bundle.package.v1"] == "" {
		return nil, fmt.Errorf("bundle: %q names no package", path)
	}
	return file.Annotations, nil
}

// catalogFolder is where the catalogue lies in its image.
const catalogFolder = "configs"

// CatalogPrograms are the programs of a catalogue's image by their names there: one
// that serves it, and one with which OLM asks whether it does.
type CatalogPrograms map[string][]byte

// Catalog makes the image of a catalogue that OLM runs as a Pod.
func Catalog(folder string, programs CatalogPrograms, architecture string, from Origin) (v1.Image, error) {
	if programs["opm"] == nil || programs["grpc_health_probe"] == nil {
		return nil, errors.New("catalogue: its programs are opm and grpc_health_probe")
	}
	catalog, err := Folder(folder, catalogFolder)
	if err != nil {
		return nil, err
	}
	binaries := []Entry{{Path: "bin/", Mode: 0o755}}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		binaries = append(binaries, Entry{Path: "bin/" + name, Mode: 0o755, Data: programs[name]})
	}
	var layers []v1.Layer
	for _, entries := range [][]Entry{system(), binaries, catalog} {
		made, err := layer(entries)
		if err != nil {
			return nil, err
		}
		layers = append(layers, made)
	}
	labels := from.labels(Name+"-catalog", description+" (catalogue for OLM)")
	labels["operators.operatorframework.io.index.configs.v1"] = "/" + catalogFolder
	return image(architecture, from.Created, v1.Config{
		Entrypoint: []string{"/bin/opm"},
		// The cache is made at the start: a small catalogue takes a moment, and a cache
		// made here would not be reproducible.
		Cmd:        []string{"serve", "/" + catalogFolder},
		Env:        []string{"PATH=/bin"},
		User:       fmt.Sprintf("%d:%d", user, user),
		WorkingDir: "/",
		Labels:     labels,
	}, layers...)
}
