package credentials

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
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

// Parse reads the data of a Secret. Keys that it does not know are ignored; data
// without any that it knows, and what cannot be meant, is an error that names keys
// and shows nothing of what they hold.
func Parse(data map[string][]byte) (Credentials, error) {
	c := Credentials{
		username:    trimmed(data[KeyUsername]),
		password:    trimmed(data[KeyPassword]),
		bearer:      trimmed(data[KeyBearerToken]),
		authorities: data[KeyCA],
	}
	if err := cmp.Or(c.checkLogin(), c.checkAuthorities(), c.readCertificate(data)); err != nil {
		return Credentials{}, err
	}
	if c.username == "" && c.bearer == "" && len(c.authorities) == 0 && c.certificate == nil {
		return Credentials{}, fmt.Errorf("it has none of %s and %s, %s, %s, %s and %s",
			KeyUsername, KeyPassword, KeyBearerToken, KeyCA, KeyCertificate, KeyPrivateKey)
	}
	return c, nil
}

// trimmed leaves out the line break with which editors end a file.
func trimmed(value []byte) string { return string(bytes.TrimRight(value, "\r\n")) }

func (c *Credentials) checkLogin() error {
	switch {
	case c.bearer != "" && (c.username != "" || c.password != ""):
		return fmt.Errorf("it has both %s and %s; keep one", KeyBearerToken, KeyUsername)
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
