package cosign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	_ "crypto/sha512" // for curves that are larger than P-256
)

const (
	// maxKeys is how many keys may be valid at once, while one replaces another.
	maxKeys = 10
	// minRSABits is what is not known to be breakable.
	minRSABits = 2048
)

// Keys are public keys, each of which may have signed. The zero value verifies nothing.
type Keys struct {
	keys        []crypto.PublicKey
	fingerprint string
}

// ParseKeys reads one or more public keys in PEM, as cosign writes them to
// cosign.pub: ECDSA on P-256, P-384 or P-521, Ed25519, or RSA.
func ParseKeys(data []byte) (Keys, error) {
	var k Keys
	sum := sha256.New()
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if len(k.keys) == maxKeys {
			return Keys{}, fmt.Errorf("there are more than %d keys", maxKeys)
		}
		key, err := parseKey(block)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d: %w", len(k.keys)+1, err)
		}
		k.keys = append(k.keys, key)
		sum.Write(block.Bytes)
	}
	if len(k.keys) == 0 {
		return Keys{}, errors.New("there is no public key in PEM")
	}
	k.fingerprint = hex.EncodeToString(sum.Sum(nil))[:16]
	return k, nil
}

func parseKey(block *pem.Block) (crypto.PublicKey, error) {
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, errors.New("it is something else than a public key")
	}
	if err != nil {
		return nil, errors.New("it is broken")
	}
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if len(hashesOf(key)) == 0 {
			return nil, fmt.Errorf("the curve %s is not supported", key.Curve.Params().Name)
		}
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return nil, fmt.Errorf("RSA with %d bits is too weak: at least %d are needed", bits, minRSABits)
		}
	case ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("a %T is not supported", key)
	}
	return key, nil
}

// Fingerprint differs when the keys do.
func (k Keys) Fingerprint() string { return k.fingerprint }

// verify says whether one of the keys has signed the message.
func (k Keys) verify(message, signature []byte) bool {
	for _, key := range k.keys {
		if verify(key, message, signature) {
			return true
		}
	}
	return false
}

func verify(key crypto.PublicKey, message, signature []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *rsa.PublicKey:
		sum := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		for _, hash := range hashesOf(key) {
			h := hash.New()
			h.Write(message)
			if ecdsa.VerifyASN1(key, h.Sum(nil), signature) {
				return true
			}
		}
	}
	return false
}

// hashesOf are those that go with a curve. cosign used SHA-256 with all of them, and
// uses the one of the curve's size in bundles.
func hashesOf(key *ecdsa.PublicKey) []crypto.Hash {
	switch key.Curve {
	case elliptic.P256():
		return []crypto.Hash{crypto.SHA256}
	case elliptic.P384():
		return []crypto.Hash{crypto.SHA384, crypto.SHA256}
	case elliptic.P521():
		return []crypto.Hash{crypto.SHA512, crypto.SHA256}
	}
	return nil
}
