package cosign

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
)

const (
	// SignatureAnnotation holds the signature of the layer that it annotates.
	SignatureAnnotation = "dev.cosignproject.cosign/signature"

	// bundleType is the artifact type of a Sigstore bundle, without its version.
	bundleType = "application/vnd.dev.sigstore.bundle"
	// predicateAnnotation says what a bundle states, so that attestations need not be read.
	predicateAnnotation = "dev.sigstore.bundle.predicateType"

	payloadType   = "cosign container image signature"
	statementType = "application/vnd.in-toto+json"
	signedType    = "https://sigstore.dev/cosign/sign/v1"
)

// ErrOtherKey says that what is there was not signed with one of the keys.
var ErrOtherKey = errors.New("it was made with another key, or changed since")

// Tag is where cosign put signatures of the artifact up to version 2.
func Tag(signed digest.Digest) string {
	return fmt.Sprintf("%s-%s.sig", signed.Algorithm(), signed.Encoded())
}

// MayBeSignature says whether an artifact that refers to another one is worth reading.
// Registries that are older than artifact types give that of something else.
func MayBeSignature(artifactType string, annotations map[string]string) bool {
	if states, told := annotations[predicateAnnotation]; told {
		return states == signedType
	}
	return strings.HasPrefix(artifactType, bundleType)
}

// Payload is nil if one of the keys has signed the payload and it is about the
// digest. The signature is as it stands in the [SignatureAnnotation].
func (k Keys) Payload(payload []byte, signature string, signed digest.Digest) error {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(raw) == 0 {
		return errors.New("the signature is not in base64")
	}
	if !k.verify(payload, raw) {
		return ErrOtherKey
	}
	var content struct {
		Critical struct {
			Type  string `json:"type"`
			Image struct {
				Digest digest.Digest `json:"docker-manifest-digest"`
			} `json:"image"`
		} `json:"critical"`
	}
	if err := json.Unmarshal(payload, &content); err != nil {
		return errors.New("the signed payload is not JSON")
	}
	if kind := content.Critical.Type; kind != payloadType {
		return fmt.Errorf("what was signed is a %.80q, not a %q", kind, payloadType)
	}
	if about := content.Critical.Image.Digest; about != signed {
		return fmt.Errorf("it is the signature of another artifact, %.80q", about)
	}
	return nil
}

// envelope is what a bundle holds that was made with a key. The rest of a bundle is
// for those that use certificates and logs.
type envelope struct {
	DSSE *struct {
		Payload     []byte `json:"payload"`
		PayloadType string `json:"payloadType"`
		Signatures  []struct {
			Sig []byte `json:"sig"`
		} `json:"signatures"`
	} `json:"dsseEnvelope"`
}

// Bundle is nil if one of the keys has signed the bundle's statement and that says
// that the artifact with the digest was signed.
func (k Keys) Bundle(bundle []byte, signed digest.Digest) error {
	var b envelope
	if err := json.Unmarshal(bundle, &b); err != nil {
		return errors.New("the bundle is not JSON as it should be")
	}
	if b.DSSE == nil || b.DSSE.PayloadType != statementType {
		return errors.New("the bundle holds no signed statement")
	}
	message := preAuthenticated(b.DSSE.PayloadType, b.DSSE.Payload)
	// One is enough, and the first few are all that a hostile bundle makes us try.
	for _, signature := range b.DSSE.Signatures[:min(len(b.DSSE.Signatures), maxKeys)] {
		if k.verify(message, signature.Sig) {
			return checkStatement(b.DSSE.Payload, signed)
		}
	}
	return ErrOtherKey
}

// preAuthenticated is what DSSE signs: the type and the payload, each with its length.
func preAuthenticated(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}

// subject is what a statement is about.
type subject struct {
	// Digest has the algorithms as its keys.
	Digest map[string]string `json:"digest"`
}

func checkStatement(payload []byte, signed digest.Digest) error {
	var statement struct {
		Type          string    `json:"_type"`
		PredicateType string    `json:"predicateType"`
		Subject       []subject `json:"subject"`
	}
	if err := json.Unmarshal(payload, &statement); err != nil {
		return errors.New("the signed statement is not JSON")
	}
	if !strings.HasPrefix(statement.Type, "https://in-toto.io/Statement/") || statement.PredicateType != signedType {
		return fmt.Errorf("what was signed is an attestation of type %.80q, not a signature", statement.PredicateType)
	}
	isSubject := slices.ContainsFunc(statement.Subject, func(s subject) bool {
		return s.Digest[signed.Algorithm().String()] == signed.Encoded()
	})
	if !isSubject {
		return errors.New("it is the signature of another artifact")
	}
	return nil
}
