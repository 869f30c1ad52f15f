package signature

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// maxArmored bounds a signature: anybody may have written it.
const maxArmored = 64 << 10

// Verify is nil if one of the keys has made the signature of the signed bytes.
func (k *Keys) Verify(signed, armored []byte, now time.Time) error {
	switch {
	case len(armored) > maxArmored:
		return fmt.Errorf("its signature has %d bytes, more than the limit of %d", len(armored), maxArmored)
	case bytes.HasPrefix(armored, []byte("-----BEGIN SSH SIGNATURE-----")):
		return k.verifySSH(signed, armored, now)
	case bytes.HasPrefix(armored, []byte("-----BEGIN PGP SIGNATURE-----")):
		return k.verifyPGP(signed, armored, now)
	}
	return errors.New("its signature is neither of OpenPGP nor of SSH")
}

func (k *Keys) verifySSH(signed, armored []byte, now time.Time) error {
	sig, err := sshsig.Unarmor(armored)
	if err != nil {
		return errors.New("its SSH signature is malformed")
	}
	by := ssh.FingerprintSHA256(sig.PublicKey)
	at := slices.IndexFunc(k.ssh, func(s sshKey) bool {
		return bytes.Equal(s.key.Marshal(), sig.PublicKey.Marshal()) && s.counts(now)
	})
	if at < 0 {
		return fmt.Errorf("it is signed with the SSH key %s, which is not among those in the Secret, or not valid today", by)
	}
	if err := sshsig.Verify(bytes.NewReader(signed), sig, k.ssh[at].key, sig.HashAlgorithm, namespace); err != nil {
		if errors.Is(err, sshsig.ErrNamespaceMismatch) {
			return fmt.Errorf("it carries a signature of the SSH key %s for something else than git (namespace %.40q)", by, sig.Namespace)
		}
		return fmt.Errorf("the signature by the SSH key %s does not fit: it is of another object", by)
	}
	return nil
}

func (k *Keys) verifyPGP(signed, armored []byte, now time.Time) error {
	config := &packet.Config{Time: func() time.Time { return now }}
	sig, signer, err := openpgp.VerifyArmoredDetachedSignature(k.pgp, bytes.NewReader(signed), bytes.NewReader(armored), config)
	switch {
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return errors.New("it is signed with an OpenPGP key that is not among those in the Secret")
	case errors.Is(err, pgperrors.ErrKeyRevoked), errors.Is(err, pgperrors.ErrKeyExpired), errors.Is(err, pgperrors.ErrSignatureExpired):
		return fmt.Errorf("its OpenPGP signature does not count: %w", err)
	case err != nil:
		return fmt.Errorf("its OpenPGP signature does not fit: %.200q", err.Error())
	}
	// The library asks whether the key was good when it signed, by the signer's own
	// word.
	if _, good := signer.SigningKeyById(now, *sig.IssuerKeyId, config); !good {
		return fmt.Errorf("the OpenPGP key %s that signed it has expired or was revoked", fingerprint(signer))
	}
	return nil
}

func fingerprint(e *openpgp.Entity) string {
	return strings.ToUpper(hex.EncodeToString(e.PrimaryKey.Fingerprint))
}
