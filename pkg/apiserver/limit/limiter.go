package limit

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

// Config says how much one client may ask.
type Config struct {
	// RequestsPerSecond is the average that is allowed, at least 1.
	RequestsPerSecond int
	// Burst is how many requests may come at once; 0 is twice RequestsPerSecond.
	Burst int
	// TrustedProxies are networks whose word in X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Limiter is a gate that bounds the requests of each client.
type Limiter struct {
	table   *table
	proxies []netip.Prefix
	// cost is what one request costs, and most the largest debt, in nanoseconds.
	cost, most int64
	detail     string
	now        func() time.Duration
}

var _ apiserver.Gate = (*Limiter)(nil)

// New returns a limiter that has seen nobody yet.
func New(c Config) (*Limiter, error) {
	if c.Burst == 0 {
		c.Burst = 2 * c.RequestsPerSecond
	}
	if c.RequestsPerSecond < 1 || c.Burst < c.RequestsPerSecond {
		return nil, errors.New("a rate limit needs at least one request per second, and a burst that is not smaller")
	}
	cost := int64(time.Second) / int64(c.RequestsPerSecond)
	started := time.Now()
	return &Limiter{
		table: newTable(), proxies: c.TrustedProxies, cost: cost, most: cost * int64(c.Burst),
		detail: fmt.Sprintf("too many requests: a client may send %d per second, and %d at once; wait for the seconds in Retry-After",
			c.RequestsPerSecond, c.Burst),
		now: func() time.Duration { return time.Since(started) },
	}, nil
}

// Check implements [apiserver.Gate]. A refused request costs its client nothing.
func (l *Limiter) Check(r *http.Request) *apiserver.Refusal {
	wait := l.table.take(l.client(r), int64(l.now()), l.cost, l.most)
	if wait <= 0 {
		return nil
	}
	seconds := (wait + time.Second - 1) / time.Second
	return &apiserver.Refusal{
		Status: http.StatusTooManyRequests,
		Detail: l.detail,
		Header: http.Header{"Retry-After": {strconv.FormatInt(int64(seconds), 10)}},
	}
}
