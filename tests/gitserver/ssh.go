package gitserver

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// SSH serves the repository of a [Server] over SSH, to one key. Every session
// runs `git upload-pack`.
type SSH struct {
	t        testing.TB
	server   *Server
	listener net.Listener
	hostKey  ssh.PublicKey
	identity []byte

	mu       sync.Mutex
	commands []string
	settings []Setting
}

// ServeSSH starts to serve, until the test ends. The settings are git's.
func (s *Server) ServeSSH(settings ...Setting) *SSH {
	s.t.Helper()
	hostSigner, _ := s.newKey("")
	user, identity := s.newKey("")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	served := &SSH{
		t: s.t, server: s, listener: listener, hostKey: hostSigner.PublicKey(), identity: identity,
		settings: append([]Setting{{"safe.directory", "*"}}, settings...),
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(user.PublicKey().Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(hostSigner)
	go served.accept(config)
	s.t.Cleanup(func() { _ = listener.Close() })
	return served
}

// NewIdentity makes a private key that no server knows, in PEM.
func (s *Server) NewIdentity(passphrase string) []byte {
	_, identity := s.newKey(passphrase)
	return identity
}

func (s *Server) newKey(passphrase string) (ssh.Signer, []byte) {
	s.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(s.t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(s.t, err)
	return signer, marshalKey(s.t, key, passphrase)
}

func marshalKey(t testing.TB, key any, passphrase string) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	require.NoError(t, err)
	return pem.EncodeToMemory(block)
}

// Lock returns the identity with a passphrase.
func (s *SSH) Lock(passphrase string) []byte {
	key, err := ssh.ParseRawPrivateKey(s.identity)
	require.NoError(s.t, err)
	return marshalKey(s.t, key, passphrase)
}

// URL is the repository's address.
func (s *SSH) URL() string { return "ssh://git@" + s.Address() + "/" + repository }

// Address is host:port.
func (s *SSH) Address() string { return s.listener.Addr().String() }

// Identity is the private key that is let in, in PEM.
func (s *SSH) Identity() []byte { return s.identity }

// HostKey is the server's own public key.
func (s *SSH) HostKey() ssh.PublicKey { return s.hostKey }

// KnownHosts is the server's line in OpenSSH's format.
func (s *SSH) KnownHosts() []byte { return KnownHost(s.Address(), s.hostKey) }

// KnownHost is a line of known_hosts.
func KnownHost(address string, key ssh.PublicKey) []byte {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Appendf(nil, "[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(key))
}

// Commands returns and forgets what was run so far.
func (s *SSH) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.commands
	s.commands = nil
	return seen
}

func (s *SSH) accept(config *ssh.ServerConfig) {
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.serve(connection, config)
	}
}

func (s *SSH) serve(connection net.Conn, config *ssh.ServerConfig) {
	defer connection.Close()
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go s.session(channel, requests)
	}
}

func (s *SSH) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for request := range requests {
		if request.Type != "exec" {
			_ = request.Reply(false, nil)
			continue
		}
		var run struct{ Command string }
		_ = ssh.Unmarshal(request.Payload, &run)
		_ = request.Reply(true, nil)
		status := s.run(run.Command, channel)
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
		return
	}
}

func (s *SSH) run(command string, channel ssh.Channel) uint32 {
	s.mu.Lock()
	s.commands = append(s.commands, command)
	s.mu.Unlock()
	path, ok := strings.CutPrefix(command, "git-upload-pack ")
	if !ok {
		return 127
	}
	path = strings.Trim(path, "'")
	git := exec.Command("git", "upload-pack", filepath.Join(s.server.dir, filepath.Clean("/"+path)))
	git.Env = append(isolated(s.settings), "PATH="+os.Getenv("PATH"))
	git.Stdout, git.Stderr = channel, channel.Stderr()
	in, err := git.StdinPipe()
	if err == nil {
		err = git.Start()
	}
	if err != nil {
		return 1
	}
	go func() { _, _ = io.Copy(in, channel); _ = in.Close() }()
	if git.Wait() != nil {
		return 128
	}
	return 0
}
