package oci_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

// TestSignatures: only what one of the keys has signed is ever given out.
func TestSignatures(t *testing.T) {
	key, stranger, old := ociserver.NewKey(), ociserver.NewKey(), ociserver.NewKey()
	bundle := func(s *ociserver.Server, of digest.Digest, by ociserver.Key, about digest.Digest) {
		s.PushBundle(repository, of, ociserver.Bundle(by, about, ociserver.SignedType), ociserver.SignedType)
	}
	other := digest.FromString("another one")
	for name, tt := range map[string]struct {
		why  string
		sign func(*ociserver.Server, digest.Digest)
		says string // "" if it is good
	}{
		"payload": {"cosign 2", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, key, ociserver.Payload(of))
		}, ""},
		"bundle":      {"cosign 3", func(s *ociserver.Server, of digest.Digest) { bundle(s, of, key, of) }, ""},
		"the old key": {"while keys are replaced, two are valid", func(s *ociserver.Server, of digest.Digest) { bundle(s, of, old, of) }, ""},
		"one of several payloads": {"the others may be anybody's", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, key, ociserver.Payload(other), ociserver.Payload(of))
		}, ""},
		"a strange payload and a good bundle": {"each form is looked at", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, stranger, ociserver.Payload(of))
			bundle(s, of, stranger, of)
			bundle(s, of, key, of)
		}, ""},
		"nothing": {"it is not signed", func(*ociserver.Server, digest.Digest) {}, "the artifact is not signed: a cosign signature of sha256:"},
		"a strange payload": {"it is signed, by somebody", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, stranger, ociserver.Payload(of))
		}, "another key"},
		"a strange bundle": {"it is signed, by somebody", func(s *ociserver.Server, of digest.Digest) { bundle(s, of, stranger, of) }, "another key"},
		"another's payload": {"taken from another artifact", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, key, ociserver.Payload(other))
		}, "of another artifact"},
		"another's bundle": {"taken from another artifact", func(s *ociserver.Server, of digest.Digest) { bundle(s, of, key, other) }, "of another artifact"},
		"an attestation": {"it may say that nobody should use it", func(s *ociserver.Server, of digest.Digest) {
			s.PushBundle(repository, of, ociserver.Bundle(key, of, "https://slsa.dev/provenance/v1"), "https://slsa.dev/provenance/v1")
		}, "is not signed"},
		"an attestation in disguise": {"what is beside a bundle is only a claim", func(s *ociserver.Server, of digest.Digest) {
			s.PushBundle(repository, of, ociserver.Bundle(key, of, "https://slsa.dev/provenance/v1"), ociserver.SignedType)
		}, "attestation of type"},
		"a bundle of nothing": {"it is broken", func(s *ociserver.Server, of digest.Digest) {
			s.PushBundle(repository, of, []byte("{}"), ociserver.SignedType)
		}, "no signed statement"},
		"a huge payload": {"nobody reads that", func(s *ociserver.Server, of digest.Digest) {
			s.PushSignatures(repository, of, key, []byte(strings.Repeat("x", 2<<20)))
		}, "at most 1048576 are read"},
		"a tag that is no manifest of signatures": {"anybody may push one", func(s *ociserver.Server, of digest.Digest) {
			s.PushIndex(repository, "sha256-"+of.Encoded()+".sig", s.Describe(repository, "v1"))
		}, "is not signed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			of := s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
			tt.sign(s, of)
			f := fetcher(t, s, signedBy(t, old, key))
			content, err := f.Fetch(t.Context(), "")
			if tt.says == "" {
				require.NoError(t, err, tt.why)
				require.Equal(t, "one", string(content.Data()))
				return
			}
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, tt.says)
			require.ErrorContains(t, err, of.String(), "what was expected")
			require.ErrorContains(t, err, `cosign.pub of Secret "release-key"`)
			require.Empty(t, content.Files, tt.why)
		})
	}
}

// TestSignaturesWithoutReferrers: registries that do not know the list have it under a
// tag, and say in several ways that they do not know it.
func TestSignaturesWithoutReferrers(t *testing.T) {
	for _, status := range []int{404, 400, 405, 501} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			s, key := ociserver.NewWithoutReferrers(t), ociserver.NewKey()
			of := s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
			s.PushBundle(repository, of, ociserver.Bundle(key, of, ociserver.SignedType), ociserver.SignedType)
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/referrers/") {
					w.WriteHeader(status)
					return true
				}
				return false
			})
			require.Equal(t, "one", string(fetch(t, fetcher(t, s, signedBy(t, key)), "").Data()))
			_, err := fetcher(t, s, signedBy(t, ociserver.NewKey())).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "another key")
		})
	}
}

// TestKeysChange: what an older key has let in is judged anew, at a digest too.
func TestKeysChange(t *testing.T) {
	s, old, key := ociserver.New(t), ociserver.NewKey(), ociserver.NewKey()
	of := s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
	s.PushSignatures(repository, of, old, ociserver.Payload(of))
	for _, reference := range []string{":v1", "@" + of.String()} {
		at := func(c *oci.Config) { c.Reference = s.Host() + "/" + repository + reference }
		unverified := fetch(t, fetcher(t, s, at), "")
		require.Equal(t, source.Revision(of), unverified.Revision)
		verified := fetch(t, fetcher(t, s, at, signedBy(t, old)), unverified.Revision)
		require.False(t, verified.Unchanged, "nobody had looked for a signature")
		_, err := fetcher(t, s, at, signedBy(t, key)).Fetch(t.Context(), verified.Revision)
		requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "another key")
	}
}

// TestSignatureOfWhatIsRead: the signature is for what a tag names when it is read; an
// index is signed as a whole.
func TestSignatureOfWhatIsRead(t *testing.T) {
	s, key := ociserver.New(t), ociserver.NewKey()
	s.Push(repository, "child", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
	of := s.PushIndex(repository, "v1", s.Describe(repository, "child"))
	s.PushSignatures(repository, of, key, ociserver.Payload(of))
	content := fetch(t, fetcher(t, s, signedBy(t, key)), "")
	require.Equal(t, "one", string(content.Data()))

	s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("evil")})
	_, err := fetcher(t, s, signedBy(t, key)).Fetch(t.Context(), content.Revision)
	requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "is not signed")
}

// TestSignaturesThatCannotBeRead: a registry that is busy has not said that there are none.
func TestSignaturesThatCannotBeRead(t *testing.T) {
	for name, tt := range map[string]struct {
		why, part string
		status    int
		class     fault.Class
		reason    string
	}{
		"tag":           {"it may pass", ".sig", 503, fault.Retry, source.ReasonUnavailable},
		"list":          {"it may pass", "/referrers/", 500, fault.Retry, source.ReasonUnavailable},
		"list refused":  {"the login is not enough", "/referrers/", 403, fault.Terminal, source.ReasonAuthFailed},
		"many requests": {"it may pass", ".sig", 429, fault.Retry, source.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s, key := ociserver.New(t), ociserver.NewKey()
			s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, tt.part) {
					w.WriteHeader(tt.status)
					return true
				}
				return false
			})
			_, err := fetcher(t, s, signedBy(t, key)).Fetch(t.Context(), "")
			requireFault(t, err, tt.class, tt.reason, strconv.Itoa(tt.status))
		})
	}
}

// TestEndlessReferrers: a list that goes on for ever, full or empty, comes to an end.
func TestEndlessReferrers(t *testing.T) {
	for name, manifests := range map[string][]ocispec.Descriptor{
		"empty": {},
		"full": {{
			MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromString("nothing"), Size: 2,
			ArtifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, key := ociserver.New(t), ociserver.NewKey()
			s.Push(repository, "v1", ociserver.Layer{Title: "registry.json", Data: []byte("one")})
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/referrers/") {
					return false
				}
				w.Header().Set("Content-Type", ocispec.MediaTypeImageIndex)
				w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, r.URL.Path))
				_ = json.NewEncoder(w).Encode(ocispec.Index{Manifests: manifests})
				return true
			})
			_, err := fetcher(t, s, signedBy(t, key)).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "with the key in")
			require.Less(t, len(s.Requests()), 100)
		})
	}
}
