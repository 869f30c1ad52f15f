package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// check says everything that is wrong, so that a person corrects it at once. It
// names keys and never values.
func (c Credentials) check() error {
	return errors.Join(
		c.checkEmpty(), c.checkOneLogin(), c.checkBasic(), c.checkSSH(), c.checkHeaders(), c.checkAuthorities(), c.checkPair())
}

// checkEmpty refuses a key without a value: it is a template that was not filled
// in, and half a login would be tried without it.
func (c Credentials) checkEmpty() error {
	var errs []error
	for _, key := range []string{
		KeyUsername, KeyPassword, KeyBearerToken, KeyIdentity, KeyKnownHosts, KeyCA, KeyClientCert, KeyClientKey, KeyDockerConfig,
	} {
		if value, found := c.Raw[key]; found && strings.TrimSpace(string(value)) == "" {
			errs = append(errs, fmt.Errorf("%s is empty", key))
		}
	}
	return errors.Join(errs...)
}

// checkOneLogin refuses a choice: which login is used must not be a surprise.
func (c Credentials) checkOneLogin() error {
	var ways []string
	for _, way := range []struct {
		key string
		set bool
	}{
		{KeyUsername, c.Username != ""},
		{KeyBearerToken, c.BearerToken != ""},
		{KeyIdentity, len(c.Identity) > 0},
		{KeyDockerConfig, len(c.DockerConfigJSON) > 0},
	} {
		if way.set {
			ways = append(ways, way.key)
		}
	}
	if len(ways) > 1 {
		return fmt.Errorf("it has %s, each of which is a way to log in: keep one", strings.Join(ways, " and "))
	}
	return nil
}

func (c Credentials) checkBasic() error {
	switch {
	case c.Username != "" && c.Password == "":
		return fmt.Errorf("it has %s without %s: add it", KeyUsername, KeyPassword)
	case c.Username == "" && c.Password != "" && len(c.Identity) == 0:
		return fmt.Errorf("it has %s without %s: add it", KeyPassword, KeyUsername)
	case strings.Contains(c.Username, ":"):
		return fmt.Errorf("%s contains a colon, which basic authentication cannot transport", KeyUsername)
	}
	return nil
}

func (c Credentials) checkSSH() error {
	switch identity, hosts := len(c.Identity) > 0, len(c.KnownHosts) > 0; {
	case identity && !hosts:
		return fmt.Errorf("it has %s without %s: add it, for without it anybody can pose as the server", KeyIdentity, KeyKnownHosts)
	case hosts && !identity:
		return fmt.Errorf("it has %s without %s: add it", KeyKnownHosts, KeyIdentity)
	}
	return nil
}

// checkHeaders refuses what cannot be sent: a line break in a token would begin
// another header.
func (c Credentials) checkHeaders() error {
	for _, header := range []struct{ key, value string }{
		{KeyUsername, c.Username}, {KeyPassword, c.Password}, {KeyBearerToken, c.BearerToken},
	} {
		if strings.ContainsFunc(header.value, unicode.IsControl) {
			return fmt.Errorf("%s contains a line break or another control character", header.key)
		}
	}
	if strings.ContainsRune(c.BearerToken, ' ') {
		return fmt.Errorf("%s contains a space: give the token alone, without \"Bearer\"", KeyBearerToken)
	}
	return nil
}

// checkAuthorities reads all of them: one that is broken would be missed only
// when a server uses it.
func (c Credentials) checkAuthorities() error {
	rest, found := c.CA, 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("%s holds something else than certificates", KeyCA)
		}
		found++
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate %d of %s is broken", found, KeyCA)
		}
	}
	if len(c.CA) > 0 && found == 0 {
		return fmt.Errorf("%s holds no certificate in PEM", KeyCA)
	}
	return nil
}

func (c Credentials) checkPair() error {
	switch certificate, key := len(c.ClientCert) > 0, len(c.ClientKey) > 0; {
	case !certificate && !key:
		return nil
	case certificate != key:
		return fmt.Errorf("it has only one of %s and %s: add the other one", KeyClientCert, KeyClientKey)
	}
	if _, err := tls.X509KeyPair(c.ClientCert, c.ClientKey); err != nil {
		return fmt.Errorf("%s and %s are not a certificate and its key in PEM", KeyClientCert, KeyClientKey)
	}
	return nil
}
