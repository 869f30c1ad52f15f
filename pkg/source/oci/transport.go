package oci

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// maxRequests bounds one fetch: a few hundred layers and signatures at the most, each
// with a redirect and now and then a token.
const maxRequests = 1000

// guarded returns the client for the requests of one fetch.
func guarded(client *http.Client) *http.Client {
	copied := *client
	copied.Transport = &guard{next: client.Transport}
	copied.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		if request.Body != nil || via[0].Method != http.MethodGet && via[0].Method != http.MethodHead {
			// It would send a login to whom the token server redirects.
			return fmt.Errorf("%w: the token server redirects a login to %.80q", egress.ErrNotAllowed, request.URL.Host)
		}
		if client.CheckRedirect == nil {
			return nil // the number of requests is bounded
		}
		return client.CheckRedirect(request, via)
	}
	return &copied
}

// guard stands between the registry's client and the network.
type guard struct {
	next     http.RoundTripper
	requests atomic.Int64
}

// RoundTrip implements [http.RoundTripper]. An answer that no other request could
// follow becomes an error here, where its headers are known.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if g.requests.Add(1) > maxRequests {
		return nil, fmt.Errorf("the registry wants more than %d requests for one artifact", maxRequests)
	}
	if request.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w: the registry leads to %q without encryption", egress.ErrNotAllowed, request.URL.Host)
	}
	request = request.Clone(request.Context())
	// net/http decompresses without a bound on what it reads.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if understood(response.StatusCode) {
		return measured(response)
	}
	_ = response.Body.Close()
	return nil, &statusError{
		status: response.StatusCode, host: request.URL.Host, method: request.Method, after: source.RetryAfter(response.Header),
	}
}

// measured gives a manifest the length that its server did not tell, which the
// registry's client wants to know.
func measured(response *http.Response) (*http.Response, error) {
	if response.ContentLength >= 0 || response.Request.Method != http.MethodGet || !strings.Contains(response.Request.URL.Path, "/manifests/") {
		return response, nil
	}
	data, err := readManifest(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return response, nil
}

// understood are the answers that the registry's client has something to do with.
func understood(status int) bool {
	return status < http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusNotFound
}

// statusError is an answer that leads nowhere. The body is not part of it: it is the
// server's, and nobody knows what is in it.
type statusError struct {
	status       int
	host, method string
	after        time.Duration // what the server asks to wait; 0 if it does not say
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the answer of %.80q is %d %s", e.host, e.status, http.StatusText(e.status))
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transport.
func (g *guard) CloseIdleConnections() {
	if t, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
