package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
)

// maxRedirects is how many redirects a client of this package follows.
const maxRedirects = 5

// ErrNotAllowed is matched by errors.Is for every request that a policy
// refused. Trying again does not help.
var ErrNotAllowed = errors.New("not allowed by the egress policy")

// Policy says which requests may leave. The zero value is the strict one.
type Policy struct {
	// AllowHTTP permits plain http, which anyone on the way can change.
	AllowHTTP bool
	// AllowLoopback permits loopback, link-local, metadata and unspecified
	// addresses. It is meant for tests and for trying things out.
	AllowLoopback bool
	// RootCAs are the certificate authorities to trust; nil means the system's.
	RootCAs *x509.CertPool
	// Certificates are shown to every server that asks for one; package
	// credentials shows a user's to one origin alone.
	Certificates []tls.Certificate

	// resolver stands in for the system's in tests.
	resolver *net.Resolver
}

// CheckURL refuses what can be known to be wrong from the URL alone. Error
// texts never contain the URL's userinfo.
func (p Policy) CheckURL(u *url.URL) error {
	switch {
	case u.Scheme == "http" && !p.AllowHTTP:
		return refused("plain http to %q: use https", u.Host)
	case u.Scheme != "https" && u.Scheme != "http":
		return refused("scheme %q: use https", u.Scheme)
	case u.User != nil:
		return refused("credentials in the URL of %q: leave them out", u.Host)
	case u.Hostname() == "":
		return refused("a URL without a host")
	case p.AllowLoopback:
		return nil
	}
	if err := checkHost(u.Hostname()); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return nil
}

// CheckRedirect is for [http.Client]: it follows few redirects, each to an
// allowed URL and never from https to http, and sends credentials to no other
// host than the first and no URL to the next.
func (p Policy) CheckRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return refused("more than %d redirects", maxRedirects)
	}
	if err := p.CheckURL(req.URL); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	first, last := via[0].URL, via[len(via)-1].URL
	if last.Scheme == "https" && req.URL.Scheme != "https" {
		return refused("redirect from https to plain http at %q", req.URL.Host)
	}
	// It would tell the next server the last one's URL, and a query may hold a token.
	req.Header.Del("Referer")
	if req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		// net/http keeps them for subdomains; another origin is another party.
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}

// control judges the address that is about to be connected to, after DNS. It is
// asked for each of a name's addresses, and what it has seen is what is connected
// to: there is no moment in between for DNS to answer otherwise.
func (p Policy) control(_, address string, _ syscall.RawConn) error {
	if p.AllowLoopback {
		return nil
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return refused("address %q: %v", address, err)
	}
	if err := checkAddr(target.Addr()); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotAllowed, fmt.Sprintf(format, args...))
}
