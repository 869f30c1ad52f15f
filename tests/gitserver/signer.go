package gitserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// Signer signs commits and tags with the programs that git runs for it.
type Signer struct {
	// Public is the public key as people pass it on, in a file of this Suffix.
	Public []byte
	Suffix string
	// Private is the file of an SSH key; "" for gpg.
	Private string
	// flags make git sign with it.
	flags []string
}

func (s *Server) need(program string) {
	s.t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		s.t.Skipf("%s is not installed", program)
	}
}

// NewSSHSigner makes a key with ssh-keygen. The test is skipped if there is none.
func (s *Server) NewSSHSigner() *Signer {
	s.t.Helper()
	s.need("ssh-keygen")
	key := filepath.Join(s.t.TempDir(), "key")
	out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test@example.com", "-f", key).CombinedOutput()
	require.NoError(s.t, err, string(out))
	public, err := os.ReadFile(key + ".pub")
	require.NoError(s.t, err)
	return &Signer{Public: public, Suffix: ".pub", Private: key, flags: []string{"-c", "gpg.format=ssh", "-c", "user.signingKey=" + key}}
}

// NewGPGSigner makes a key with gpg. The test is skipped if there is none.
func (s *Server) NewGPGSigner() *Signer { return s.newGPGSigner("never") }

// NewExpiredGPGSigner is a [Server.NewGPGSigner] that lives in the year 2020, in
// which its key was good for a day.
func (s *Server) NewExpiredGPGSigner() *Signer {
	return s.newGPGSigner("1d", "--faked-system-time", "20200101T120000")
}

// newGPGSigner takes when the key expires as gpg's --quick-generate-key has it.
func (s *Server) newGPGSigner(expires string, flags ...string) *Signer {
	s.t.Helper()
	s.need("gpg")
	// The path of the agent's socket may have about a hundred characters.
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = os.RemoveAll(home) })
	s.t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "gpg-agent").Run() })
	flags = append([]string{"--homedir", home, "--quiet", "--batch"}, flags...)
	gpg := func(args ...string) []byte {
		out, err := exec.Command("gpg", append(flags, args...)...).Output()
		require.NoError(s.t, err, "gpg %q", args)
		return out
	}
	gpg("--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "test@example.com", "ed25519", "sign", expires)
	wrapper := filepath.Join(home, "gpg.sh")
	script := fmt.Sprintf("#!/bin/sh\nexec gpg %s \"$@\"\n", strings.Join(flags, " "))
	require.NoError(s.t, os.WriteFile(wrapper, []byte(script), 0o700))
	return &Signer{
		Public: gpg("--armor", "--export", "test@example.com"), Suffix: ".asc",
		flags: []string{"-c", "gpg.program=" + wrapper, "-c", "user.signingKey=test@example.com"},
	}
}

// CommitSigned is [Server.Commit] with a signature.
func (s *Server) CommitSigned(path, content string, by *Signer) string {
	s.t.Helper()
	s.write(path, content)
	s.Git("add", "--all", ".")
	s.Git(append(by.flags, "commit", "--quiet", "--allow-empty", "--gpg-sign", "--message=A change")...)
	return s.Git("rev-parse", "HEAD")
}

// TagSigned makes an annotated tag of the current commit with a signature.
func (s *Server) TagSigned(name string, by *Signer) {
	s.t.Helper()
	s.Git(append(by.flags, "tag", "--sign", "--message=A tag", name)...)
}
