package credentials_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
)

func secret(keysAndValues ...string) map[string][]byte {
	data := map[string][]byte{}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		data[keysAndValues[i]] = []byte(keysAndValues[i+1])
	}
	return data
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		why    string
		secret map[string][]byte
		says   string
	}{
		"two ways":       {"which one is meant?", secret("username", "u", "password", "hunter2", "bearerToken", "t"), "bearerToken and username"},
		"no password":    {"half a login", secret("username", "u"), "username without password"},
		"no username":    {"half a login", secret("password", "hunter2"), "password without username"},
		"a header in it": {"it would become another header", secret("bearerToken", "hunter2\r\nX: y"), "one line"},
		"a colon":        {"basic authentication ends the name there", secret("username", "a:b", "password", "hunter2"), "colon"},
		"no authority":   {"nothing would be trusted", secret("ca.crt", "hunter2"), "ca.crt holds no certificate"},
		"half a pair":    {"a certificate needs its key", secret("tls.crt", "hunter2"), "tls.crt and tls.key"},
		"not a pair":     {"neither is readable", secret("tls.crt", "hunter2", "tls.key", "hunter2"), "tls.crt and tls.key"},
		"nothing of it":  {"a typing error in a key", secret("Username", "hunter2"), "none of username"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := credentials.Parse(c.secret)
			require.ErrorContains(t, err, c.says, c.why)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestNothingIsPrinted(t *testing.T) {
	c, err := credentials.Parse(secret("username", "user1", "password", "hunter2"))
	require.NoError(t, err)
	written, err := json.Marshal(c) //nolint:staticcheck // that there is nothing to see is the point
	require.NoError(t, err)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c), fmt.Sprintf("%v %+v %#v", &c, &c, &c), string(written)} {
		require.NotContains(t, text, "hunter2")
		require.NotContains(t, text, "user1")
	}
}

// recorder is a TLS server that notes the logins and certificates that it is shown.
type recorder struct {
	*httptest.Server
	logins       []string
	certificates int
	redirect     string
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.logins = append(r.logins, request.Header.Get("Authorization"))
		r.certificates += len(request.TLS.PeerCertificates)
		if r.redirect != "" {
			http.Redirect(w, request, r.redirect, http.StatusFound)
		}
	}))
	r.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) authority() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}))
}

func get(t *testing.T, c credentials.Credentials, origin *recorder) error {
	t.Helper()
	u, err := url.Parse(origin.URL)
	require.NoError(t, err)
	client := c.Client(egress.Policy{AllowLoopback: true}, u)
	response, err := client.Get(origin.URL + "/file")
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	return err
}

func TestLogin(t *testing.T) {
	for name, c := range map[string]struct{ key, value, key2, value2, want string }{
		"basic":  {"username", "user1", "password", "hunter2", "Basic dXNlcjE6aHVudGVyMg=="},
		"bearer": {"bearerToken", "token\n", "", "", "Bearer token"},
	} {
		t.Run(name, func(t *testing.T) {
			origin := newRecorder(t)
			login, err := credentials.Parse(secret(c.key, c.value, c.key2, c.value2, "ca.crt", origin.authority()))
			require.NoError(t, err)
			require.NoError(t, get(t, login, origin))
			require.Equal(t, []string{c.want}, origin.logins)
		})
	}
}

func TestPrivateAuthority(t *testing.T) {
	origin := newRecorder(t)
	require.ErrorContains(t, get(t, credentials.Credentials{}, origin), "certificate")
	trusting, err := credentials.Parse(secret("ca.crt", origin.authority()))
	require.NoError(t, err)
	require.NoError(t, get(t, trusting, origin))
}

// Another origin is another party, on the same host too.
func TestNothingFollowsARedirect(t *testing.T) {
	origin, other := newRecorder(t), newRecorder(t)
	origin.redirect = other.URL + "/elsewhere"
	certificate, key := pair(t, origin)
	c, err := credentials.Parse(secret("username", "u", "password", "p", "tls.crt", certificate, "tls.key", key,
		"ca.crt", origin.authority()+other.authority()))
	require.NoError(t, err)
	require.NoError(t, get(t, c, origin))
	require.Equal(t, []string{"Basic dTpw"}, origin.logins)
	require.Equal(t, 1, origin.certificates)
	require.Equal(t, []string{""}, other.logins, "the password went to another server")
	require.Zero(t, other.certificates, "the certificate went to another server")
}

// pair is a certificate and its key: the server's own will do.
func pair(t *testing.T, r *recorder) (certificate, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(r.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	return r.authority(), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
