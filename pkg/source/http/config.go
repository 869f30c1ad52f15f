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
	// URL of the file. Its query is used and never shown, for it may hold a token.
	URL string
	// SHA256 pins the file's content as it is served, as 64 hexadecimal digits; ""
	// accepts any.
	SHA256 string
	// MaxBytes bounds the file, decompressed; 0 is 128 MiB.
	MaxBytes int64
	// Client asks. It guards where may be connected to, and has the credentials.
	Client *http.Client
	// Memory is shared by all fetchers; nil remembers nothing.
	Memory *Memory
}

var pinShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg Config
	url *url.URL
}

// New returns a fetcher, or a terminal error if cfg names something that can
// never be fetched. It makes no request. Messages repeat no more of the URL than
// its host, for it may hold a secret.
func New(cfg Config) (*Fetcher, error) {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, invalid("http.url is not a URL with a host: use the form https://host/path")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, invalid("http.url must begin with https://, not with %q", u.Scheme+"://")
	case u.User != nil:
		return nil, invalid("http.url at %q contains credentials: put them into a Secret and name it in http.secretRef", u.Host)
	case cfg.SHA256 != "" && !pinShape.MatchString(cfg.SHA256):
		return nil, invalid("http.sha256 must have 64 digits of 0-9 and a-f, as sha256sum prints them")
	}
	u.Fragment, u.RawFragment = "", ""
	return &Fetcher{cfg: cfg, url: u}, nil
}

// maxShown bounds the URL in messages, which have to leave room for the reason.
const maxShown = 120

// where is the URL without its query, for messages.
func (f *Fetcher) where() string {
	text := f.url.Scheme + "://" + f.url.Host + f.url.EscapedPath()
	if len(text) > maxShown {
		return text[:maxShown] + "…"
	}
	return text
}

func invalid(format string, args ...any) error {
	return fault.NewTerminal(source.ReasonInvalidReference, fmt.Errorf(format, args...))
}
