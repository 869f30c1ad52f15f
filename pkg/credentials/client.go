package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
)

// HTTPClient returns a client within policy. It trusts the private certificate
// authority everywhere; it logs in and shows the client certificate only at
// target's origin, whatever that redirects to. A Secret without any key for this
// is a terminal error.
//
// The client has connections of its own: call CloseIdleConnections after use.
func (c Credentials) HTTPClient(policy egress.Policy, target *url.URL) (*http.Client, error) {
	login, certificate := c.authorizes(), len(c.ClientCert) > 0
	if !login && !certificate && len(c.CA) == 0 {
		return nil, invalid(c.Secret, fmt.Errorf("it has none of %s and %s; %s; %s; %s and %s",
			KeyUsername, KeyPassword, KeyBearerToken, KeyCA, KeyClientCert, KeyClientKey))
	}
	client, err := c.Connect(policy, target)
	if err != nil {
		return nil, err
	}
	if login {
		client.Transport = authorizing{authorize: c.Authorize, origin: target, next: client.Transport}
	}
	return client, nil
}

// Connect is HTTPClient without the login and for any Secret: for sources that log
// in by a protocol of their own.
func (c Credentials) Connect(policy egress.Policy, target *url.URL) (*http.Client, error) {
	policy, err := c.Trust(policy)
	if err != nil {
		return nil, err
	}
	client := policy.Client()
	if len(c.ClientCert) > 0 {
		pair, err := tls.X509KeyPair(c.ClientCert, c.ClientKey)
		if err != nil { // FromSecret has checked it
			return nil, invalid(c.Secret, fmt.Errorf("%s and %s are not a pair", KeyClientCert, KeyClientKey))
		}
		policy.Certificates = []tls.Certificate{pair}
		client.Transport = byOrigin{origin: target, there: policy.Client().Transport, elsewhere: client.Transport}
	}
	return client, nil
}

// Trust returns the policy with the private certificate authority, if there is
// one, beside those that it trusts already.
func (c Credentials) Trust(policy egress.Policy) (egress.Policy, error) {
	if len(c.CA) == 0 {
		return policy, nil
	}
	trusted := policy.RootCAs
	if trusted == nil {
		system, err := x509.SystemCertPool()
		if err != nil { // there are none
			system = x509.NewCertPool()
		}
		trusted = system
	}
	policy.RootCAs = trusted.Clone()
	if !policy.RootCAs.AppendCertsFromPEM(c.CA) {
		return egress.Policy{}, invalid(c.Secret, fmt.Errorf("%s holds no certificate in PEM", KeyCA))
	}
	return policy, nil
}

// Authorize logs the request in, with the user's name or the token. It is for
// callers that know whom they send it to.
func (c Credentials) Authorize(request *http.Request) {
	switch {
	case c.BearerToken != "":
		request.Header.Set("Authorization", "Bearer "+c.BearerToken)
	case c.Username != "":
		request.SetBasicAuth(c.Username, c.Password)
	}
}

func (c Credentials) authorizes() bool { return c.BearerToken != "" || c.Username != "" }

// authorizing adds the Authorization header to requests to the origin. It is not
// part of the client's own request, so net/http has nothing to take along on a
// redirect; should a caller have set one, it stays at the origin too.
type authorizing struct {
	authorize func(*http.Request)
	origin    *url.URL
	next      http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (a authorizing) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Del("Authorization")
	if sameOrigin(request.URL, a.origin) {
		a.authorize(request)
	}
	return a.next.RoundTrip(request)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transport.
func (a authorizing) CloseIdleConnections() { closeIdle(a.next) }

// byOrigin sends requests to the origin through one transport, which has the
// client certificate, and all others through one that has not.
type byOrigin struct {
	origin           *url.URL
	there, elsewhere http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (b byOrigin) RoundTrip(request *http.Request) (*http.Response, error) {
	if sameOrigin(request.URL, b.origin) {
		return b.there.RoundTrip(request)
	}
	return b.elsewhere.RoundTrip(request)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transports.
func (b byOrigin) CloseIdleConnections() { closeIdle(b.there); closeIdle(b.elsewhere) }

func closeIdle(transport http.RoundTripper) {
	if t, ok := transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// sameOrigin compares scheme, host and port: another port is another party.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
}
