package signature_test

import (
	"bytes"
	"strings"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
)

func fold(armored []byte) string {
	return "gpgsig " + strings.ReplaceAll(strings.TrimSpace(string(armored)), "\n", "\n ") + "\n"
}

// FuzzSplit: nothing is made up, and nothing is lost but the signature.
func FuzzSplit(f *testing.F) {
	signer, _ := sshSigner(f, edKey(f))
	commit := strings.Replace(signed, "\n\n", "\n"+fold(sshSignature(f, signer))+"\n", 1)
	for _, seed := range []string{signed, commit, "gpgsig x\n y\ngpgsig z\n\n", "gpgsig-sha256 x\n y\n\n", "\n\n", "", "tree x", "object a\n\nx\n" + string(sshSignature(f, signer))} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, tag bool) {
		kind := signature.Commit
		if tag {
			kind = signature.Tag
		}
		before := bytes.Clone(raw)
		signed, armored, err := signature.Split(kind, raw)
		require.Equal(t, before, raw)
		if err != nil {
			return
		}
		require.NotEmpty(t, armored)
		require.LessOrEqual(t, len(signed)+len(armored), len(raw))
		if tag {
			require.Equal(t, raw, append(bytes.Clone(signed), armored...))
			return
		}
		// The same signature, put back, comes out again.
		header, rest, found := bytes.Cut(signed, []byte("\n\n"))
		if !found || !bytes.HasSuffix(armored, []byte("\n")) || bytes.HasPrefix(signed, []byte("\n")) {
			return // there is no header to put it into
		}
		again := string(header) + "\n" + fold(armored) + "\n" + string(rest)
		second, sig, err := signature.Split(signature.Commit, []byte(again))
		require.NoError(t, err)
		require.Equal(t, string(signed), string(second))
		require.Equal(t, strings.TrimSpace(string(armored)), strings.TrimSpace(string(sig)))
	})
}

// FuzzVerify: no signature that was not made with the key counts.
func FuzzVerify(f *testing.F) {
	signer, public := sshSigner(f, edKey(f))
	entity, armored := pgpKey(f, now, 0, openpgp.PublicKeyType)
	keys, err := signature.Read(map[string][]byte{"a.pub": []byte(public), "a.asc": []byte(armored)})
	require.NoError(f, err)
	for _, sig := range [][]byte{sshSignature(f, signer), pgpSignature(f, entity, now)} {
		require.NoError(f, keys.Verify([]byte(signed), sig, now))
		f.Add([]byte("other"), sig)
		f.Add([]byte(""), sig)
	}
	f.Fuzz(func(t *testing.T, payload, sig []byte) {
		if string(payload) == signed {
			return
		}
		require.Error(t, keys.Verify(payload, sig, now))
	})
}

// FuzzRead reads what may be in a Secret.
func FuzzRead(f *testing.F) {
	_, public := sshSigner(f, edKey(f))
	_, armored := pgpKey(f, now, 0, openpgp.PublicKeyType)
	f.Add("a.pub", []byte(public))
	f.Add("a.asc", []byte(armored))
	f.Add("allowed_signers", []byte(`"a b" namespaces="git",valid-after="20260101" `+public+"\n# x\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		keys, err := signature.Read(map[string][]byte{name: data})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEmpty(t, keys.Digest())
		require.NotEmpty(t, keys.String())
	})
}
