package egress

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
)

const (
	dialTimeout   = 10 * time.Second
	tlsTimeout    = 10 * time.Second
	headerTimeout = 60 * time.Second
	idleTimeout   = 30 * time.Second
	// maxHeaderBytes bounds what a server sends before its body.
	maxHeaderBytes = 256 << 10
)

// Client returns a client that connects only where the policy allows, on
// redirects too. It has no overall timeout: the request's context is what ends
// it. The proxy is the environment's at this moment.
func (p Policy) Client() *http.Client {
	proxyFor := httpproxy.FromEnvironment().ProxyFunc()
	// Two transports, because only the second may connect to any address, and all
	// that it ever connects to is the proxy that the administrator has named.
	direct := p.transport(&net.Dialer{Timeout: dialTimeout, Control: p.control, Resolver: p.resolver})
	proxied := p.transport(&net.Dialer{Timeout: dialTimeout})
	proxied.Proxy = func(r *http.Request) (*url.URL, error) {
		proxy, err := proxyFor(r.URL)
		if proxy == nil && err == nil {
			err = refused("no proxy for %q", r.URL.Host)
		}
		return proxy, err
	}
	return &http.Client{
		Transport:     checked{policy: p, proxyFor: proxyFor, direct: direct, proxied: proxied},
		CheckRedirect: p.CheckRedirect,
	}
}

func (p Policy) transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.RootCAs, Certificates: p.Certificates},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           16,
	}
}

// checked applies [Policy.CheckURL] to every request, so that a caller who
// forgets it is still guarded, and chooses the way.
type checked struct {
	policy          Policy
	proxyFor        func(*url.URL) (*url.URL, error)
	direct, proxied *http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (c checked) RoundTrip(req *http.Request) (*http.Response, error) {
	err := c.policy.CheckURL(req.URL)
	var proxy *url.URL
	if err == nil {
		proxy, err = c.proxyFor(req.URL)
	}
	switch {
	case err != nil:
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	case proxy != nil:
		return c.proxied.RoundTrip(req)
	}
	return c.direct.RoundTrip(req)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transports.
func (c checked) CloseIdleConnections() {
	c.direct.CloseIdleConnections()
	c.proxied.CloseIdleConnections()
}
