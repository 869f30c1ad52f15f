package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
	"github.com/mcp-registry-operator/mcp-registry-operator/hack/release/helmchart"
)

const chartFolder = "charts/" + container.Name

func (r *release) program(architecture, file string) string {
	return filepath.Join(r.programs, architecture, file)
}

// indexed makes an artifact of the images for all architectures.
func (r *release) indexed(repository string, build func(architecture string) (v1.Image, error)) (artifact, error) {
	images := map[string]v1.Image{}
	for _, architecture := range r.architectures {
		image, err := build(architecture)
		if err != nil {
			return artifact{}, err
		}
		images[architecture] = image
	}
	index, err := container.Index(images)
	if err != nil {
		return artifact{}, err
	}
	made, err := r.artifact(repository, index)
	if err != nil {
		return artifact{}, err
	}
	made.children = images
	r.artifacts = append(r.artifacts, made)
	return made, nil
}

func (r *release) operator(context.Context) error {
	made, err := r.single(container.Operator)
	r.index = made.digest.DigestStr()
	return err
}

// single makes an image with one of our programs.
func (r *release) single(of container.Single) (artifact, error) {
	return r.indexed(of.Name, func(architecture string) (v1.Image, error) {
		program, err := os.ReadFile(r.program(architecture, of.File))
		if err != nil {
			return nil, err
		}
		return of.Image(program, architecture, r.from)
	})
}

// materials lists the modules of each program. Without a number and a time of its own,
// the list is the same for the same program.
func (r *release) materials(ctx context.Context) error {
	for _, architecture := range r.architectures {
		if err := command(ctx, r.cyclonedx, "bin", "-json", "-output-version", "1.6", "-noserial", "-notimestamp",
			"-std", "-licenses", "-version", "v"+r.version,
			"-output", r.path(materialsFile(architecture)), r.program(architecture, container.Operator.File)); err != nil {
			return err
		}
	}
	return nil
}

func materialsFile(architecture string) string { return "sbom-linux-" + architecture + ".cdx.json" }

func (r *release) chart(context.Context) error {
	pins := helmchart.Pins{
		Version: r.version, Registry: r.host, Repository: r.folder + container.Name,
		Digest: r.index, Time: r.from.Created,
	}
	data, err := helmchart.Package(chartFolder, pins)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path(container.Name+"-"+r.version+".tgz"), data, 0o644); err != nil {
		return err
	}
	pushable, err := helmchart.Artifact(data, container.Name, pins)
	if err != nil {
		return err
	}
	made, err := r.artifact(chartRepository, pushable)
	r.artifacts = append(r.artifacts, made)
	return err
}

// olm makes the bundle from the chart and the image just built, and a catalogue of it.
func (r *release) olm(ctx context.Context) error {
	image := r.artifacts[0].digest.String()
	scorecard, err := r.single(container.Scorecard)
	if err != nil {
		return err
	}
	if err := r.target(ctx, "bundle", "BUNDLE="+r.path("bundle"), "IMAGE="+image, "SCORECARD_IMAGE="+scorecard.digest.String(),
		"PREVIOUS_VERSION="+strings.TrimPrefix(r.previous, "v"), "CREATED="+r.from.Created.UTC().Format("2006-01-02T15:04:05Z")); err != nil {
		return err
	}
	bundle, err := r.indexed(container.Name+"-bundle", func(architecture string) (v1.Image, error) {
		return container.Bundle(r.path("bundle"), architecture, r.from)
	})
	if err != nil {
		return err
	}
	if err := r.target(ctx, "catalog", "BUNDLE="+r.path("bundle"), "CATALOG="+r.path("catalog"), "BUNDLE_IMAGE="+bundle.digest.String()); err != nil {
		return err
	}
	_, err = r.indexed(container.Name+"-catalog", func(architecture string) (v1.Image, error) {
		programs := container.CatalogPrograms{}
		for _, program := range []string{"opm", "grpc_health_probe"} {
			if programs[program], err = os.ReadFile(filepath.Join(r.catalog, architecture, program)); err != nil {
				return nil, err
			}
		}
		return container.Catalog(r.path("catalog"), programs, architecture, r.from)
	})
	return err
}

func (r *release) target(ctx context.Context, target string, variables ...string) error {
	words := strings.Fields(r.make)
	if len(words) == 0 {
		return errors.New("--make names no program")
	}
	args := slices.Concat(words[1:], []string{target, "VERSION=" + r.version}, variables)
	return command(ctx, words[0], args...)
}
