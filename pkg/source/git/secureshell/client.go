package secureshell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// handshakeTimeout bounds what happens before the login is accepted or not.
const handshakeTimeout = 30 * time.Second

var (
	// ErrHostUnknown says that the known hosts have no key for the server. It was not asked.
	ErrHostUnknown = errors.New("known_hosts has no key of this server")
	// ErrHostKey says that the server's key is not among those that are known, or revoked.
	ErrHostKey = errors.New("the server's host key is not the one in known_hosts")
	// ErrRefused says that the server does not let this user in with this key.
	ErrRefused = errors.New("the server refuses the key")
)

// Dial connects to a TCP address, within the egress policy.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Client is a connection to a server that has let us in.
type Client struct {
	client *ssh.Client
	stop   func() bool
}

// Connect logs in. The connection ends with the context or with Close.
func (l *Login) Connect(ctx context.Context, dial Dial, user, address string) (*Client, error) {
	if !l.Knows(address) {
		return nil, ErrHostUnknown
	}
	within, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	connection, err := dial(within, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(within, func() { _ = connection.Close() })
	established, channels, requests, err := l.handshake(connection, user, address)
	stop()
	if err != nil {
		_ = connection.Close()
		if within.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("the SSH handshake took more than %s", handshakeTimeout)
		}
		return nil, err
	}
	return &Client{
		client: ssh.NewClient(established, channels, requests),
		stop:   context.AfterFunc(ctx, func() { _ = connection.Close() }),
	}, nil
}

func (l *Login) handshake(
	connection net.Conn, user, address string,
) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	check, known := l.hosts.HostKeyCallback(), false
	config := &ssh.ClientConfig{
		User: user,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(l.signer())},
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			if err := check(host, remote, key); err != nil {
				return fmt.Errorf("%w: it shows %s %s", ErrHostKey, key.Type(), ssh.FingerprintSHA256(key))
			}
			known = true
			return nil
		},
		// Only of the kinds that are known: a server with several keys then shows
		// the right one.
		HostKeyAlgorithms: l.hosts.HostKeyAlgorithms(address),
	}
	established, channels, requests, err := ssh.NewClientConn(connection, address, config)
	switch {
	case err == nil:
		return established, channels, requests, nil
	case errors.Is(err, ErrHostKey):
		return nil, nil, nil, err
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return nil, nil, nil, fmt.Errorf("%w: it has none of the kinds that are known", ErrHostKey)
	case known && strings.Contains(err.Error(), "unable to authenticate"):
		return nil, nil, nil, ErrRefused
	}
	return nil, nil, nil, err
}

// Close ends the connection and what runs over it.
func (c *Client) Close() error {
	c.stop()
	return c.client.Close()
}

// Command is a command that runs on the server.
type Command struct {
	session *ssh.Session
	// In is what it reads, Out what it writes. What it writes to its standard error
	// is thrown away.
	In  io.WriteCloser
	Out io.Reader
}

// Start runs a command.
func (c *Client) Start(command string) (*Command, error) {
	session, err := c.client.NewSession()
	if err != nil {
		return nil, fmt.Errorf("open an SSH session: %w", err)
	}
	started := &Command{session: session}
	started.In, err = session.StdinPipe()
	if err == nil {
		started.Out, err = session.StdoutPipe()
	}
	if err == nil {
		err = session.Start(command)
	}
	if err != nil {
		_ = session.Close()
		return nil, fmt.Errorf("start a command over SSH: %w", err)
	}
	return started, nil
}

// Close ends the command.
func (c *Command) Close() error {
	err := c.session.Close()
	if errors.Is(err, io.EOF) {
		return nil // it has ended
	}
	return err
}

// Quote makes of a word one that a server's shell takes as it is.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
