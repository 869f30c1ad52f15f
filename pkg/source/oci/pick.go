package oci

import (
	"context"
	"errors"
	"io"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// pick reads the file: a layer with its title; without a path, the only layer; or a
// file in one of the archives, where the last one counts, as in an image.
func (f *Fetcher) pick(ctx context.Context, from *repository, layers []ocispec.Descriptor) ([]byte, error) {
	most := mostOf(f.cfg.MaxBytes)
	limits := &limits{file: f.cfg.MaxBytes, layers: most, archives: most, tooLarge: f.tooLarge}
	titled := slices.DeleteFunc(slices.Clone(layers), func(l ocispec.Descriptor) bool {
		return l.Annotations[ocispec.AnnotationTitle] != f.wanted()
	})
	switch {
	case len(titled) > 1:
		return nil, invalid("the artifact has %d layers with the title %.80q: which one is meant?", len(titled), f.wanted())
	case len(titled) == 1:
		return f.file(ctx, from, limits, titled[0], false)
	case f.cfg.Path == "" && len(layers) == 1:
		return f.file(ctx, from, limits, layers[0], true)
	}
	for _, layer := range slices.Backward(layers) {
		data, err := f.inArchive(ctx, from, limits, layer)
		if !errors.Is(err, errNotThere) {
			return data, err
		}
	}
	return nil, invalid("the artifact has neither a layer with the title %.80q nor an archive with such a file: correct oci.path", f.wanted())
}

// mostOf is how many bytes of layers are read: it leaves room for other files beside the one that is wanted.
func mostOf(maxBytes int64) int64 { return 4*maxBytes + 1<<20 }

// file reads a layer that is the file, or, if that is allowed, an archive with it.
func (f *Fetcher) file(ctx context.Context, from *repository, l *limits, layer ocispec.Descriptor, orArchive bool) ([]byte, error) {
	data, err := read(ctx, from, l, layer, func(content opened) ([]byte, error) {
		switch {
		case content.archive && orArchive:
			return l.search(content, f.wanted())
		case content.archive:
			return nil, invalid("the layer with the title %.80q is an archive: give oci.path the name of the file in it", f.wanted())
		}
		return l.whole(content)
	})
	if errors.Is(err, errNotThere) {
		return nil, invalid("the only layer is an archive without %.80q: correct oci.path", f.wanted())
	}
	return data, err
}

// inArchive reads the file of a layer that is an archive.
func (f *Fetcher) inArchive(ctx context.Context, from *repository, l *limits, layer ocispec.Descriptor) ([]byte, error) {
	return read(ctx, from, l, layer, func(content opened) ([]byte, error) {
		if !content.archive {
			return nil, errNotThere
		}
		return l.search(content, f.wanted())
	})
}

// read opens a layer for use, which takes of it what it wants.
func read(ctx context.Context, from *repository, l *limits, layer ocispec.Descriptor, use func(opened) ([]byte, error)) ([]byte, error) {
	if err := l.layer(layer.Size); err != nil {
		return nil, err
	}
	var data []byte
	err := from.blob(ctx, layer, func(r io.Reader) error {
		opened, err := open(r)
		if err == nil {
			data, err = use(opened)
		}
		return unusable(err)
	})
	return data, err
}

// unusable classifies what is wrong with a layer that is what the manifest names: it
// will not be better next time.
func unusable(err error) error {
	if err == nil || errors.Is(err, errNotThere) || fault.ReasonOf(err, "") != "" {
		return err
	}
	return invalid("%w", err)
}
