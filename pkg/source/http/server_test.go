package http_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	sourcehttp "github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/http"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/sourcetest"
)

// server serves one file over TLS and counts.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	data     []byte
	gone     bool
	validate func(http.Header, []byte) // adds validators; nil adds none
	handle   http.HandlerFunc          // instead of all of this
	requests int
	bodies   int
}

func withETag(header http.Header, data []byte) {
	header.Set("ETag", `"`+string(registry.DigestOf(data))[7:23]+`"`)
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{validate: withETag}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	switch {
	case s.handle != nil:
		s.handle(w, r)
		return
	case s.gone:
		http.NotFound(w, r)
		return
	}
	if s.validate != nil {
		s.validate(w.Header(), s.data)
	}
	if tag := w.Header().Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if modified := w.Header().Get("Last-Modified"); modified != "" && r.Header.Get("If-Modified-Since") == modified {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.bodies++
	_, _ = w.Write(s.data)
}

func (s *server) Put(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data, s.gone = data, false
}

func (s *server) Remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
}

func (s *server) policy() egress.Policy {
	return egress.Policy{AllowLoopback: true, RootCAs: poolOf(s.Server)}
}

func poolOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func (s *server) fetcher(t *testing.T, change func(*sourcehttp.Config)) *sourcehttp.Fetcher {
	t.Helper()
	cfg := sourcehttp.Config{URL: s.URL + "/registry.json?token=hidden", MaxBytes: sourcetest.Limit, Client: s.policy().Client()}
	if change != nil {
		change(&cfg)
	}
	f, err := sourcehttp.New(cfg)
	require.NoError(t, err)
	return f
}

type harness struct {
	*server
	t *testing.T
}

func (h harness) Fetcher() source.Fetcher { return h.fetcher(h.t, nil) }
