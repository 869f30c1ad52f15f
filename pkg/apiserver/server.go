package apiserver

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 15 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Options configure a [Server].
type Options struct {
	// RegistryName is the name in the paths /registry/{name}/…; without one
	// there are no such paths.
	RegistryName string
	// Version is the version of this program, for people.
	Version string
	// DrainDelay is how long [Server.Serve] goes on accepting connections after
	// it was asked to stop, while it already says that it is not ready: load
	// balancers learn of it with a delay.
	DrainDelay time.Duration
	// ErrorLog takes what net/http has to say; nil means the standard logger.
	ErrorLog *log.Logger
	// TLS, if set, makes [Server.Serve] speak HTTPS. It has to find a certificate.
	TLS *tls.Config
	// Metadata, if set, answers what RFC 9728 asks of a resource that is protected
	// by Auth. It returns nil for a path that it knows nothing of.
	Metadata func(r *http.Request) []byte
	// Limit, if set, is asked before anything is answered but health checks and
	// the assets of the page.
	Limit Gate
	// Auth, if set, is asked before anything that the registry holds is answered.
	Auth Gate
	// Synced, if set, tells when the sources were last read. It is asked for each
	// answer that says so, and has to be quick.
	Synced func() Synced
	// Observe, if set, is told of each answer.
	Observe func(*http.Request, Observation)
}

// Server serves the current snapshot. It is safe for concurrent use.
type Server struct {
	options  Options
	current  atomic.Pointer[snapshot]
	draining atomic.Bool
	inFlight atomic.Int64
	// described is of the current snapshot or of one before.
	described atomic.Pointer[Description]
	fixed     map[page][]byte
	// versionHash is that of this program's version, which is part of each ETag.
	versionHash uint64
}

// New returns a server without a snapshot: it is alive but not ready.
func New(options Options) *Server {
	return &Server{options: options, fixed: fixedBodies(options), versionHash: xxhash.Sum64String(options.Version)}
}

// Load makes next the snapshot that is served. A snapshot that is not in order is
// refused, and the one before stays. Load keeps next.Content, which nobody may
// change afterwards, and trusts that it has the digest next.Digest.
func (s *Server) Load(next registry.Snapshot) error {
	if now := s.current.Load(); now != nil && now.digest == next.Digest {
		return nil
	}
	built, err := newSnapshot(next)
	if err != nil {
		return fmt.Errorf("loading snapshot %s: %w", next.Digest, err)
	}
	s.current.Store(built)
	return nil
}

// Handler returns the handler of all endpoints.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.handle) }

// InFlight is the number of requests that are being answered. They are only
// counted with [Options.Observe].
func (s *Server) InFlight() int64 { return s.inFlight.Load() }

// Serve serves on addr until ctx ends, then drains: it stops being ready, waits
// [Options.DrainDelay] and lets running requests finish. A drained server
// returns nil.
func (s *Server) Serve(ctx context.Context, addr string) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening on %q: %w", addr, err)
	}
	return s.serveOn(ctx, listener)
}

func (s *Server) serveOn(ctx context.Context, listener net.Listener) error {
	server := HTTPServer(s.Handler())
	server.ErrorLog, server.TLSConfig, server.ConnContext = s.options.ErrorLog, s.options.TLS, withWire
	failed := make(chan error, 1)
	go func() {
		if s.options.TLS != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(wires{listener})
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	server.SetKeepAlivesEnabled(false)
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	case <-time.After(s.options.DrainDelay):
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		return fmt.Errorf("draining %s: %w", listener.Addr(), errors.Join(err, server.Close()))
	}
	return nil
}

// HTTPServer is the server that handler runs on: bounded in time and size, so that
// slow and greedy clients cannot hold it.
func HTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		Protocols:         protocols(),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
	}
}

// protocols are HTTP/1.1 and HTTP/2, the latter also without TLS: gateways inside
// a cluster speak it like this.
func protocols() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return &p
}

// fixedBodies renders the answers that no snapshot changes.
func fixedBodies(options Options) map[page][]byte {
	return map[page][]byte{
		pageHealth:  mustJSON(map[string]string{"status": "ok"}),
		pagePing:    mustJSON(map[string]bool{"pong": true}),
		pageVersion: mustJSON(map[string]string{"version": options.Version}),
	}
}

// mustJSON encodes values that cannot fail to encode.
func mustJSON(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}
