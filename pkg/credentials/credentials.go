package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// The keys of a Secret, as users of Flux know them.
const (
	KeyUsername    = "username"
	KeyPassword    = "password"
	KeyBearerToken = "bearerToken"
	KeyCA          = "ca.crt"
	KeyCertificate = "tls.crt"
	KeyPrivateKey  = "tls.key"
)

// Credentials are what one Secret holds. The zero value opens nothing.
type Credentials struct {
	// Its fields are not exported and it prints nothing of them, so that no log
	// and no message can show them by accident.
	username, password, bearer string
	authorities                []byte // PEM
	certificate                *tls.Certificate
}

// FromSecret reads the keys that it knows; others are ignored. What cannot be
// meant is a terminal error that names the Secret and its keys.
func FromSecret(secret *corev1.Secret) (Credentials, error) {
	c := Credentials{
		username:    string(secret.Data[KeyUsername]),
		password:    string(secret.Data[KeyPassword]),
		bearer:      strings.TrimSpace(string(secret.Data[KeyBearerToken])),
		authorities: secret.Data[KeyCA],
	}
	err := errors.Join(c.checkLogin(), c.checkAuthorities(), c.readCertificate(secret.Data))
	if err != nil {
		return Credentials{}, fault.NewTerminal(source.ReasonAuthFailed, fmt.Errorf("Secret %q: %w", secret.Name, err))
	}
	return c, nil
}

func (c *Credentials) checkLogin() error {
	switch {
	case c.bearer != "" && (c.username != "" || c.password != ""):
		return fmt.Errorf("it has %s and %s; keep the one that the source wants", KeyBearerToken, KeyUsername)
	case c.username == "" && c.password != "":
		return fmt.Errorf("it has %s without %s; add it", KeyPassword, KeyUsername)
	case c.username != "" && c.password == "":
		return fmt.Errorf("it has %s without %s; add it", KeyUsername, KeyPassword)
	case strings.ContainsAny(c.bearer, "\r\n") || strings.Contains(c.username, ":"):
		return fmt.Errorf("%s must be one line, and %s must not contain a colon", KeyBearerToken, KeyUsername)
	}
	return nil
}

func (c *Credentials) checkAuthorities() error {
	if len(c.authorities) > 0 && !x509.NewCertPool().AppendCertsFromPEM(c.authorities) {
		return fmt.Errorf("%s holds no certificate in PEM", KeyCA)
	}
	return nil
}

func (c *Credentials) readCertificate(data map[string][]byte) error {
	certificate, key := data[KeyCertificate], data[KeyPrivateKey]
	if len(certificate) == 0 && len(key) == 0 {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		// The error says what is wrong with the form, never what is in it.
		return fmt.Errorf("%s and %s are not a certificate and its key in PEM: %w", KeyCertificate, KeyPrivateKey, err)
	}
	c.certificate = &pair
	return nil
}

// String says that there is something, and not what.
func (c Credentials) String() string { return "credentials" }

// GoString is String: %#v shows nothing either.
func (c Credentials) GoString() string { return c.String() }
