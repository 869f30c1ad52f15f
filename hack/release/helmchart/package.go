package helmchart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// Pins are what a released chart has fixed.
type Pins struct {
	// Version is the chart's and the operator's.
	Version string
	// Registry is a host, Repository the rest of the image's name.
	Registry, Repository string
	// Digest is that of the image for all architectures.
	Digest string
	// Time is that of all files.
	Time time.Time
}

// Package makes the archive of the chart in a folder.
func Package(folder string, pins Pins) ([]byte, error) {
	loaded, err := loader.LoadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("chart %q: %w", folder, err)
	}
	if len(loaded.Dependencies()) > 0 {
		return nil, fmt.Errorf("chart %q: charts inside a chart are not packaged here", folder)
	}
	files := loaded.Raw
	slices.SortFunc(files, func(a, b *chart.File) int {
		return strings.Compare(order(a.Name), order(b.Name))
	})
	for _, file := range files {
		if file.Data, err = pins.apply(file); err != nil {
			return nil, err
		}
	}
	return archive(loaded.Name(), files, pins.Time)
}

// order puts what describes the chart first: readers of a stream want it early.
func order(name string) string {
	if name == "Chart.yaml" {
		return ""
	}
	return name
}

// apply changes lines and keeps the comments around them.
func (p Pins) apply(file *chart.File) ([]byte, error) {
	data := file.Data
	var err error
	replace := func(pattern, with string) {
		if err == nil {
			data, err = replaceOne(file.Name, data, pattern, with)
		}
	}
	switch file.Name {
	case "Chart.yaml":
		replace(`(?m)^version: .*$`, "version: "+p.Version)
		replace(`(?m)^appVersion: .*$`, fmt.Sprintf("appVersion: %q", p.Version))
	case "values.yaml":
		replace(`(?m)(^image:\n(?:[ #].*\n)*?  registry: ).*$`, "${1}"+p.Registry)
		replace(`(?m)(^image:\n(?:[ #].*\n)*?  repository: ).*$`, "${1}"+p.Repository)
		replace(`(?m)(^image:\n(?:[ #].*\n)*?  digest: ).*$`, fmt.Sprintf("${1}%q", p.Digest))
	}
	return data, err
}

func replaceOne(name string, data []byte, pattern, with string) ([]byte, error) {
	found := regexp.MustCompile(pattern)
	if n := len(found.FindAllIndex(data, -1)); n != 1 {
		return nil, fmt.Errorf("chart: %q has %d places for %q instead of one", name, n, with)
	}
	return found.ReplaceAll(data, []byte(with)), nil
}

func archive(name string, files []*chart.File, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	writer := tar.NewWriter(compressed)
	for _, file := range files {
		header := &tar.Header{
			Name: path.Join(name, file.Name), Mode: 0o644, Size: int64(len(file.Data)),
			ModTime: at.UTC().Truncate(time.Second), Typeflag: tar.TypeReg,
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("chart: %q: %w", file.Name, err)
		}
		if _, err := writer.Write(file.Data); err != nil {
			return nil, fmt.Errorf("chart: %q: %w", file.Name, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return out.Bytes(), nil
}
