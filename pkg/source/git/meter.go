package git

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// maxRefsBytes bounds the list of refs, which is held in memory. A
	// repository with a hundred thousand refs needs about 8 MB.
	maxRefsBytes = 64 << 20
	// maxErrorBytes is how much is read of an answer that is not a success.
	maxErrorBytes = 4 << 10
)

// errLimit ends a response that is longer than allowed.
var errLimit = errors.New("the response is longer than the limit")

// meter bounds the responses of one fetch together. It remembers that it did,
// because go-git does not always keep the cause of an error.
type meter struct {
	limit    int64
	read     atomic.Int64
	exceeded atomic.Bool
	// after is how long the server asked to be left alone, with its status. They
	// are set before the request that was answered so returns.
	after  time.Duration
	status int
}

// client returns a copy of base whose responses are metered.
func (m *meter) client(base *http.Client) *http.Client {
	metered := *base
	next := base.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	metered.Transport = roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		response.Body = m.body(request, response)
		return response, nil
	})
	return &metered
}

func (m *meter) body(request *http.Request, response *http.Response) io.ReadCloser {
	if response.StatusCode >= http.StatusMultipleChoices {
		if response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusUnauthorized {
			m.after, m.status = source.RetryAfter(response.Header), response.StatusCode
		}
		return readCloser{io.LimitReader(response.Body, maxErrorBytes), response.Body}
	}
	own := m.limit
	if request.Method == http.MethodGet {
		own = min(own, maxRefsBytes)
	}
	return readCloser{&meteredReader{meter: m, next: response.Body, left: own}, response.Body}
}

// meteredReader counts on the meter and on its own, smaller, allowance.
type meteredReader struct {
	meter *meter
	next  io.Reader
	left  int64
}

func (r *meteredReader) Read(b []byte) (int, error) {
	n, err := r.next.Read(b)
	r.left -= int64(n)
	if r.left < 0 || r.meter.read.Add(int64(n)) > r.meter.limit {
		r.meter.exceeded.Store(true)
		return 0, errLimit
	}
	return n, err
}

type readCloser struct {
	io.Reader
	io.Closer
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
