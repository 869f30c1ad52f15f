package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/mcp-registry-operator/mcp-registry-operator/hack/container"
)

// chartRepository is apart from the image's: helm wants the chart's name as the last
// part, and that is the image's name too.
const chartRepository = "charts/" + container.Name

// artifact is something to publish.
type artifact struct {
	remote.Taggable

	digest name.Digest
	tag    name.Tag
	// children are the images for single architectures.
	children map[string]v1.Image
}

type pushable interface {
	remote.Taggable
	Digest() (v1.Hash, error)
}

func (r *release) artifact(repository string, made pushable) (artifact, error) {
	digest, err := made.Digest()
	if err != nil {
		return artifact{}, fmt.Errorf("digest of %q: %w", repository, err)
	}
	base, err := name.NewRepository(r.registry+"/"+repository, name.StrictValidation)
	if err != nil {
		return artifact{}, fmt.Errorf("name %q: %w", repository, err)
	}
	return artifact{Taggable: made, digest: base.Digest(digest.String()), tag: base.Tag(r.version)}, nil
}

func access(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
}

// refuseOther ends a release whose version exists: either as it would be now, or with
// other content. One of which only some parts exist broke off, and goes on.
func (r *release) refuseOther(ctx context.Context) error {
	same := 0
	for _, a := range r.artifacts {
		found, err := remote.Head(a.tag, access(ctx)...)
		switch {
		case absent(err):
		case err != nil:
			return fmt.Errorf("look for %q: %w", a.tag, err)
		case found.Digest.String() != a.digest.DigestStr():
			return fmt.Errorf("%q exists and is %q, not %q: a version is never changed, so choose a new one",
				a.tag, found.Digest, a.digest.DigestStr())
		default:
			same++
		}
	}
	if same == len(r.artifacts) {
		return fmt.Errorf("version %q is released already, and is the same", r.version)
	}
	return nil
}

func absent(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

// push brings the content without names: nobody finds what is not signed yet.
func (r *release) push(ctx context.Context) error {
	for _, a := range r.artifacts {
		if err := remote.Push(a.digest, a.Taggable, access(ctx)...); err != nil {
			return fmt.Errorf("%q: %w", a.digest, err)
		}
		fmt.Printf("    %s\n", a.digest)
	}
	return nil
}

// tag makes the release visible.
func (r *release) tag(ctx context.Context) error {
	for _, a := range r.artifacts {
		if err := remote.Tag(a.tag, a.Taggable, access(ctx)...); err != nil {
			return fmt.Errorf("%q: %w", a.tag, err)
		}
		fmt.Printf("    %s\n", a.tag)
	}
	return nil
}
