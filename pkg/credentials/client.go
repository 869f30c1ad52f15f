package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
)

// Client returns a client within policy that trusts the private certificate
// authority, and shows the certificate and logs in at origin alone.
func (c Credentials) Client(policy egress.Policy, origin *url.URL) *http.Client {
	if len(c.authorities) > 0 {
		policy.RootCAs = c.pool(policy.RootCAs)
	}
	client := policy.Client()
	if c.certificate != nil {
		client = c.presenting(policy, origin)
	}
	if c.username != "" || c.bearer != "" {
		client.Transport = login{credentials: c, origin: origin, next: client.Transport}
	}
	return client
}

// pool adds the private certificate authority to those that are trusted already.
func (c Credentials) pool(trusted *x509.CertPool) *x509.CertPool {
	if trusted == nil {
		system, err := x509.SystemCertPool()
		if err != nil { // there are none
			system = x509.NewCertPool()
		}
		trusted = system
	}
	pool := trusted.Clone()
	pool.AppendCertsFromPEM(c.authorities)
	return pool
}

// presenting returns a client with the certificate. It connects with it to
// origin, and without it to everybody else.
func (c Credentials) presenting(policy egress.Policy, origin *url.URL) *http.Client {
	plain, own := policy.Client(), policy
	own.Certificates = []tls.Certificate{*c.certificate}
	presenting := own.Client()
	plain.Transport = byOrigin{origin: origin, there: presenting.Transport, elsewhere: plain.Transport}
	return plain
}

// byOrigin sends requests to the origin through one transport and all others
// through another one.
type byOrigin struct {
	origin           *url.URL
	there, elsewhere http.RoundTripper
}

func (b byOrigin) RoundTrip(request *http.Request) (*http.Response, error) {
	if same(request.URL, b.origin) {
		return b.there.RoundTrip(request)
	}
	return b.elsewhere.RoundTrip(request)
}

// login adds the Authorization header to requests to the origin. What a redirect
// leads to elsewhere gets none, whatever net/http copies.
type login struct {
	credentials Credentials
	origin      *url.URL
	next        http.RoundTripper
}

func (l login) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Del("Authorization")
	if same(request.URL, l.origin) {
		if l.credentials.bearer != "" {
			request.Header.Set("Authorization", "Bearer "+l.credentials.bearer)
		} else {
			request.SetBasicAuth(l.credentials.username, l.credentials.password)
		}
	}
	return l.next.RoundTrip(request)
}

// same compares scheme, host and port.
func same(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"https": "443", "http": "80"}[u.Scheme]
}
