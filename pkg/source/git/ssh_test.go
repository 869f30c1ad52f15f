package git_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/secureshell"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

func login(t *testing.T, identity []byte, passphrase string, knownHosts []byte) *secureshell.Login {
	t.Helper()
	login, err := secureshell.NewLogin(identity, passphrase, knownHosts, t.TempDir())
	require.NoError(t, err)
	return login
}

// overSSH makes a configuration read the repository over SSH.
func overSSH(t *testing.T, served *gitserver.SSH) func(*git.Config) {
	return func(c *git.Config) {
		c.Repository, c.HTTP = served.URL(), nil
		c.SSH = &git.SSH{
			Login: login(t, served.Identity(), "", served.KnownHosts()),
			Dial:  egress.Policy{AllowLoopback: true}.Dial,
		}
	}
}

type sshHarness struct {
	harness
	served *gitserver.SSH
}

func (h sshHarness) Fetcher() source.Fetcher {
	return newFetcher(h.t, h.server, overSSH(h.t, h.served))
}

func TestSSHConformance(t *testing.T) {
	for name, settings := range map[string][]gitserver.Setting{
		"plain":          nil,
		"partial clones": {{Key: "uploadpack.allowFilter", Value: "true"}},
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Harness {
				server := gitserver.New(t)
				return sshHarness{harness{t, server}, server.ServeSSH(settings...)}
			})
		})
	}
}

func TestSSHCommands(t *testing.T) {
	server := gitserver.New(t)
	old := server.Commit(path, "old")
	server.Commit(path, "new")
	served := server.ServeSSH()
	fetcher := newFetcher(t, server, overSSH(t, served))
	first := fetch(t, fetcher, "")
	require.True(t, fetch(t, fetcher, first.Revision).Unchanged)
	require.Equal(t, []string{"git-upload-pack '/registry.git'", "git-upload-pack '/registry.git'"}, served.Commands(), "one for each look")

	short := newFetcher(t, server, func(c *git.Config) {
		overSSH(t, served)(c)
		c.Repository = "ssh://" + served.Address() + "/registry.git"
	})
	require.Equal(t, "new", string(fetch(t, short, "").Data()), "git is the usual user")
	served.Commands()

	// By default, git gives over SSH only what a ref names.
	pinned := newFetcher(t, server, func(c *git.Config) { overSSH(t, served)(c); c.Commit = old })
	require.Equal(t, "old", string(fetch(t, pinned, "").Data()))
	require.Len(t, served.Commands(), 2, "the history of the tips is the second choice")

	unknown := newFetcher(t, server, func(c *git.Config) { overSSH(t, served)(c); c.Commit = strings.Repeat("1", 40) })
	_, err := unknown.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, "git.commit 1111")
}

func TestSSHLogin(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	served, other := server.ServeSSH(), server.ServeSSH()
	swapped := gitserver.KnownHost(served.Address(), other.HostKey())

	tests := map[string]struct {
		why    string
		login  *secureshell.Login
		reason string
		text   string
		asked  bool
	}{
		"good":       {why: "the key fits", login: login(t, served.Identity(), "", served.KnownHosts())},
		"passphrase": {why: "it is unlocked", login: login(t, served.Lock("s3cret"), "s3cret", served.KnownHosts())},
		"several hosts": {
			why: "the right one is found", login: login(t, served.Identity(), "", append(other.KnownHosts(), served.KnownHosts()...)),
		},
		"other identity": {
			why:   "it is not let in",
			login: login(t, server.NewIdentity(""), "", served.KnownHosts()), reason: source.ReasonAuthFailed, text: "refuses the key",
		},
		"unknown host": {
			why:   "nobody vouches for it",
			login: login(t, served.Identity(), "", other.KnownHosts()), reason: source.ReasonAuthFailed, text: "known_hosts has no key of this server",
		},
		"other host key": {
			why:   "somebody poses as the server, or its key is new",
			login: login(t, served.Identity(), "", swapped), reason: source.ReasonAuthFailed, text: "not the one in known_hosts: it shows ssh-ed25519 SHA256:",
		},
		"revoked": {
			why:    "the owner says that it is stolen",
			login:  login(t, served.Identity(), "", append([]byte("@revoked * "), append(afterHost(served.KnownHosts()), served.KnownHosts()...)...)),
			reason: source.ReasonAuthFailed, text: "not the one in known_hosts",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fetcher := newFetcher(t, server, func(c *git.Config) { overSSH(t, served)(c); c.SSH.Login = tt.login })
			served.Commands()
			content, err := fetcher.Fetch(t.Context(), "")
			if tt.reason == "" {
				require.NoError(t, err, tt.why)
				require.Equal(t, "one", string(content.Data()))
				return
			}
			requireFault(t, err, fault.Terminal, tt.reason, tt.text)
			require.Empty(t, served.Commands(), tt.why)
		})
	}
}

// afterHost is a line of known_hosts without the host.
func afterHost(line []byte) []byte { return []byte(strings.SplitN(string(line), " ", 2)[1]) }

// TestSSHEgress is pitfall 28 for the other way to a repository.
func TestSSHEgress(t *testing.T) {
	server := gitserver.New(t)
	served := server.ServeSSH()
	_, port, err := net.SplitHostPort(served.Address())
	require.NoError(t, err)
	for name, repository := range map[string]string{
		"loopback": "ssh://git@127.0.0.1:" + port + "/registry.git", "name": "ssh://git@localhost:" + port + "/registry.git",
		"IPv6": "ssh://git@[::1]:" + port + "/registry.git", "metadata": "git@169.254.169.254:a.git", "number": "git@2130706433:a.git",
	} {
		t.Run(name, func(t *testing.T) {
			fetcher := newFetcher(t, server, func(c *git.Config) {
				overSSH(t, served)(c)
				c.Repository, c.SSH.Dial = repository, egress.Policy{}.Dial
				host := strings.NewReplacer("[", "", "]", "").Replace(hostOf(repository))
				known := string(gitserver.KnownHost(net.JoinHostPort(host, port), served.HostKey())) + host + " " + string(afterHost(served.KnownHosts()))
				c.SSH.Login = login(t, served.Identity(), "", []byte(known))
			})
			_, err := fetcher.Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, "git.repository")
		})
	}
}

func hostOf(repository string) string {
	rest := repository[strings.Index(repository, "@")+1:]
	if end := strings.Index(rest, "]"); end > 0 {
		return rest[:end+1]
	}
	return rest[:strings.IndexAny(rest, ":/")]
}

// TestSilentSSHServer: a server that accepts and says nothing ends with the sync.
func TestSilentSSHServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	server := gitserver.New(t)
	served := server.ServeSSH()
	fetcher := newFetcher(t, server, func(c *git.Config) {
		overSSH(t, served)(c)
		c.Repository = "ssh://git@" + listener.Addr().String() + "/registry.git"
		c.SSH.Login = login(t, served.Identity(), "", gitserver.KnownHost(listener.Addr().String(), served.HostKey()))
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = fetcher.Fetch(ctx, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Retry, fault.ClassOf(err))
}

func TestSSHLimit(t *testing.T) {
	server := gitserver.New(t)
	server.Commit("noise", incompressible(1, 40_000))
	server.Commit(path, "one")
	fetcher := newFetcher(t, server, func(c *git.Config) { overSSH(t, server.ServeSSH())(c); c.MaxRepositoryBytes = 10_000 })
	_, err := fetcher.Fetch(t.Context(), "")
	requireFault(t, err, fault.Terminal, source.ReasonTooLarge, "more than the limit of 10000 bytes")
}

func TestNewLoginRefuses(t *testing.T) {
	server := gitserver.New(t)
	served := server.ServeSSH()
	tests := map[string]struct {
		identity, hosts []byte
		passphrase      string
		text            string
	}{
		"no key":           {[]byte("s3cret"), served.KnownHosts(), "", "identity is not a private key"},
		"no passphrase":    {served.Lock("s3cret"), served.KnownHosts(), "", "add it as password"},
		"other passphrase": {served.Lock("s3cret"), served.KnownHosts(), "s3cret2", "password is not its passphrase"},
		"no hosts":         {served.Identity(), []byte(" \n"), "", "known_hosts is empty"},
		"bad hosts":        {served.Identity(), []byte("s p a m"), "", "known_hosts cannot be read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := secureshell.NewLogin(tt.identity, tt.passphrase, tt.hosts, dir)
			require.ErrorContains(t, err, tt.text)
			require.NotContains(t, err.Error(), "s3cret")
			require.NotContains(t, err.Error(), dir)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
