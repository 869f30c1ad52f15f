package auth

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	requestTimeout = 10 * time.Second
	// maxAnswer bounds what an issuer answers.
	maxAnswer = 1 << 20
)

// newClient returns a client for an issuer. It speaks https only, follows no
// redirects and reads no more than maxAnswer.
func newClient(caFile string) *http.Client {
	return &http.Client{
		Timeout:   requestTimeout,
		Transport: &transport{caFile: caFile},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the issuer redirects, which is not followed: use the address that it redirects to")
		},
	}
}

// transport trusts whom a file names at the time of a request. Requests are so
// rare that reading it each time costs nothing.
type transport struct {
	caFile string

	mu    sync.Mutex
	ca    []byte
	inner *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("the issuer names %q: only https is used", r.URL.Redacted())
	}
	inner, err := t.current()
	if err != nil {
		return nil, err
	}
	response, err := inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}

func (t *transport) current() (*http.Transport, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.caFile == "" {
		if t.inner == nil {
			t.inner = newTransport(nil)
		}
		return t.inner, nil
	}
	ca, err := readCA(t.caFile)
	if err != nil {
		return nil, err
	}
	if t.inner != nil && bytes.Equal(ca, t.ca) {
		return t.inner, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%q holds no certificate in PEM", t.caFile)
	}
	if t.inner != nil {
		t.inner.CloseIdleConnections()
	}
	t.ca, t.inner = ca, newTransport(pool)
	return t.inner, nil
}

func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    requestTimeout,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func readCA(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the issuer's certificate authorities: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	return data, nil
}
