package http

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// defaultMaxBytes bounds a file where the config does not.
const defaultMaxBytes = 128 << 20

// Config names one file.
type Config struct {
	// URL of the file.
	URL string
	// SHA256 pins the file's content, as 64 hexadecimal digits; "" accepts any.
	SHA256 string
	// MaxBytes bounds the file, decompressed; 0 is 128 MiB.
	MaxBytes int64
	// Client asks. It guards where may be connected to, and has the credentials.
	Client *http.Client
}

var pinShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg Config
	url *url.URL
}

// New returns a fetcher, or a terminal error if cfg names something that can
// never be fetched. It makes no request.
func New(cfg Config) (*Fetcher, error) {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, invalid("http.url is not a URL with a host")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, invalid("http.url must begin with https://, not with %q", u.Scheme+"://")
	case u.User != nil:
		return nil, invalid("http.url at %q contains credentials: put them into a Secret and name it in http.secretRef", u.Host)
	case cfg.SHA256 != "" && !pinShape.MatchString(cfg.SHA256):
		return nil, invalid("http.sha256 must have 64 digits of 0-9 and a-f")
	}
	return &Fetcher{cfg: cfg, url: u}, nil
}

func invalid(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(format, args...))
}
