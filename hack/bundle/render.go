package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// object is any object of Kubernetes.
type object = map[string]any

// namespace is the one that OLM suggests. values.yaml watches it.
const namespace = "mcp-registry-system"

// renderChart renders the chart with this folder's values, as helm template does,
// and returns the objects and the oldest Kubernetes that the chart wants.
func renderChart(in inputs) ([]object, string, error) {
	loaded, err := loader.Load(filepath.Join(in.root, "charts", packageName))
	if err != nil {
		return nil, "", fmt.Errorf("loading the chart: %w", err)
	}
	values, err := chartutil.ReadValuesFile(filepath.Join(in.root, "hack", "bundle", "values.yaml"))
	if err != nil {
		return nil, "", fmt.Errorf("reading the chart's values for the bundle: %w", err)
	}
	repository, digest, _ := strings.Cut(in.image, "@")
	values["image"] = object{"registry": "", "repository": repository, "digest": digest}
	loaded.Metadata.AppVersion, loaded.Metadata.Version = in.version, in.version

	oldest, _, _ := strings.Cut(strings.TrimPrefix(loaded.Metadata.KubeVersion, ">="), "-")
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.ClientOnly = true, true
	install.ReleaseName, install.Namespace = packageName, namespace
	if install.KubeVersion, err = chartutil.ParseKubeVersion("v" + oldest); err != nil {
		return nil, "", fmt.Errorf("kubeVersion %q of the chart: %w", loaded.Metadata.KubeVersion, err)
	}
	release, err := install.Run(loaded, values)
	if err != nil {
		return nil, "", fmt.Errorf("rendering the chart: %w", err)
	}
	objects, err := decode(strings.NewReader(release.Manifest))
	return objects, oldest, err
}

// decode reads all documents of a YAML stream.
func decode(r io.Reader) ([]object, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(r, 4096)
	var objects []object
	for {
		var o object
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, fmt.Errorf("document %d: %w", len(objects)+1, err)
		}
		if len(o) > 0 {
			objects = append(objects, o)
		}
	}
}

func decodeFile(path string) ([]object, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	objects, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("file %q: %w", path, err)
	}
	return objects, nil
}

// at returns what lies below the keys, or nil.
func at(o any, keys ...string) any {
	for _, key := range keys {
		m, ok := o.(object)
		if !ok {
			return nil
		}
		o = m[key]
	}
	return o
}
