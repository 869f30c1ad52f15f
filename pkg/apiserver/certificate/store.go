package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	// CertificateFile is the name of the file with the chain, and of its key in a
	// Secret of type kubernetes.io/tls.
	CertificateFile = "tls.crt"
	// KeyFile is the same of the private key.
	KeyFile = "tls.key"

	// pollEvery bounds how long a renewed file goes unseen. Files are polled and
	// not watched because the kubelet swaps links to folders, and because two
	// small reads cost less than being wrong about that.
	pollEvery = 5 * time.Second
	// maxFile is the size of a Secret.
	maxFile = 1 << 20
)

// errNone is what a connection gets before the first certificate.
var errNone = errors.New("no certificate is loaded yet")

// Store holds the certificate of one folder.
type Store struct {
	// Dir holds [CertificateFile] and [KeyFile].
	Dir string
	// Loaded, if set, is told of each certificate that came into use.
	Loaded func(*tls.Certificate)
	// Failed, if set, is told when a failure begins or changes; nil when it is over.
	Failed func(error)

	current atomic.Pointer[tls.Certificate]
	// chain and key are the bytes that were looked at last.
	chain, key []byte
	told       string
}

// Config is the TLS configuration of a server with this certificate.
func (s *Store) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := s.current.Load(); c != nil {
				return c, nil
			}
			return nil, errNone
		},
	}
}

// Run looks at the files now and then every few seconds until ctx ends.
func (s *Store) Run(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		s.Refresh()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// Refresh looks at the files once. It must not be called while [Store.Run] runs.
func (s *Store) Refresh() {
	err := s.load()
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != s.told && s.Failed != nil {
		s.Failed(err)
	}
	s.told = text
}

func (s *Store) load() error {
	chain, err := read(filepath.Join(s.Dir, CertificateFile))
	if err != nil {
		return err
	}
	key, err := read(filepath.Join(s.Dir, KeyFile))
	if err != nil {
		return err
	}
	if bytes.Equal(chain, s.chain) && bytes.Equal(key, s.key) {
		return nil
	}
	// The two may be of different Secrets when the kubelet swaps them in between.
	// Then they do not match, and the next look finds the right ones.
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return fmt.Errorf("reading the certificate in %q: %w", s.Dir, err)
	}
	s.chain, s.key = chain, key
	s.current.Store(&pair)
	if s.Loaded != nil {
		s.Loaded(&pair)
	}
	return nil
}

func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the certificate: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("reading %q: it has more than %d bytes", path, maxFile)
	}
	return data, nil
}
