package oci

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	orasregistry "oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
)

const (
	// defaultMaxBytes bounds a registry file where the config does not.
	defaultMaxBytes = 64 << 20
	// defaultPath is the file of an artifact with several.
	defaultPath = "registry.json"
)

// Config names one file of one artifact.
type Config struct {
	// Reference is host[:port]/repository with a :tag or a @sha256:digest.
	Reference string
	// Path of the file in the artifact; "" is its only file, or registry.json.
	Path string
	// MaxBytes bounds the file; 0 means 64 MiB.
	MaxBytes int64
	// Client asks. It guards where may be connected to and has the certificates, but
	// not the login.
	Client *http.Client
	// Login is for the registry; nil reads what everybody may. It is a function,
	// because a struct with a secret could be printed.
	Login func() (auth.Credential, error)
	// Keys must have signed the artifact; nil asks for no signature.
	Keys *cosign.Keys
	// KeysFrom says where the keys are, for messages.
	KeysFrom string
}

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg Config
	ref orasregistry.Reference
	// pinned is the digest of the reference, "" if it is a tag.
	pinned digest.Digest
}

// New returns a fetcher, or a terminal error if cfg names something that can never
// be fetched. It makes no request.
func New(cfg Config) (*Fetcher, error) {
	if cfg.Client == nil {
		return nil, errors.New("oci: Config.Client is nil")
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	ref, err := ParseReference(cfg.Reference)
	if err != nil {
		return nil, err
	}
	if err := checkPath(cfg.Path); err != nil {
		return nil, err
	}
	f := &Fetcher{cfg: cfg, ref: ref}
	if pinned, err := ref.Digest(); err == nil {
		f.pinned = pinned
	}
	return f, nil
}

// ParseReference takes a reference apart. Unlike for docker, the registry and a tag or
// a digest must be there: what a default would add is not what somebody has read.
func ParseReference(reference string) (orasregistry.Reference, error) {
	var none orasregistry.Reference
	if strings.Contains(reference, "://") {
		return none, invalid("oci.reference must not begin with a scheme: write host/repository:tag")
	}
	ref, err := orasregistry.ParseReference(reference)
	if err != nil || strings.ContainsAny(ref.Registry, "@ ") {
		return none, invalid("oci.reference %.200q is not of the form host/repository:tag or host/repository@sha256:…", reference)
	}
	switch pinned, err := ref.Digest(); {
	case !strings.ContainsAny(ref.Registry, ".:") && ref.Registry != "localhost":
		return none, invalid("oci.reference %.200q does not begin with the host of a registry, such as ghcr.io or docker.io", reference)
	case ref.Reference == "":
		return none, invalid("oci.reference %.200q has no tag and no digest: add one", reference)
	case err == nil && pinned.Algorithm() != digest.SHA256:
		return none, invalid("oci.reference %.200q has a digest that is not sha256", reference)
	}
	return ref, nil
}

// checkPath accepts only the one spelling that names in artifacts are brought to.
func checkPath(p string) error {
	switch {
	case p == "":
		return nil
	case strings.HasPrefix(p, "/"):
		return invalid("oci.path %.200q is absolute: give it relative to the artifact's root", p)
	case path.Clean(p) != p || p == "." || p == ".." || strings.HasPrefix(p, "../"):
		return invalid("oci.path %.200q is not a plain path: leave out \".\", \"..\" and doubled or trailing slashes", p)
	}
	return nil
}

// wanted is the name of the file where an artifact has several.
func (f *Fetcher) wanted() string {
	if f.cfg.Path == "" {
		return defaultPath
	}
	return f.cfg.Path
}

// tooLarge is the error for a file with more bytes than are allowed.
func (f *Fetcher) tooLarge() error {
	return source.ErrTooLarge(fmt.Sprintf("the file %.80q of the artifact", f.wanted()), f.cfg.MaxBytes)
}

func invalid(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(format, args...))
}
