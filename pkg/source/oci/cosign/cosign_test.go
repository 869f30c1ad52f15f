package cosign_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci/cosign"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

var (
	signed = digest.FromString("the artifact")
	other  = digest.FromString("another one")
)

func keys(t *testing.T, all ...ociserver.Key) cosign.Keys {
	t.Helper()
	var text []byte
	for _, key := range all {
		text = append(text, key.Public()...)
	}
	parsed, err := cosign.ParseKeys(text)
	require.NoError(t, err)
	return parsed
}

func signers(t *testing.T) map[string]ociserver.Key {
	t.Helper()
	all := map[string]ociserver.Key{}
	add := func(name string, key crypto.Signer, err error) {
		require.NoError(t, err)
		all[name] = ociserver.Key{Signer: key}
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		add(curve.Params().Name, key, err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	add("Ed25519", edwards, err)
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	add("RSA", long, err)
	return all
}

func TestKinds(t *testing.T) {
	stranger := ociserver.NewKey()
	for name, key := range signers(t) {
		t.Run(name, func(t *testing.T) {
			trusted := keys(t, stranger, key)
			payload := ociserver.Payload(signed)
			signature := base64.StdEncoding.EncodeToString(key.Sign(payload))
			require.NoError(t, trusted.Payload(payload, signature, signed), "any of the keys is enough")
			require.NoError(t, trusted.Bundle(ociserver.Bundle(key, signed, ociserver.SignedType), signed))
			require.ErrorIs(t, keys(t, stranger).Payload(payload, signature, signed), cosign.ErrOtherKey)
			changed := bytes.Replace(payload, []byte("example.com"), []byte("evil.net"), 1)
			require.ErrorIs(t, trusted.Payload(changed, signature, signed), cosign.ErrOtherKey)
		})
	}
	var none cosign.Keys
	require.ErrorIs(t, none.Payload(ociserver.Payload(signed), "eA==", signed), cosign.ErrOtherKey)
}

func TestPayload(t *testing.T) {
	key := ociserver.NewKey()
	good := string(ociserver.Payload(signed))
	for name, tt := range map[string]struct {
		why, payload, says string
	}{
		"good":             {"the base case", good, ""},
		"another artifact": {"a signature is for one digest", string(ociserver.Payload(other)), "of another artifact"},
		"another type":     {"the key may sign other things", strings.Replace(good, "cosign container image signature", "atomic", 1), `a "atomic"`},
		"not JSON":         {"the key may sign anything", "x", "not JSON"},
		"no digest":        {"it says nothing", `{"critical":{"type":"cosign container image signature"}}`, "of another artifact"},
	} {
		t.Run(name, func(t *testing.T) {
			signature := base64.StdEncoding.EncodeToString(key.Sign([]byte(tt.payload)))
			err := keys(t, key).Payload([]byte(tt.payload), signature, signed)
			if tt.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.says, tt.why)
		})
	}
	require.ErrorContains(t, keys(t, key).Payload([]byte(good), "?", signed), "base64")
	require.ErrorContains(t, keys(t, key).Payload([]byte(good), "", signed), "base64")
	require.Equal(t, "sha256-"+signed.Encoded()+".sig", cosign.Tag(signed))
}

func TestBundle(t *testing.T) {
	key, stranger := ociserver.NewKey(), ociserver.NewKey()
	good := ociserver.Bundle(key, signed, ociserver.SignedType)
	for name, tt := range map[string]struct {
		why    string
		bundle []byte
		says   string
	}{
		"another key":      {"it is not trusted", ociserver.Bundle(stranger, signed, ociserver.SignedType), "another key"},
		"another artifact": {"a signature is for one digest", ociserver.Bundle(key, other, ociserver.SignedType), "of another artifact"},
		"an attestation":   {"a report of a scan says: do not use it", ociserver.Bundle(key, signed, "https://cosign.sigstore.dev/attestation/vuln/v1"), "attestation of type"},
		"another payload":  {"the statement was put in later", swapPayload(t, good, ociserver.Bundle(stranger, other, ociserver.SignedType)), "another key"},
		"another envelope": {"the type is signed too", bytes.Replace(good, []byte("vnd.in-toto+json"), []byte("x"), 1), "no signed statement"},
		"no envelope":      {"a signature of a file", []byte(`{"messageSignature":{"signature":"eA=="}}`), "no signed statement"},
		"no signature":     {"it is empty", []byte(`{"dsseEnvelope":{"payload":"eA==","payloadType":"application/vnd.in-toto+json"}}`), "another key"},
		"not base64":       {"protobuf would refuse it", []byte(`{"dsseEnvelope":{"payload":"?"}}`), "not JSON as it should be"},
		"not JSON":         {"it is something else", []byte("x"), "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, keys(t, key).Bundle(tt.bundle, signed), tt.says, tt.why)
		})
	}
}

// swapPayload puts the statement of one bundle into another.
func swapPayload(t *testing.T, into, from []byte) []byte {
	t.Helper()
	cut := func(bundle []byte) []byte {
		_, rest, found := bytes.Cut(bundle, []byte(`"payload":"`))
		require.True(t, found)
		return rest[:bytes.IndexByte(rest, '"')]
	}
	return bytes.Replace(into, cut(into), cut(from), 1)
}

func TestParseKeys(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	one := string(ociserver.NewKey().Public())
	for name, tt := range map[string]struct{ why, text, says string }{
		"nothing":     {"an empty file", "", "no public key"},
		"words":       {"somebody pasted a URL", "https://example.com", "no public key"},
		"private key": {"it does not belong here", toPEM("ENCRYPTED SIGSTORE PRIVATE KEY", []byte("hidden")), "key 1: it is something else"},
		"certificate": {"it is not understood", one + toPEM("CERTIFICATE", []byte("x")), "key 2: it is something else"},
		"broken":      {"cut", toPEM("PUBLIC KEY", []byte("x")), "it is broken"},
		"short RSA":   {"it can be broken", string(ociserver.Key{Signer: short}.Public()), "1024 bits is too weak"},
		"odd curve":   {"cosign has none", string(ociserver.Key{Signer: small}.Public()), "P-224 is not supported"},
		"many":        {"each costs time", strings.Repeat(one, 11), "more than 10 keys"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cosign.ParseKeys([]byte(tt.text))
			require.ErrorContains(t, err, tt.says, tt.why)
			require.NotContains(t, err.Error(), "hidden")
		})
	}
	a, b := ociserver.NewKey(), ociserver.NewKey()
	require.NotEqual(t, keys(t, a).Fingerprint(), keys(t, b).Fingerprint())
	require.NotEqual(t, keys(t, a).Fingerprint(), keys(t, a, b).Fingerprint())
	require.Len(t, keys(t, a).Fingerprint(), 16)
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// TestWrittenByCosign reads what the program itself wrote, see testdata/README.md.
func TestWrittenByCosign(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		return bytes.TrimSpace(data)
	}
	trusted, err := cosign.ParseKeys(read("cosign.pub"))
	require.NoError(t, err)
	stranger := keys(t, ociserver.NewKey())

	payload, signature, of := read("payload/payload.json"), string(read("payload/signature")), digest.Digest(read("payload/digest"))
	require.NoError(t, trusted.Payload(payload, signature, of))
	require.ErrorContains(t, trusted.Payload(payload, signature, other), "of another artifact")
	require.ErrorIs(t, stranger.Payload(payload, signature, of), cosign.ErrOtherKey)

	bundle, of := read("bundle/signature.json"), digest.Digest(read("bundle/digest"))
	require.NoError(t, trusted.Bundle(bundle, of))
	require.ErrorContains(t, trusted.Bundle(bundle, other), "of another artifact")
	require.ErrorIs(t, stranger.Bundle(bundle, of), cosign.ErrOtherKey)
	require.ErrorContains(t, trusted.Bundle(read("bundle/attestation.json"), of), "attestation of type")
}

// FuzzSignatures: nothing that is made up passes for signed.
func FuzzSignatures(f *testing.F) {
	key := ociserver.NewKey()
	trusted, err := cosign.ParseKeys(key.Public())
	require.NoError(f, err)
	stranger := ociserver.NewKey()
	f.Add(ociserver.Payload(signed), base64.StdEncoding.EncodeToString(stranger.Sign(ociserver.Payload(signed))))
	f.Add(ociserver.Bundle(stranger, signed, ociserver.SignedType), "")
	f.Add([]byte(`{"dsseEnvelope":{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":""}]}}`), "MAYCAQACAQA=")
	f.Add([]byte(strings.Repeat("[", 1000)), "AA==")
	f.Fuzz(func(t *testing.T, data []byte, signature string) {
		require.Error(t, trusted.Payload(data, signature, signed))
		require.Error(t, trusted.Bundle(data, signed))
		if _, err := cosign.ParseKeys(data); err != nil {
			require.NotContains(t, err.Error(), "\n")
		}
	})
}
