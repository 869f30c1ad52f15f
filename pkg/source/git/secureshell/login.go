package secureshell

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// Login is a private key, and the servers that it is shown to.
type Login struct {
	signer func() ssh.Signer // a function prints as an address
	hosts  *knownhosts.HostKeyDB
}

// NewLogin reads a private key, with its passphrase if it has one, and known hosts
// in OpenSSH's formats. Errors name what is wrong and never its value. The folder
// is for a file that exists during the call; it holds the known hosts, which are
// public.
func NewLogin(identity []byte, passphrase string, knownHosts []byte, dir string) (*Login, error) {
	signer, err := parseIdentity(identity, passphrase)
	if err != nil {
		return nil, err
	}
	hosts, err := parseHosts(knownHosts, dir)
	if err != nil {
		return nil, err
	}
	return &Login{signer: func() ssh.Signer { return signer }, hosts: hosts}, nil
}

func parseIdentity(identity []byte, passphrase string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(identity)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		if passphrase == "" {
			return nil, errors.New("identity has a passphrase: add it as password")
		}
		signer, err = ssh.ParsePrivateKeyWithPassphrase(identity, []byte(passphrase))
		if err != nil {
			return nil, errors.New("identity cannot be unlocked: password is not its passphrase")
		}
	}
	if err != nil {
		return nil, errors.New("identity is not a private key that OpenSSH would read")
	}
	return signer, nil
}

// parseHosts goes through a file, because that is what the library reads.
func parseHosts(knownHosts []byte, dir string) (*knownhosts.HostKeyDB, error) {
	if len(bytes.TrimSpace(knownHosts)) == 0 {
		return nil, errors.New("known_hosts is empty: add the server's line, as ssh-keyscan prints it, after comparing it with what the server's owner says")
	}
	file, err := os.CreateTemp(dir, "known-hosts-*")
	if err != nil {
		return nil, fmt.Errorf("make a file for known_hosts: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(knownHosts)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("write a file for known_hosts: %w", err)
	}
	hosts, err := knownhosts.NewDB(file.Name())
	if err != nil {
		line := strings.ReplaceAll(err.Error(), file.Name(), "known_hosts")
		return nil, fmt.Errorf("known_hosts cannot be read: %.200q", line)
	}
	return hosts, nil
}

// Knows says whether there is a host key for the server at host:port.
func (l *Login) Knows(address string) bool { return len(l.hosts.HostKeyAlgorithms(address)) > 0 }
