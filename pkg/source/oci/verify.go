package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
)

const (
	// maxSignatures is how many are looked at in each form: anybody who may push may
	// add some.
	maxSignatures = 50
	// maxSignatureBytes bounds one of them; they have a few kilobytes.
	maxSignatureBytes = 1 << 20
	maxReferrerPages  = 10
)

// errEnough ends the list of what refers to an artifact.
var errEnough = errors.New("enough")

// verify is nil if the artifact need not be signed, or one of the keys has signed it.
func (f *Fetcher) verify(ctx context.Context, from *repository, signed digest.Digest) error {
	if f.cfg.Keys == nil {
		return nil
	}
	v := &verification{keys: *f.cfg.Keys, from: from, signed: signed}
	for _, look := range []func(context.Context) error{v.payloads, v.bundles} {
		if err := look(ctx); err != nil {
			return fmt.Errorf("look for signatures: %w", err)
		}
		if v.verified {
			return nil
		}
	}
	expected := fmt.Sprintf("a cosign signature of %s with the key in %s is needed", signed, f.cfg.KeysFrom)
	if v.seen == 0 {
		return fault.NewTerminal(source.ReasonVerificationFailed, fmt.Errorf("the artifact is not signed: %s", expected))
	}
	return fault.NewTerminal(source.ReasonVerificationFailed, fmt.Errorf(
		"none of the %d signatures of the artifact counts (the last one: %w): %s", v.seen, v.why, expected))
}

// verification is the search for a signature that counts.
type verification struct {
	keys   cosign.Keys
	from   *repository
	signed digest.Digest

	verified bool
	seen     int
	why      error // the last one does not count
}

// judge notes what came of a signature.
func (v *verification) judge(err error) {
	v.seen++
	v.verified, v.why = err == nil, err
}

// payloads looks at what cosign wrote up to version 2: an artifact under a tag of its
// own, with a layer for each signature.
func (v *verification) payloads(ctx context.Context) error {
	data, _, err := v.from.manifest(ctx, cosign.Tag(v.signed))
	if errors.Is(err, errdef.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := parseManifest(data)
	if err != nil {
		v.judge(err)
		return nil
	}
	for _, layer := range m.layers[:min(len(m.layers), maxSignatures)] {
		signature := layer.Annotations[cosign.SignatureAnnotation]
		if signature == "" {
			continue
		}
		payload, err := v.small(ctx, layer)
		if err == nil {
			err = v.keys.Payload(payload, signature, v.signed)
		} else if passes(err) {
			return err
		}
		if v.judge(err); v.verified {
			return nil
		}
	}
	return nil
}

// bundles looks at what cosign writes since version 3: artifacts that refer to the
// signed one, each with a bundle as its only layer.
func (v *verification) bundles(ctx context.Context) error {
	found, err := v.referrers(ctx)
	if status, ok := errors.AsType[*statusError](err); ok && lacksReferrers(status.status) {
		// It has no such list and says so in another way than it should.
		if err := v.from.SetReferrersCapability(false); err != nil {
			return err
		}
		found, err = v.referrers(ctx)
	}
	if err != nil {
		return err
	}
	for _, referrer := range found {
		bundle, err := v.bundle(ctx, referrer.Digest)
		if err == nil {
			err = v.keys.Bundle(bundle, v.signed)
		} else if passes(err) {
			return err
		}
		if v.judge(err); v.verified {
			return nil
		}
	}
	return nil
}

// referrers are those artifacts that refer to the signed one and may be bundles with a
// signature.
func (v *verification) referrers(ctx context.Context) ([]ocispec.Descriptor, error) {
	var found []ocispec.Descriptor
	about := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: v.signed}
	err := v.from.Referrers(ctx, about, "", func(page []ocispec.Descriptor) error {
		for _, referrer := range page {
			if cosign.MayBeSignature(referrer.ArtifactType, referrer.Annotations) && checkDescriptor(referrer) == nil {
				found = append(found, referrer)
			}
		}
		if len(found) >= maxSignatures {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) || errors.Is(err, errdef.ErrTooManyPages) {
		err = nil
	}
	return found[:min(len(found), maxSignatures)], err
}

// lacksReferrers are the answers of registries that know nothing of referrers, besides
// the 404 that they should give.
func lacksReferrers(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

func (v *verification) bundle(ctx context.Context, at digest.Digest) ([]byte, error) {
	data, _, err := v.from.manifest(ctx, at.String())
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(data)
	if err != nil {
		return nil, invalid("%w", err)
	}
	if len(m.layers) != 1 {
		return nil, invalid("it has %d layers", len(m.layers))
	}
	return v.small(ctx, m.layers[0])
}

func (v *verification) small(ctx context.Context, layer ocispec.Descriptor) ([]byte, error) {
	if layer.Size > maxSignatureBytes {
		return nil, fault.NewTerminal(source.ReasonTooLarge, fmt.Errorf("it has %d bytes: at most %d are read", layer.Size, maxSignatureBytes))
	}
	var data []byte
	err := v.from.blob(ctx, layer, func(r io.Reader) (err error) {
		data, err = io.ReadAll(r) // no more than the layer's size
		return err
	})
	return data, err
}

// passes says that another try may find the signature. One that is broken by itself
// only does not count, and the next one may.
func passes(err error) bool {
	return fault.ReasonOf(err, "") == "" && !errors.Is(err, errdef.ErrNotFound)
}
