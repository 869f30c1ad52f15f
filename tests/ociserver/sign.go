package ociserver

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2"
)

const (
	simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
	bundleType    = "application/vnd.dev.sigstore.bundle.v0.3+json"
	statementType = "application/vnd.in-toto+json"
	// SignedType says that a statement is a signature.
	SignedType = "https://sigstore.dev/cosign/sign/v1"
)

// Key signs as cosign does.
type Key struct{ crypto.Signer }

// NewKey makes one of the kind that cosign generate-key-pair makes.
func NewKey() Key {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return Key{key}
}

// Public is what stands in cosign.pub.
func (k Key) Public() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.Signer.Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Sign is a signature of a message.
func (k Key) Sign(message []byte) []byte {
	var options crypto.SignerOpts = crypto.SHA256
	switch key := k.Signer.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, message)
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
	default:
		panic(fmt.Sprintf("a %T", key))
	}
	sum := sha256.Sum256(message)
	signature, err := k.Signer.Sign(rand.Reader, sum[:], options)
	if err != nil {
		panic(err)
	}
	return signature
}

// Payload is what cosign signs up to version 2.
func Payload(of digest.Digest) []byte {
	return fmt.Appendf(nil, `{"critical":{"identity":{"docker-reference":"example.com/mcp"},`+
		`"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"},"optional":null}`, of)
}

// Bundle is what cosign writes since version 3, for a statement of some type.
func Bundle(key Key, of digest.Digest, predicateType string) []byte {
	statement := fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{%q:%q}}],"predicateType":%q,"predicate":{}}`,
		of.Algorithm(), of.Encoded(), predicateType)
	message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(statementType), statementType, len(statement), statement)
	bundle, err := json.Marshal(map[string]any{
		"mediaType":            bundleType,
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "x"}},
		"dsseEnvelope": map[string]any{
			"payload": statement, "payloadType": statementType,
			"signatures": []any{map[string]any{"sig": key.Sign(message)}},
		},
	})
	if err != nil {
		panic(err)
	}
	return bundle
}

// PushSignatures pushes what cosign pushed up to version 2: payloads, each signed by
// the key.
func (s *Server) PushSignatures(repository string, of digest.Digest, key Key, payloads ...[]byte) {
	s.t.Helper()
	var layers []Layer
	for _, payload := range payloads {
		layers = append(layers, Layer{Type: simpleSigning, Data: payload, Annotations: map[string]string{
			"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(key.Sign(payload)),
		}})
	}
	s.Push(repository, fmt.Sprintf("%s-%s.sig", of.Algorithm(), of.Encoded()), layers...)
}

// PushBundle pushes a bundle that refers to an artifact, as cosign does since version 3.
func (s *Server) PushBundle(repository string, of digest.Digest, bundle []byte, predicateType string) {
	s.t.Helper()
	to := s.Repository(repository)
	subject := s.Describe(repository, of.String())
	layer := s.blob(to, Layer{Type: bundleType, Data: bundle})
	annotations := map[string]string{"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": predicateType}
	_, err := oras.PackManifest(s.t.Context(), to, oras.PackManifestVersion1_1, bundleType, oras.PackManifestOptions{
		Subject: &subject, Layers: []ocispec.Descriptor{layer}, ManifestAnnotations: annotations,
	})
	require.NoError(s.t, err)
}
