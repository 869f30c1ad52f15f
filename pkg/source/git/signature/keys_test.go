package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const signed = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a\n\nA change\n"

func sshSigner(t testing.TB, key any) (ssh.Signer, string) {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	return signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return key
}

func sshSignature(t testing.TB, signer ssh.Signer) []byte {
	t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(signed), signer, sshsig.HashSHA512, "git")
	require.NoError(t, err)
	return sshsig.Armor(sig)
}

// pgpKey returns an entity made at a time, in armor.
func pgpKey(t testing.TB, at time.Time, lifetime time.Duration, kind string) (*openpgp.Entity, string) {
	t.Helper()
	config := &packet.Config{Time: func() time.Time { return at }, KeyLifetimeSecs: uint32(lifetime / time.Second)}
	entity, err := openpgp.NewEntity("test", "", "test@example.com", config)
	require.NoError(t, err)
	var text bytes.Buffer
	w, err := armor.Encode(&text, kind, nil)
	require.NoError(t, err)
	if kind == openpgp.PrivateKeyType {
		require.NoError(t, entity.SerializePrivate(w, config))
	} else {
		require.NoError(t, entity.Serialize(w))
	}
	require.NoError(t, w.Close())
	return entity, text.String()
}

func pgpSignature(t testing.TB, by *openpgp.Entity, at time.Time) []byte {
	t.Helper()
	var text bytes.Buffer
	config := &packet.Config{Time: func() time.Time { return at }}
	require.NoError(t, openpgp.ArmoredDetachSign(&text, []*openpgp.Entity{by}, strings.NewReader(signed), &openpgp.SignParams{Config: config}))
	return text.Bytes()
}

func TestReadRefuses(t *testing.T) {
	_, good := sshSigner(t, edKey(t))
	_, weak := sshSigner(t, rsaKey(t, 1024))
	_, private := pgpKey(t, now, 0, openpgp.PrivateKeyType)
	tests := map[string]struct{ why, name, value, text string }{
		"nothing":          {why: "nobody could sign", name: "other", value: good, text: "it has no public keys"},
		"comments":         {why: "nobody could sign", name: "a.pub", value: "# none yet\n\n", text: "it has no public keys"},
		"not a key":        {why: "a typing error", name: "a.pub", value: good + "\nspam", text: "a.pub: line 2: this is not an SSH public key"},
		"options":          {why: "they would be ignored", name: "a.pub", value: `from="x" ` + good, text: "line 1"},
		"weak":             {why: "it can be computed", name: "a.pub", value: weak, text: "an RSA key of 1024 bits is too weak"},
		"no armor":         {why: "a typing error", name: "a.asc", value: good, text: "a.asc: this is not an armored OpenPGP public key"},
		"broken armor":     {why: "a copy went wrong", name: "a.asc", value: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----", text: "not an armored"},
		"private":          {why: "it does not belong there", name: "a.asc", value: private, text: "this is a private key"},
		"no principals":    {why: "a key in the wrong file", name: "allowed_signers", value: good, text: "there is no SSH public key"},
		"only principals":  {why: "half a line", name: "allowed_signers", value: "me@example.com", text: "no principals before"},
		"quote is open":    {why: "half a line", name: "allowed_signers", value: `"me ` + good, text: "no principals before"},
		"other namespace":  {why: "it is for files", name: "allowed_signers", value: `me namespaces="file,email" ` + good, text: `does not allow "git"`},
		"authority":        {why: "not built", name: "allowed_signers", value: "me cert-authority " + good, text: "cert-authority is not supported"},
		"unknown option":   {why: "it may be a restriction", name: "allowed_signers", value: "me valid-befor=20260101 " + good, text: `option "valid-befor" is unknown`},
		"not a time":       {why: "nobody knows until when", name: "allowed_signers", value: "me valid-before=tomorrow " + good, text: `time "tomorrow"`},
		"not a whole time": {why: "nobody knows until when", name: "allowed_signers", value: "me valid-before=202613 " + good, text: "is not of the form"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := signature.Read(map[string][]byte{tt.name: []byte(tt.value)})
			require.ErrorContains(t, err, tt.text, tt.why)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestSSHKeys(t *testing.T) {
	one, public := sshSigner(t, edKey(t))
	strong, rsaPublic := sshSigner(t, rsaKey(t, 2048))
	_, other := sshSigner(t, edKey(t))
	tests := map[string]struct {
		name, value string
		signer      ssh.Signer
		refused     bool
	}{
		"alone":          {name: "a.pub", value: public + " me@example.com", signer: one},
		"of several":     {name: "a.pub", value: other + "\n# mine\n" + public + "\r\n", signer: one},
		"RSA":            {name: "a.pub", value: rsaPublic, signer: strong},
		"signer":         {name: "allowed_signers", value: "me@example.com " + public, signer: one},
		"quoted":         {name: "allowed_signers", value: `"me you" namespaces="file,git" ` + public, signer: one},
		"all namespaces": {name: "allowed_signers", value: `* namespaces="*" ` + public, signer: one},
		"valid":          {name: "allowed_signers", value: `* valid-after="20261124",valid-before="20261124120001Z" ` + public, signer: one},
		"not yet":        {name: "allowed_signers", value: `* valid-after="202611241201" ` + public, signer: one, refused: true},
		"no longer":      {name: "allowed_signers", value: `* valid-before="20261124120000" ` + public, signer: one, refused: true},
		"another":        {name: "a.pub", value: other, signer: one, refused: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			keys, err := signature.Read(map[string][]byte{tt.name: []byte(tt.value)})
			require.NoError(t, err)
			err = keys.Verify([]byte(signed), sshSignature(t, tt.signer), now)
			if tt.refused {
				require.ErrorContains(t, err, "not among those in the Secret")
				return
			}
			require.NoError(t, err)
			require.Error(t, keys.Verify([]byte(signed+"x"), sshSignature(t, tt.signer), now))
		})
	}
}

func TestOpenPGPKeys(t *testing.T) {
	made := now.Add(-time.Hour)
	one, public := pgpKey(t, made, 0, openpgp.PublicKeyType)
	two, second := pgpKey(t, made, 0, openpgp.PublicKeyType)
	short, expiring := pgpKey(t, made, 30*time.Minute, openpgp.PublicKeyType)
	keys, err := signature.Read(map[string][]byte{"team.asc": []byte("Our keys:\n" + public + "\n" + second), "short.asc": []byte(expiring)})
	require.NoError(t, err)
	require.Equal(t, "one of the 3 OpenPGP keys", keys.String())
	for _, e := range []*openpgp.Entity{one, two} {
		armored := pgpSignature(t, e, made.Add(time.Minute))
		require.NoError(t, keys.Verify([]byte(signed), armored, now))
		require.Error(t, keys.Verify([]byte(signed+"x"), armored, now))
	}
	armored := pgpSignature(t, short, made.Add(time.Minute))
	require.NoError(t, keys.Verify([]byte(signed), armored, made.Add(2*time.Minute)))
	require.ErrorContains(t, keys.Verify([]byte(signed), armored, now), "expired", "a thief would say that it is old")

	_, only := pgpKey(t, made, 0, openpgp.PublicKeyType)
	keys, err = signature.Read(map[string][]byte{"a.asc": []byte(only)})
	require.NoError(t, err)
	require.ErrorContains(t, keys.Verify([]byte(signed), pgpSignature(t, one, made), now), "not among those in the Secret")
	for text, armored := range map[string]string{
		"neither of OpenPGP nor of SSH": "-----BEGIN SIGNED MESSAGE-----\n", "does not fit": "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n",
		"malformed": "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", "more than the limit": strings.Repeat("x", 70_000),
	} {
		require.ErrorContains(t, keys.Verify([]byte(signed), []byte(armored), now), text)
	}
}

func TestDigest(t *testing.T) {
	_, a := sshSigner(t, edKey(t))
	_, b := sshSigner(t, edKey(t))
	digest := func(data map[string][]byte) string {
		keys, err := signature.Read(data)
		require.NoError(t, err)
		return keys.Digest()
	}
	both := digest(map[string][]byte{"a.pub": []byte(a), "b.pub": []byte(b)})
	require.Equal(t, both, digest(map[string][]byte{"x.pub": []byte(b + "\n" + a + " other comment")}), "the same keys")
	require.NotEqual(t, both, digest(map[string][]byte{"a.pub": []byte(a)}))
	require.NotEqual(t, digest(map[string][]byte{"a.pub": []byte(a)}),
		digest(map[string][]byte{"allowed_signers": []byte("* valid-before=20270101 " + a)}), "a bound is a change")
}
