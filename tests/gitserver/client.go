package gitserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Client runs git as somebody elsewhere does who trusts the server, in a folder.
type Client struct {
	t         testing.TB
	dir       string
	authority string
}

// NewClient returns a client with an empty folder.
func (s *Server) NewClient() *Client {
	s.t.Helper()
	dir := s.t.TempDir()
	authority := filepath.Join(dir, "ca.crt")
	require.NoError(s.t, os.WriteFile(authority, s.caPEM, 0o600))
	return &Client{t: s.t, dir: dir, authority: authority}
}

// Git runs git.
func (c *Client) Git(args ...string) {
	c.t.Helper()
	command := exec.Command("git", args...)
	command.Dir = c.dir
	command.Env = append(isolated(nil), "PATH="+os.Getenv("PATH"), "GIT_SSL_CAINFO="+c.authority)
	out, err := command.CombinedOutput()
	require.NoError(c.t, err, "git %s: %s", strings.Join(args, " "), out)
}

// Remove deletes something in the client's folder.
func (c *Client) Remove(name string) {
	c.t.Helper()
	require.NoError(c.t, os.RemoveAll(filepath.Join(c.dir, name)))
}
