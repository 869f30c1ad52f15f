package secureshell_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/secureshell"
)

// FuzzNewLogin reads what may be in a Secret. Nothing of it is left on disk, and
// nothing secret is in a message.
func FuzzNewLogin(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	plain, err := ssh.MarshalPrivateKey(key, "")
	require.NoError(f, err)
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("s3cret"))
	require.NoError(f, err)
	public, err := ssh.NewPublicKey(key.Public())
	require.NoError(f, err)
	line := string(ssh.MarshalAuthorizedKey(public))
	identity := pem.EncodeToMemory(plain)
	for _, hosts := range []string{
		"example.com " + line, "[example.com]:22 " + line, "example.com,1.2.3.4 " + line, "@cert-authority *.example.com " + line, "@revoked * " + line, "# x\n\n*.com,!example.com " + line,
		"|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= " + line, "|1|x " + line, "@x y", "example.com ssh-rsa AAAA", "\x00", "|", "@",
	} {
		f.Add(identity, "", []byte(hosts))
	}
	f.Add(pem.EncodeToMemory(locked), "s3cret", []byte("example.com "+line))
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), "", []byte(line))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, identity []byte, passphrase string, hosts []byte) {
		login, err := secureshell.NewLogin(identity, passphrase, hosts, dir)
		left, failed := os.ReadDir(dir)
		require.NoError(t, failed)
		require.Empty(t, left)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		login.Knows("example.com:22")
		login.Knows("[::1]:22")
	})
}

// FuzzQuote: a shell takes one word, whatever is in it.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"/a b.git", "'", `\'`, "$(x)", "a'; x '", "", "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		// As a shell reads it: all between two single quotes is taken as it is, and a
		// backslash outside of them takes the next one.
		var read []byte
		within := false
		quoted := secureshell.Quote(word)
		for i := 0; i < len(quoted); i++ {
			switch {
			case quoted[i] == '\'':
				within = !within
			case within:
				read = append(read, quoted[i])
			default:
				require.Equal(t, `\'`, quoted[i:i+2])
				read = append(read, '\'')
				i++
			}
		}
		require.False(t, within)
		require.Equal(t, word, string(read))
	})
}
