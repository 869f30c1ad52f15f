package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

func keys(t *testing.T, data map[string][]byte) *signature.Keys {
	t.Helper()
	k, err := signature.Read(data)
	require.NoError(t, err)
	return k
}

// trusting makes a configuration want a signature with one of the signers' keys.
func trusting(t *testing.T, signers ...*gitserver.Signer) func(*git.Config) {
	t.Helper()
	data := map[string][]byte{}
	for i, s := range signers {
		data[string(rune('a'+i))+s.Suffix] = s.Public
	}
	k := keys(t, data)
	return func(c *git.Config) { c.Keys = k }
}

// TestVerify signs with the programs that people sign with.
func TestVerify(t *testing.T) {
	for name, newSigner := range map[string]func(*gitserver.Server) *gitserver.Signer{
		"ssh": (*gitserver.Server).NewSSHSigner,
		"gpg": (*gitserver.Server).NewGPGSigner,
	} {
		t.Run(name, func(t *testing.T) {
			server := gitserver.New(t)
			good, other := newSigner(server), newSigner(server)
			signed := server.CommitSigned(path, "signed", good)
			content := fetch(t, newFetcher(t, server, trusting(t, other, good)), "")
			require.Equal(t, "signed", string(content.Data()))
			require.Equal(t, signed, strings.Split(string(content.Revision), "+")[0])
			require.True(t, fetch(t, newFetcher(t, server, trusting(t, other, good)), content.Revision).Unchanged)

			_, err := newFetcher(t, server, trusting(t, other)).Fetch(t.Context(), content.Revision)
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "not among those in the Secret")
			require.ErrorContains(t, err, "commit "+signed[:12], "other keys are asked anew")

			server.Commit(path, "unsigned")
			_, err = newFetcher(t, server, trusting(t, good)).Fetch(t.Context(), content.Revision)
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "it is not signed; a signature with the ")
			require.Equal(t, "signed", string(fetch(t, newFetcher(t, server, func(c *git.Config) {
				trusting(t, good)(c)
				c.Commit = signed
			}), "").Data()))
		})
	}
}

// TestVerifyEither: a team has members with keys of both kinds.
func TestVerifyEither(t *testing.T) {
	server := gitserver.New(t)
	one, two := server.NewSSHSigner(), server.NewGPGSigner()
	for _, by := range []*gitserver.Signer{one, two} {
		server.CommitSigned(path, "signed", by)
		require.Equal(t, "signed", string(fetch(t, newFetcher(t, server, trusting(t, one, two)), "").Data()))
	}
}

func TestVerifyTag(t *testing.T) {
	server := gitserver.New(t)
	good, other := server.NewSSHSigner(), server.NewSSHSigner()
	server.Commit(path, "unsigned")
	server.TagSigned("v1", good)
	server.TagSigned("theirs", other)
	server.Git("tag", "--annotate", "--message=x", "unsigned")
	server.CommitSigned(path, "signed", good)
	server.Git("tag", "light")
	server.Git("tag", "--annotate", "--message=x", "annotated")
	server.TagSigned("theirs-too", other)
	server.Git("update-ref", "refs/tags/v2", server.Git("rev-parse", "v1"))
	server.Git("tag", "--annotate", "--message=x", "nested", "v1")

	tests := map[string]struct{ why, data, text string }{
		"v1":         {why: "the tag is signed, and with it the commit's hash", data: "unsigned"},
		"light":      {why: "the commit is signed", data: "signed"},
		"annotated":  {why: "the commit is signed", data: "signed"},
		"unsigned":   {why: "neither is", text: "commit "},
		"theirs":     {why: "a stranger's", text: "tag "},
		"theirs-too": {why: "a bad signature is not made good by the commit's", text: "tag "},
		"v2":         {why: "nobody has signed that v1 is v2", text: `what it signs is the tag "v1"`},
		"nested":     {why: "an unsigned tag of a signed tag: its commit is not signed", text: "it is not signed"},
	}
	for tag, tt := range tests {
		t.Run(tag, func(t *testing.T) {
			fetcher := newFetcher(t, server, func(c *git.Config) { trusting(t, good)(c); c.Tag = tag })
			content, err := fetcher.Fetch(t.Context(), "")
			if tt.text == "" {
				require.NoError(t, err, tt.why)
				require.Equal(t, tt.data, string(content.Data()), tt.why)
				return
			}
			requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, tt.text)
		})
	}
}

// TestTampered: a good signature over other bytes.
func TestTampered(t *testing.T) {
	for name, newSigner := range map[string]func(*gitserver.Server) *gitserver.Signer{
		"ssh": (*gitserver.Server).NewSSHSigner,
		"gpg": (*gitserver.Server).NewGPGSigner,
	} {
		t.Run(name, func(t *testing.T) {
			server := gitserver.New(t)
			good := newSigner(server)
			server.CommitSigned(path, "signed", good)
			raw := server.Git("cat-file", "commit", "HEAD") + "\n"
			tree := server.Git("rev-parse", "HEAD^{tree}")
			server.Commit(path, "evil")
			evil := server.Git("rev-parse", "HEAD^{tree}")

			for why, tampered := range map[string]string{
				"another tree":      strings.Replace(raw, tree, evil, 1),
				"another message":   strings.Replace(raw, "A change", "A chance", 1),
				"a second tree":     strings.Replace(raw, "tree "+tree+"\n", "tree "+evil+"\ntree "+tree+"\n", 1),
				"tree in signature": strings.Replace(raw, "gpgsig ", "gpgsig-sha256 x\n tree "+evil+"\ntree "+evil+"\ngpgsig ", 1),
				"signed twice":      strings.Replace(raw, "gpgsig ", "gpgsig x\ngpgsig ", 1),
			} {
				hash := server.Pipe(tampered, "hash-object", "-w", "-t", "commit", "--literally", "--stdin")
				server.Git("update-ref", "refs/heads/main", hash)
				_, err := newFetcher(t, server, trusting(t, good)).Fetch(t.Context(), "")
				requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "cannot be trusted")
				require.ErrorContains(t, err, hash[:12], why)
			}
			// What git does not sign, the signature over another hash, may change.
			hash := server.Pipe(strings.Replace(raw, "gpgsig ", "gpgsig-sha256 x\n y\ngpgsig ", 1),
				"hash-object", "-w", "-t", "commit", "--literally", "--stdin")
			server.Git("update-ref", "refs/heads/main", hash)
			require.Equal(t, "signed", string(fetch(t, newFetcher(t, server, trusting(t, good)), "").Data()))
		})
	}
}

// TestSignatureForSomethingElse: who signs files with the same key has not signed a
// commit that looks like one.
func TestSignatureForSomethingElse(t *testing.T) {
	server := gitserver.New(t)
	good := server.NewSSHSigner()
	server.CommitSigned(path, "signed", good)
	raw := server.Git("cat-file", "commit", "HEAD") + "\n"
	signed, _, err := signature.Split(signature.Commit, []byte(raw))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "commit")
	require.NoError(t, os.WriteFile(file, signed, 0o600))
	out, err := exec.Command("ssh-keygen", "-Y", "sign", "-n", "file", "-f", good.Private, file).CombinedOutput()
	require.NoError(t, err, string(out))
	armored, err := os.ReadFile(file + ".sig")
	require.NoError(t, err)

	header, message, _ := strings.Cut(string(signed), "\n\n")
	folded := strings.ReplaceAll(strings.TrimSpace(string(armored)), "\n", "\n ")
	hash := server.Pipe(header+"\ngpgsig "+folded+"\n\n"+message, "hash-object", "-w", "-t", "commit", "--stdin")
	server.Git("update-ref", "refs/heads/main", hash)
	_, err = newFetcher(t, server, trusting(t, good)).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, `for something else than git (namespace "file")`)
}

// TestExpiredKey: it was good when it signed, says its owner, who may have lost it.
func TestExpiredKey(t *testing.T) {
	server := gitserver.New(t)
	expired := server.NewExpiredGPGSigner()
	server.CommitSigned(path, "signed", expired)
	_, err := newFetcher(t, server, trusting(t, expired)).Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonVerificationFailed, "expired")
}
