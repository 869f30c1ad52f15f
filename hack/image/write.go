package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

func archive(images map[string]v1.Image, reference, out string) error {
	tag, err := named(reference)
	if err != nil {
		return err
	}
	if len(images) > 1 {
		return fmt.Errorf("an archive holds one architecture, and %d are given", len(images))
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return fmt.Errorf("folder of the archive: %w", err)
	}
	for _, image := range images {
		if err := tarball.WriteToFile(out, tag, image); err != nil {
			return fmt.Errorf("write archive %q: %w", out, err)
		}
		digest, err := image.Digest()
		if err != nil {
			return fmt.Errorf("digest of the image: %w", err)
		}
		fmt.Printf("%s: %s %s\n", out, tag, digest)
	}
	return nil
}

func layoutOf(images map[string]v1.Image, out string) error {
	index, digest, err := indexed(images)
	if err != nil {
		return err
	}
	// What an earlier build left would be in the layout too.
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("empty %q: %w", out, err)
	}
	folder, err := layout.Write(out, empty.Index)
	if err != nil {
		return fmt.Errorf("write %q: %w", out, err)
	}
	if err := folder.AppendIndex(index); err != nil {
		return fmt.Errorf("write %q: %w", out, err)
	}
	fmt.Printf("%s: %s\n", out, digest)
	return nil
}

func push(images map[string]v1.Image, reference string) error {
	tag, err := named(reference)
	if err != nil {
		return err
	}
	index, digest, err := indexed(images)
	if err != nil {
		return err
	}
	if err := remote.WriteIndex(tag, index, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return fmt.Errorf("push %q: %w", reference, err)
	}
	fmt.Printf("%s@%s\n", tag, digest)
	return nil
}

func named(reference string) (name.Tag, error) {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return name.Tag{}, fmt.Errorf("--reference %q: %w", reference, err)
	}
	return tag, nil
}

func indexed(images map[string]v1.Image) (v1.ImageIndex, v1.Hash, error) {
	index, err := container.Index(images)
	if err != nil {
		return nil, v1.Hash{}, err
	}
	digest, err := index.Digest()
	if err != nil {
		return nil, v1.Hash{}, fmt.Errorf("digest of the image: %w", err)
	}
	return index, digest, nil
}
