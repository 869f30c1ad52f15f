package gitserver

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is the one that every [Server] serves.
const repository = "registry.git"

// Server is a repository of a test, served on loopback. Its default branch is main.
type Server struct {
	t     testing.TB
	http  *httptest.Server
	dir   string // holds the bare repository
	work  string // what the next commit contains
	caPEM []byte

	mu        sync.Mutex
	requests  []string
	sent      int64
	intercept func(http.ResponseWriter, *http.Request) bool
}

// New starts a server with an empty repository. It ends with the test.
func New(t testing.TB, settings ...Setting) *Server {
	t.Helper()
	base := t.TempDir()
	s := &Server{t: t, dir: filepath.Join(base, "served"), work: filepath.Join(base, "work")}
	require.NoError(t, os.MkdirAll(s.dir, 0o755))
	require.NoError(t, os.MkdirAll(s.work, 0o755))
	backend, err := Handler(s.dir, settings...)
	require.NoError(t, err)
	s.Git("init", "--quiet", "--bare", "--initial-branch=main", s.bare())

	certificate, authority, err := Certificate("127.0.0.1", "localhost")
	require.NoError(t, err)
	s.caPEM = authority
	s.http = httptest.NewUnstartedServer(s.counted(backend))
	s.http.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.http.StartTLS()
	t.Cleanup(s.http.Close)
	return s
}

// URL is the repository's address.
func (s *Server) URL() string { return s.http.URL + "/" + repository }

// CAPEM is the certificate authority that clients have to trust.
func (s *Server) CAPEM() []byte { return s.caPEM }

// CA is [Server.CAPEM] as a pool.
func (s *Server) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	require.True(s.t, pool.AppendCertsFromPEM(s.caPEM))
	return pool
}

// Commit sets one file on the current branch and returns the commit's hash.
func (s *Server) Commit(path, content string) string {
	s.t.Helper()
	s.write(path, content)
	return s.CommitAll()
}

func (s *Server) write(path, content string) {
	s.t.Helper()
	file := filepath.Join(s.work, filepath.FromSlash(path))
	require.NoError(s.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(s.t, os.WriteFile(file, []byte(content), 0o600))
}

// CommitAll commits the work tree as it is, see [Server.WorkTree].
func (s *Server) CommitAll() string {
	s.t.Helper()
	s.Git("add", "--all", ".")
	s.Git("commit", "--quiet", "--allow-empty", "--message=A change")
	return s.Git("rev-parse", "HEAD")
}

// WorkTree is the folder that [Server.CommitAll] commits.
func (s *Server) WorkTree() string { return s.work }

// Git runs git on the repository and returns what it prints.
func (s *Server) Git(args ...string) string {
	s.t.Helper()
	return s.Pipe("", args...)
}

// Pipe is Git with something to read.
func (s *Server) Pipe(input string, args ...string) string {
	s.t.Helper()
	return s.Feed(strings.NewReader(input), args...)
}

// Feed is Pipe with more to read than should be in memory.
func (s *Server) Feed(input io.Reader, args ...string) string {
	s.t.Helper()
	command := exec.Command("git", args...)
	command.Dir = s.work
	command.Stdin = input
	command.Env = append(isolated(nil), "PATH="+os.Getenv("PATH"),
		"GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com",
		"GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.com")
	if args[0] != "init" {
		command.Env = append(command.Env, "GIT_DIR="+s.bare(), "GIT_WORK_TREE="+s.work)
	}
	out, err := command.CombinedOutput()
	require.NoError(s.t, err, "git %s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

// Hide makes the repository answer 404 until [Server.Show].
func (s *Server) Hide() { require.NoError(s.t, os.Rename(s.bare(), s.bare()+".hidden")) }

// Show ends [Server.Hide]; it does nothing if the repository is served.
func (s *Server) Show() {
	if _, err := os.Stat(s.bare()); err == nil {
		return
	}
	require.NoError(s.t, os.Rename(s.bare()+".hidden", s.bare()))
}

// Intercept lets answer handle requests before git does; true means handled.
func (s *Server) Intercept(answer func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = answer
}

// Requests returns and forgets the requests so far, each as "METHOD /path".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.requests
	s.requests = nil
	return seen
}

// Sent returns and forgets how many bytes git has sent so far, without headers.
func (s *Server) Sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = 0
	return sent
}

func (s *Server) bare() string { return filepath.Join(s.dir, repository) }

func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		intercept := s.intercept
		s.mu.Unlock()
		if intercept != nil && intercept(w, r) {
			return
		}
		next.ServeHTTP(counter{w, s}, r)
	})
}

// counter counts what is sent.
type counter struct {
	http.ResponseWriter
	server *Server
}

func (c counter) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.sent += int64(n)
	return n, err
}

// Unwrap is for [http.ResponseController].
func (c counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
