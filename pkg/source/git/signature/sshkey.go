package signature

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// namespace is what git signs for. A signature of a file with the same key is for
// another one.
const namespace = "git"

// minRSABits is what OpenSSH wants of new keys, rounded down.
const minRSABits = 2048

// sshKey is a public key and when it counts.
type sshKey struct {
	key           ssh.PublicKey
	after, before time.Time // zero: no bound
}

func (s sshKey) counts(now time.Time) bool {
	return (s.after.IsZero() || !now.Before(s.after)) && (s.before.IsZero() || now.Before(s.before))
}

// checkSSHKey refuses keys whose signatures prove nothing today.
func checkSSHKey(key ssh.PublicKey) error {
	if strings.Contains(key.Type(), "-cert-") {
		return errors.New("this is a certificate: put the key itself here")
	}
	if key.Type() == "ssh-dss" {
		return errors.New("DSA keys are too weak")
	}
	if crypto, ok := key.(ssh.CryptoPublicKey); ok {
		if k, ok := crypto.CryptoPublicKey().(*rsa.PublicKey); ok && k.N.BitLen() < minRSABits {
			return fmt.Errorf("an RSA key of %d bits is too weak", k.N.BitLen())
		}
	}
	return nil
}

// parseAllowedSigner reads a line of principals, options and a key. Who a principal
// is makes no difference: it is the key that is trusted.
func parseAllowedSigner(line []byte) (sshKey, error) {
	rest, ok := afterPrincipals(string(line))
	if !ok {
		return sshKey{}, errors.New("there are no principals before the key")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return sshKey{}, errors.New("there is no SSH public key")
	}
	signer := sshKey{key: key}
	for _, option := range options {
		if err := signer.apply(option); err != nil {
			return sshKey{}, err
		}
	}
	return signer, checkSSHKey(key)
}

// afterPrincipals skips the first field, which may be quoted.
func afterPrincipals(line string) (string, bool) {
	end := strings.IndexAny(line, " \t")
	if strings.HasPrefix(line, `"`) {
		if end = strings.IndexByte(line[1:], '"'); end >= 0 {
			end += 2
		}
	}
	if end <= 0 || end >= len(line) {
		return "", false
	}
	return strings.TrimLeft(line[end:], " \t"), true
}

// apply takes an option. One that is not known may be a restriction, so it is
// refused.
func (s *sshKey) apply(option string) (err error) {
	name, value, _ := strings.Cut(option, "=")
	value = strings.Trim(value, `"`)
	switch strings.ToLower(name) {
	case "namespaces":
		if !slices.ContainsFunc(strings.Split(value, ","), allows) {
			return fmt.Errorf("namespaces does not allow %q", namespace)
		}
	case "valid-after":
		s.after, err = parseTime(value)
	case "valid-before":
		s.before, err = parseTime(value)
	case "cert-authority":
		return errors.New("cert-authority is not supported: put the keys themselves here")
	default:
		return fmt.Errorf("the option %.40q is unknown", name)
	}
	return err
}

func allows(pattern string) bool {
	ok, err := path.Match(pattern, namespace)
	return ok && err == nil
}

// parseTime reads YYYYMMDD[HHMM[SS]][Z]. There is no local time in a cluster, so it
// is UTC with and without the Z.
func parseTime(text string) (time.Time, error) {
	digits := strings.TrimSuffix(text, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) {
			if at, err := time.Parse(layout, digits); err == nil {
				return at, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("the time %.40q is not of the form YYYYMMDD[HHMM[SS]]", text)
}
