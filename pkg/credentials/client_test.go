package credentials_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// pair is a certificate of its own and its key, in PEM.
func pair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return toPEM("CERTIFICATE", der), toPEM("PRIVATE KEY", encoded)
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// recorder notes the logins and certificates that it is shown.
type recorder struct {
	*httptest.Server
	logins, referers []string
	certificates     int
	redirect         string
}

func newRecorder(t *testing.T, start func(*httptest.Server)) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.logins = append(r.logins, request.Header.Get("Authorization"))
		r.referers = append(r.referers, request.Header.Get("Referer"))
		if request.TLS != nil {
			r.certificates += len(request.TLS.PeerCertificates)
		}
		if r.redirect != "" && request.URL.Path != "/end" {
			http.Redirect(w, request, r.redirect, http.StatusFound)
		}
	}))
	certificate, _, err := gitserver.Certificate("127.0.0.1", "localhost")
	require.NoError(t, err)
	r.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{certificate}}
	start(r.Server)
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) authority() string { return toPEM("CERTIFICATE", r.Certificate().Raw) }

// get asks the recorder within the policy, with what the Secret says.
func get(t *testing.T, policy egress.Policy, origin *recorder, keysAndValues ...string) error {
	t.Helper()
	c, err := credentials.FromSecret(secret(keysAndValues...))
	require.NoError(t, err)
	target, err := url.Parse(origin.URL + "/file?token=" + hidden)
	require.NoError(t, err)
	client, err := c.HTTPClient(policy, target)
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	response, err := client.Get(target.String())
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	return err
}

var local = egress.Policy{AllowLoopback: true}

func TestLogin(t *testing.T) {
	for name, tt := range map[string]struct {
		login []string
		want  string
	}{
		"basic":   {[]string{"username", "me", "password", hidden}, "Basic bWU6aHVudGVyMg=="},
		"bearer":  {[]string{"bearerToken", hidden}, "Bearer " + hidden},
		"neither": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			origin := newRecorder(t, (*httptest.Server).StartTLS)
			require.NoError(t, get(t, local, origin, append(tt.login, "ca.crt", origin.authority())...))
			require.Equal(t, []string{tt.want}, origin.logins)
		})
	}
}

func TestPrivateAuthority(t *testing.T) {
	origin, other := newRecorder(t, (*httptest.Server).StartTLS), newRecorder(t, (*httptest.Server).StartTLS)
	foreign, _ := pair(t)
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, get(t, local, origin, "ca.crt", foreign), &unknown)
	require.NoError(t, get(t, local, origin, "ca.crt", origin.authority()))

	trusting := local
	trusting.RootCAs = x509.NewCertPool()
	trusting.RootCAs.AddCert(other.Certificate())
	require.NoError(t, get(t, trusting, other, "ca.crt", foreign), "a private authority is one more, not the only one")
	require.Equal(t, 1, countOf(trusting.RootCAs), "one registry's authority must not be trusted for another one's source")
}

func countOf(pool *x509.CertPool) int { return len(pool.Subjects()) } //nolint:staticcheck // not the system's

func TestNothingFollowsARedirect(t *testing.T) {
	certificate, key := pair(t)
	tests := map[string]struct {
		why      string
		start    func(*httptest.Server)
		location func(origin, other *recorder) string
		stays    bool // at the origin
	}{
		"another port": {
			why:   "another party, on the same host too",
			start: (*httptest.Server).StartTLS, location: func(_, other *recorder) string { return other.URL + "/end" },
		},
		"another name": {
			why:   "the same server by another name is one that the spec does not name",
			start: (*httptest.Server).StartTLS, location: func(_, other *recorder) string {
				return strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/end"
			},
		},
		"from http to https": {
			why:   "another scheme is another origin",
			start: (*httptest.Server).Start, location: func(_, other *recorder) string { return other.URL + "/end" },
		},
		"the same": {
			why:   "it is asked again",
			start: (*httptest.Server).StartTLS, location: func(*recorder, *recorder) string { return "/end" }, stays: true,
		},
		"the same with its port spelled out": {
			why:   "it is the same party",
			start: (*httptest.Server).StartTLS, location: func(origin, _ *recorder) string { return origin.URL + "/end" }, stays: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			origin, other := newRecorder(t, tt.start), newRecorder(t, (*httptest.Server).StartTLS)
			origin.redirect = tt.location(origin, other)
			policy := egress.Policy{AllowLoopback: true, AllowHTTP: true, RootCAs: x509.NewCertPool()}
			policy.RootCAs.AddCert(other.Certificate())
			if origin.Certificate() != nil {
				policy.RootCAs.AddCert(origin.Certificate())
			}
			require.NoError(t, get(t, policy, origin, "username", "me", "password", hidden, "tls.crt", certificate, "tls.key", key))
			require.Equal(t, "Basic bWU6aHVudGVyMg==", origin.logins[0])
			if tt.stays {
				require.Equal(t, origin.logins[0], origin.logins[1], tt.why)
				require.Equal(t, 2, origin.certificates, tt.why)
				return
			}
			require.Equal(t, []string{""}, other.logins, "the password went to another party: %s", tt.why)
			require.Zero(t, other.certificates, "the certificate went to another party: %s", tt.why)
			require.Equal(t, []string{""}, other.referers, "the URL may hold a token")
		})
	}
}

// TestAwayAndBack: what left the origin comes back to it with the login, but
// the party in between has not seen it.
func TestAwayAndBack(t *testing.T) {
	origin, other := newRecorder(t, (*httptest.Server).StartTLS), newRecorder(t, (*httptest.Server).StartTLS)
	origin.redirect, other.redirect = other.URL+"/away", origin.URL+"/end"
	require.NoError(t, get(t, local, origin, "bearerToken", hidden, "ca.crt", origin.authority()+other.authority()))
	require.Equal(t, []string{""}, other.logins)
	require.Equal(t, []string{"Bearer " + hidden, "Bearer " + hidden}, origin.logins)
}

func TestGuardStays(t *testing.T) {
	certificate, key := pair(t)
	origin := newRecorder(t, (*httptest.Server).StartTLS)
	err := get(t, egress.Policy{}, origin, "username", "me", "password", hidden, "tls.crt", certificate, "tls.key", key, "ca.crt", origin.authority())
	require.ErrorIs(t, err, egress.ErrNotAllowed, "credentials open no way to loopback")
	require.Empty(t, origin.logins)
}

func TestSecretOfAnotherKind(t *testing.T) {
	target, err := url.Parse("https://example.com")
	require.NoError(t, err)
	for name, s := range map[string][]string{
		"SSH": {"identity", hidden, "known_hosts", "h"}, "pull secret": {".dockerconfigjson", "{}"}, "typing error": {"user", "me", "pass", hidden},
	} {
		c, err := credentials.FromSecret(secret(s...))
		require.NoError(t, err)
		_, err = c.HTTPClient(local, target)
		require.Equal(t, fault.Terminal, fault.ClassOf(err), name)
		require.ErrorContains(t, err, `Secret "login" cannot be used: it has none of username and password; bearerToken;`, name)
	}
}
