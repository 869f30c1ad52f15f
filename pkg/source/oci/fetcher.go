package oci

import (
	"context"
	"errors"

	"github.com/opencontainers/go-digest"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Fetch implements [source.Fetcher]. The revision is the digest that the reference
// leads to, with the fingerprint of the keys if there are some: other keys must look
// at it anew.
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if known != "" && f.pinned != "" && known == f.revision(f.pinned) {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	from, err := f.connect()
	if err != nil {
		return source.Content{}, err
	}
	content, err := f.read(ctx, from, known)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return source.Content{}, f.classify(ctx, err)
	}
	return content, nil
}

func (f *Fetcher) revision(of digest.Digest) source.Revision {
	if f.cfg.Keys == nil {
		return source.Revision(of)
	}
	return source.Revision(string(of) + "+key:" + f.cfg.Keys.Fingerprint())
}

func (f *Fetcher) read(ctx context.Context, from *repository, known source.Revision) (source.Content, error) {
	wanted := f.ref.Reference
	if known != "" && f.pinned == "" {
		now, err := from.resolve(ctx, wanted)
		switch {
		case err == nil && f.revision(now) == known:
			return source.Content{Revision: known, Unchanged: true}, nil
		case err == nil:
			wanted = now.String() // also if the tag has moved on by then
		case !errors.Is(err, errNoDigest):
			return source.Content{}, err
		}
	}
	data, now, err := from.manifest(ctx, wanted)
	if err != nil {
		return source.Content{}, err
	}
	if f.revision(now) == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	if err := f.verify(ctx, from, now); err != nil {
		return source.Content{}, err
	}
	layers, err := from.layers(ctx, data)
	if err != nil {
		return source.Content{}, err
	}
	file, err := f.pick(ctx, from, layers)
	if err != nil {
		return source.Content{}, err
	}
	return source.OneFile(f.revision(now), file), nil
}
