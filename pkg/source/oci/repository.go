package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	orasregistry "oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// errNoDigest: a registry that does not tell the digest of a tag.
var errNoDigest = errors.New("the registry does not tell the digest")

// repository is where an artifact lies, for one fetch.
type repository struct{ *remote.Repository }

// connect makes no request. The tokens that it will get are forgotten with it.
func (f *Fetcher) connect() (*repository, error) {
	login := auth.EmptyCredential
	if f.cfg.Login != nil {
		var err error
		if login, err = f.cfg.Login(); err != nil {
			return nil, err
		}
	}
	client := &auth.Client{
		Client: guarded(f.cfg.Client),
		Header: http.Header{"User-Agent": {"mcp-registry-operator"}},
		Cache:  auth.NewCache(),
		// For no other host, whoever asks.
		Credential: auth.StaticCredential(f.ref.Host(), login),
		ClientID:   "mcp-registry-operator",
	}
	return &repository{&remote.Repository{
		Client:               client,
		Reference:            orasregistry.Reference{Registry: f.ref.Registry, Repository: f.ref.Repository},
		MaxMetadataBytes:     maxManifestBytes,
		ReferrerListMaxPages: maxReferrerPages,
	}}, nil
}

// resolve asks for the digest of a tag, and for nothing else.
func (r *repository) resolve(ctx context.Context, tag string) (digest.Digest, error) {
	found, err := r.Resolve(ctx, tag)
	if err == nil {
		return found.Digest, nil
	}
	if lacksHead(err) {
		return "", errNoDigest
	}
	return "", err
}

// manifest returns a manifest or an index with its digest, by its tag or digest.
func (r *repository) manifest(ctx context.Context, reference string) ([]byte, digest.Digest, error) {
	_, body, err := r.Manifests().FetchReference(ctx, reference)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = body.Close() }()
	data, err := readManifest(body)
	if err != nil {
		return nil, "", err
	}
	wanted, err := digest.Parse(reference)
	if err != nil { // it is a tag, and what came is what it names
		return data, digest.FromBytes(data), nil
	}
	if got := wanted.Algorithm().FromBytes(data); got != wanted {
		return nil, "", fmt.Errorf("the manifest that came has the digest %s, not %s", got, wanted)
	}
	return data, wanted, nil
}

func readManifest(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxManifestBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the manifest broke off after %d bytes: %w", len(data), err)
	}
	if len(data) > maxManifestBytes {
		return nil, fault.NewTerminal(source.ReasonTooLarge, fmt.Errorf("the manifest has more than %d bytes", maxManifestBytes))
	}
	return data, nil
}

// layers returns those of a manifest, or of the only manifest of an index.
func (r *repository) layers(ctx context.Context, data []byte) ([]ocispec.Descriptor, error) {
	m, err := parseManifest(data)
	if err != nil {
		return nil, invalid("%w", err)
	}
	if len(m.children) == 0 {
		return m.layers, nil
	}
	child, err := m.onlyChild()
	if err != nil {
		return nil, invalid("%w", err)
	}
	if data, _, err = r.manifest(ctx, child.String()); err != nil {
		return nil, err
	}
	if m, err = parseManifest(data); err != nil {
		return nil, invalid("%w", err)
	}
	if len(m.children) > 0 {
		return nil, invalid("it is an index of indexes: name a manifest by its digest")
	}
	return m.layers, nil
}

// blob gives a layer to use, which returns when it has seen enough. If it is not what
// the manifest says, that is the error, whatever use has made of it. The caller has
// judged the layer's size; more than that is not read.
func (r *repository) blob(ctx context.Context, layer ocispec.Descriptor, use func(io.Reader) error) error {
	body, err := r.Blobs().Fetch(ctx, layer)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	verified := content.NewVerifyReader(body, layer)
	used := use(verified)
	if _, err := io.Copy(io.Discard, verified); err != nil {
		return fmt.Errorf("layer %s broke off: %w", layer.Digest, err)
	}
	if err := verified.Verify(); err != nil {
		return fmt.Errorf("layer %s is not what the manifest names: %w", layer.Digest, err)
	}
	return used
}
