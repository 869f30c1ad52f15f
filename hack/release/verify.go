package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

// verify reads back what was pushed, as a stranger would.
func (r *release) verify(ctx context.Context) error {
	for _, a := range r.artifacts {
		if err := r.verifyArtifact(ctx, a); err != nil {
			return fmt.Errorf("%q: %w", a.digest, err)
		}
		if _, err := r.cosignVerify(ctx, "verify", a.digest.String()); err != nil {
			return err
		}
	}
	for architecture, image := range r.artifacts[0].children {
		if err := r.verifyMaterials(ctx, architecture, image); err != nil {
			return fmt.Errorf("SBOM for %q: %w", architecture, err)
		}
	}
	_, err := r.cosignVerify(ctx, "verify-blob", "--bundle", r.path(signature), r.path(checksums))
	return err
}

// verifyArtifact reads all content. Each part is compared with its digest there, and
// the digest of the whole is that of what was built.
func (r *release) verifyArtifact(ctx context.Context, a artifact) error {
	found, err := remote.Get(a.digest, access(ctx)...)
	if err != nil {
		return err
	}
	if a.children == nil {
		return r.verifyChart(found)
	}
	index, err := found.ImageIndex()
	if err != nil {
		return err
	}
	return validate.Index(index)
}

// verifyChart: a chart is no image, which validate would want.
func (r *release) verifyChart(found *remote.Descriptor) error {
	image, err := found.Image()
	if err != nil {
		return err
	}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	if len(layers) != 1 {
		return fmt.Errorf("%d layers instead of one", len(layers))
	}
	stream, err := layers[0].Compressed()
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	data, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	packaged, err := os.ReadFile(r.path(container.Name + "-" + r.version + ".tgz"))
	if err != nil {
		return err
	}
	if !bytes.Equal(data, packaged) {
		return fmt.Errorf("the package is not the one in %q", r.out)
	}
	return nil
}

// verifyMaterials compares the signed statement about an image with the file.
func (r *release) verifyMaterials(ctx context.Context, architecture string, image v1.Image) error {
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	reference := r.artifacts[0].digest.Digest(digest.String())
	out, err := r.cosignVerify(ctx, "verify-attestation", "--type", "cyclonedx", reference.String())
	if err != nil {
		return err
	}
	stated, err := predicate(out, reference)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(r.path(materialsFile(architecture)))
	if err != nil {
		return err
	}
	var file any
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	if !reflect.DeepEqual(stated, file) {
		return fmt.Errorf("what is stated about %q is not in %q", reference, r.out)
	}
	return nil
}

// predicate is what the newest of the statements says of an image. cosign prints one
// in each line.
func predicate(out []byte, of name.Digest) (any, error) {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var envelope struct {
		Payload []byte `json:"payload"`
	}
	if err := json.Unmarshal(lines[len(lines)-1], &envelope); err != nil {
		return nil, fmt.Errorf("statement about %q: %w", of, err)
	}
	var statement struct {
		Predicate any `json:"predicate"`
	}
	if err := json.Unmarshal(envelope.Payload, &statement); err != nil {
		return nil, fmt.Errorf("statement about %q: %w", of, err)
	}
	return statement.Predicate, nil
}
