package ociserver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// Login is how the registry asks for one.
type Login int

const (
	// Nothing is asked: everybody may read.
	Nothing Login = iota
	// Basic asks for the user's name and password with each request.
	Basic
	// Token sends clients to the token server, as the large registries do.
	Token
)

const (
	// User opens the registry, with the Password.
	User = "me"
	// Password is the User's.
	Password = "s3cret"
	// IdentityToken is exchanged for a token by the token server.
	IdentityToken = "1dentity"
	// token is what the token server gives.
	token = "t0ken"
)

// Server is a container registry.
type Server struct {
	t       testing.TB
	backend http.Handler
	// Registry, Tokens and Storage are three origins.
	Registry, Tokens, Storage *httptest.Server
	authority                 []byte

	mu        sync.Mutex
	login     Login
	elsewhere bool // blobs are at the storage
	requests  []string
	logins    map[string][]string // by "registry", "tokens" and "storage"
	intercept func(http.ResponseWriter, *http.Request) bool
}

// New starts a registry on loopback that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	return NewAt(t, "127.0.0.1")
}

// NewAt is New for clients that reach this machine at another address.
func NewAt(t testing.TB, address string) *Server {
	t.Helper()
	return start(t, address, registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
}

// NewWithoutReferrers starts one that does not know which artifacts refer to another.
func NewWithoutReferrers(t testing.TB) *Server {
	t.Helper()
	return start(t, "127.0.0.1", registry.New(registry.Logger(log.New(io.Discard, "", 0))))
}

func start(t testing.TB, address string, backend http.Handler) *Server {
	t.Helper()
	certificate, authority, err := gitserver.Certificate(address)
	require.NoError(t, err)
	s := &Server{t: t, backend: backend, authority: authority, logins: map[string][]string{}}
	listen := func(name string, handle http.HandlerFunc) *httptest.Server {
		web := httptest.NewUnstartedServer(s.counted(name, handle))
		listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		require.NoError(t, err)
		require.NoError(t, web.Listener.Close())
		web.Listener = listener
		web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		web.Config.ErrorLog = log.New(io.Discard, "", 0)
		web.StartTLS()
		t.Cleanup(web.Close)
		return web
	}
	s.Registry = listen("registry", s.registry)
	s.Tokens = listen("tokens", s.tokens)
	s.Storage = listen("storage", backend.ServeHTTP)
	return s
}

// Host is the registry's name in references.
func (s *Server) Host() string { return strings.TrimPrefix(s.Registry.URL, "https://") }

// CAPEM is the certificate authority that clients have to trust.
func (s *Server) CAPEM() []byte { return s.authority }

// CA is the same as a pool.
func (s *Server) CA() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.authority)
	return pool
}

// Ask makes the registry ask for a login.
func (s *Server) Ask(login Login) { s.locked(func() { s.login = login }) }

// Redirect makes the registry send clients to the storage for blobs.
func (s *Server) Redirect() { s.locked(func() { s.elsewhere = true }) }

// Intercept lets answer see each request first, to any of the three; it returns true
// if it has answered. nil ends that.
func (s *Server) Intercept(answer func(http.ResponseWriter, *http.Request) bool) {
	s.locked(func() { s.intercept = answer })
}

// Requests returns and forgets the requests so far, as "METHOD kind status", where the
// kind is that of the endpoint.
func (s *Server) Requests() (seen []string) {
	s.locked(func() { seen, s.requests = s.requests, nil })
	return seen
}

// Logins are the Authorization headers that "registry", "tokens" or "storage" has seen.
func (s *Server) Logins(at string) (seen []string) {
	s.locked(func() { seen = s.logins[at] })
	return seen
}

func (s *Server) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// counted notes requests with their answers.
func (s *Server) counted(name string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		var intercept func(http.ResponseWriter, *http.Request) bool
		s.locked(func() {
			s.logins[name] = append(s.logins[name], r.Header.Get("Authorization"))
			intercept = s.intercept
		})
		defer func() { // also if the handler breaks the connection off
			s.locked(func() {
				s.requests = append(s.requests, fmt.Sprintf("%s %s %d", r.Method, kind(name, r), noted.status))
			})
		}()
		if intercept == nil || !intercept(noted, r) {
			next(noted, r)
		}
	})
}

type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func kind(server string, r *http.Request) string {
	for _, kind := range []string{"manifests", "blobs", "referrers"} {
		if strings.Contains(r.URL.Path, "/"+kind+"/") && server == "registry" {
			return kind
		}
	}
	return server
}

func (s *Server) registry(w http.ResponseWriter, r *http.Request) {
	var login Login
	var elsewhere bool
	s.locked(func() { login, elsewhere = s.login, s.elsewhere })
	user, password, _ := r.BasicAuth()
	switch {
	case login == Basic && (user != User || password != Password):
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
	case login == Token && r.Header.Get("Authorization") != "Bearer "+token:
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="registry"`, s.Tokens.URL))
		w.WriteHeader(http.StatusUnauthorized)
	case elsewhere && strings.Contains(r.URL.Path, "/blobs/"):
		http.Redirect(w, r, s.Storage.URL+r.URL.Path+"?sig=hidden", http.StatusTemporaryRedirect)
	default:
		s.backend.ServeHTTP(w, r)
	}
}

// tokens is the token server: a GET with the user's password, or a POST with an
// identity token.
func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	form, _ := url.ParseQuery(string(body))
	switch {
	case r.Method == http.MethodGet && user == User && password == Password:
	case r.Method == http.MethodPost && form.Get("refresh_token") == IdentityToken:
	default:
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = fmt.Fprintf(w, `{"token":%q,"access_token":%q}`, token, token)
}
