package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

const (
	// DefaultMaxBytes bounds all pages of a fetch if [Config] does not.
	DefaultMaxBytes = 1 << 30

	defaultOverlap   = 15 * time.Minute
	defaultFullEvery = 24 * time.Hour
	defaultPause     = time.Second
)

// Config names one registry.
type Config struct {
	// Endpoint is the https URL below which /v0.1 or /v0 lies, or that of one of
	// the two, without credentials.
	Endpoint string
	// HTTP is the client to use, see packages egress and credentials. It decides
	// whether plain http and loopback addresses are allowed, and it logs in.
	HTTP *http.Client
	// MaxBytes bounds the pages of one fetch together; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// Dir is where the spool is written; "" means the system's temporary folder.
	Dir string
	// Clock tells the time; nil means the real one.
	Clock clock.PassiveClock
	// Overlap is how much later than its own updatedAt an entry may become
	// visible; 0 means 15 minutes.
	Overlap time.Duration
	// FullEvery is how often everything is read in any case; 0 means daily.
	FullEvery time.Duration
	// Pause is the first pause before a failed page is asked for again; it
	// doubles each time. 0 means one second.
	Pause time.Duration
}

func (c Config) defaults() Config {
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Clock == nil {
		c.Clock = clock.RealClock{}
	}
	if c.Overlap <= 0 {
		c.Overlap = defaultOverlap
	}
	if c.FullEvery <= 0 {
		c.FullEvery = defaultFullEvery
	}
	if c.Pause <= 0 {
		c.Pause = defaultPause
	}
	return c
}

// endpoint is where a registry lies.
type endpoint struct {
	base *url.URL
	// versions of the API to try, in this order.
	versions []string
}

// parseEndpoint accepts http too: only the client knows whether it is allowed.
// Messages repeat no more of the URL than its host, for it may hold a secret.
func (c Config) parseEndpoint() (endpoint, error) {
	if c.HTTP == nil {
		return endpoint{}, errors.New("api: Config.HTTP is nil")
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return endpoint{}, invalid("api.endpoint is not a valid URL: use the form https://host/path")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return endpoint{}, invalid("api.endpoint has scheme %q: only https is supported", u.Scheme)
	case u.User != nil:
		return endpoint{}, invalid("api.endpoint at %q contains credentials: put them into a Secret", u.Host)
	case u.Hostname() == "":
		return endpoint{}, invalid("api.endpoint has no host: use the form https://host/path")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return endpoint{}, invalid("api.endpoint at %q has a query or a fragment: remove it", u.Host)
	}
	return splitVersion(u), nil
}

// splitVersion takes the version off a URL that was copied from a document.
func splitVersion(u *url.URL) endpoint {
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimSuffix(path, "/servers")
	for _, version := range []string{"v0.1", "v0"} {
		if before, found := strings.CutSuffix(path, "/"+version); found {
			return endpoint{base: withPath(u, before), versions: []string{version}}
		}
	}
	return endpoint{base: withPath(u, strings.TrimRight(u.EscapedPath(), "/")), versions: []string{"v0.1", "v0"}}
}

// withPath is u with an escaped path, which came from a URL and so is valid.
func withPath(u *url.URL, escaped string) *url.URL {
	changed := *u
	changed.RawPath = escaped
	changed.Path, _ = url.PathUnescape(escaped)
	return &changed
}

// at is the URL of something below a version of the API.
func (e endpoint) at(version, path string, query url.Values) string {
	u := withPath(e.base, e.base.EscapedPath()+"/"+version+path)
	u.RawQuery = query.Encode()
	return u.String()
}

func invalid(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(format, args...))
}
