package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

const csvFile = packageName + ".clusterserviceversion.yaml"

// build makes the bundle in a folder beside out, and puts it there when it is whole.
func build(ctx context.Context, in inputs) error {
	work, err := os.MkdirTemp("", "bundle-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()

	stream, err := collect(ctx, in, work)
	if err != nil {
		return err
	}
	made := filepath.Join(work, "bundle")
	if err := in.generate(ctx, work, stream, "generate", "bundle", "--quiet", "--overwrite",
		"--package", packageName, "--version", in.version,
		"--channels", channel, "--default-channel", channel, "--output-dir", made); err != nil {
		return err
	}
	if err := finish(in, filepath.Join(made, "manifests", csvFile)); err != nil {
		return err
	}
	return replace(in.out, made)
}

// collect returns the stream of objects that operator-sdk makes a bundle of.
func collect(ctx context.Context, in inputs, work string) ([]byte, error) {
	base, err := describe(ctx, in, work)
	if err != nil {
		return nil, err
	}
	objects, oldest, err := renderChart(in)
	if err != nil {
		return nil, err
	}
	if err := adapt(objects); err != nil {
		return nil, err
	}
	if in.minKube == "" {
		in.minKube = oldest
	}
	if err := complete(in, base); err != nil {
		return nil, err
	}
	examples, err := readSamples(in.root)
	if err != nil {
		return nil, err
	}
	scorecard, err := readScorecard(in)
	if err != nil {
		return nil, err
	}
	all := append([]object{base, scorecard}, objects...)
	var stream bytes.Buffer
	for _, o := range append(all, examples...) {
		document, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}
		stream.WriteString("---\n")
		stream.Write(document)
	}
	return stream.Bytes(), nil
}

// describe returns the base with a descriptor for each marked field of the Go types.
func describe(ctx context.Context, in inputs, work string) (object, error) {
	project, err := os.ReadFile(filepath.Join(in.root, "PROJECT"))
	if err != nil {
		return nil, err
	}
	out := filepath.Join(work, "manifests")
	if err := in.generate(ctx, in.root, nil, "generate", "kustomize", "manifests", "--quiet",
		"--input-dir", filepath.Join("hack", "bundle", "manifests"), "--output-dir", out,
		"--apis-dir", "api", "--interactive=false"); err != nil {
		return nil, err
	}
	// operator-sdk reads the layout from the folder where it makes the bundle.
	if err := os.WriteFile(filepath.Join(work, "PROJECT"), project, 0o600); err != nil {
		return nil, err
	}
	bases, err := decodeFile(filepath.Join(out, "bases", csvFile))
	if err != nil {
		return nil, err
	}
	if len(bases) != 1 {
		return nil, fmt.Errorf("operator-sdk made %d bases, not one", len(bases))
	}
	return bases[0], nil
}

// complete adds to the base what follows from the inputs.
func complete(in inputs, base object) error {
	icon, err := os.ReadFile(filepath.Join(in.root, "pkg", "apiserver", "page", "assets", "icon.svg"))
	if err != nil {
		return err
	}
	spec, ok := base["spec"].(object)
	if !ok {
		return errors.New("the base has no spec")
	}
	spec["icon"] = []any{object{"base64data": base64.StdEncoding.EncodeToString(icon), "mediatype": "image/svg+xml"}}
	spec["minKubeVersion"] = in.minKube
	if in.replaces != "" {
		spec["replaces"] = csvName(in.replaces)
	}
	annotations, ok := at(base, "metadata", "annotations").(object)
	if !ok {
		return errors.New("the base has no annotations")
	}
	annotations["containerImage"] = in.image
	return nil
}

// generate runs operator-sdk in a folder. It reads objects from a pipe only.
func (in inputs) generate(ctx context.Context, folder string, stdin []byte, args ...string) error {
	sdk, err := exec.LookPath(in.sdk)
	if err != nil {
		return fmt.Errorf("operator-sdk: %w", err)
	}
	if sdk, err = filepath.Abs(sdk); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, sdk, args...)
	command.Dir, command.Stdin = folder, bytes.NewReader(stdin)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("operator-sdk %s: %w: %s", args[1], err, out)
	}
	return nil
}

// replace puts the folder made in the place of out, which has to be a bundle too.
func replace(out, made string) error {
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, "metadata", "annotations.yaml")); len(entries) > 0 && err != nil {
		return fmt.Errorf("folder %q holds something else than a bundle: %w", out, err)
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.CopyFS(out, os.DirFS(made))
}
