package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"golang.org/x/crypto/ssh"
)

// The keys of a Secret that are read.
const (
	// SuffixOpenPGP ends the names of armored OpenPGP public keys.
	SuffixOpenPGP = ".asc"
	// SuffixSSH ends the names of SSH public keys, one on each line.
	SuffixSSH = ".pub"
	// KeyAllowedSigners is a file of allowed signers, as ssh-keygen reads it.
	KeyAllowedSigners = "allowed_signers"
)

// Keys are those whose signatures count.
type Keys struct {
	pgp    openpgp.EntityList
	ssh    []sshKey
	digest string
}

// Read takes the keys from the data of a Secret; what has other names is left
// alone. A key that cannot be read is an error that names where it stands.
func Read(data map[string][]byte) (*Keys, error) {
	var k Keys
	for _, name := range slices.Sorted(maps.Keys(data)) {
		var err error
		switch {
		case strings.HasSuffix(name, SuffixOpenPGP):
			err = k.addPGP(data[name])
		case strings.HasSuffix(name, SuffixSSH):
			err = k.addSSH(data[name], parsePublicKey)
		case name == KeyAllowedSigners:
			err = k.addSSH(data[name], parseAllowedSigner)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(k.pgp)+len(k.ssh) == 0 {
		return nil, fmt.Errorf("it has no public keys: add OpenPGP keys as *%s, SSH keys as *%s or %s", SuffixOpenPGP, SuffixSSH, KeyAllowedSigners)
	}
	k.digest = k.digestOf()
	return &k, nil
}

// Digest is a short text that differs where the keys do.
func (k *Keys) Digest() string { return k.digest }

// String says how many keys there are, for messages.
func (k *Keys) String() string {
	var kinds []string
	for _, kind := range []struct {
		n    int
		name string
	}{{len(k.pgp), "OpenPGP"}, {len(k.ssh), "SSH"}} {
		switch {
		case kind.n == 1:
			kinds = append(kinds, "the "+kind.name+" key")
		case kind.n > 1:
			kinds = append(kinds, fmt.Sprintf("one of the %d %s keys", kind.n, kind.name))
		}
	}
	return strings.Join(kinds, " or ")
}

func (k *Keys) digestOf() string {
	var all []string
	for _, e := range k.pgp {
		var b bytes.Buffer
		_ = e.Serialize(&b) // a buffer takes everything; a revocation changes it too
		all = append(all, "pgp "+b.String())
	}
	for _, s := range k.ssh {
		all = append(all, fmt.Sprintf("ssh %q %d %d", s.key.Marshal(), s.after.Unix(), s.before.Unix()))
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:6])
}

const beginPGP = "-----BEGIN PGP "

// addPGP reads one or more armored blocks, one after the other.
func (k *Keys) addPGP(text []byte) error {
	parts := strings.Split(string(text), beginPGP)
	for _, part := range parts[1:] {
		if strings.HasPrefix(part, "PRIVATE KEY") {
			return errors.New("this is a private key: put only the public one here")
		}
		entities, err := openpgp.ReadArmoredKeyRing(strings.NewReader(beginPGP + part))
		if err != nil || len(entities) == 0 {
			return errors.New("this is not an armored OpenPGP public key")
		}
		k.pgp = append(k.pgp, entities...)
	}
	if len(parts) == 1 {
		return errors.New("this is not an armored OpenPGP public key")
	}
	return nil
}

// addSSH reads a file line by line.
func (k *Keys) addSSH(text []byte, parse func(line []byte) (sshKey, error)) error {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := parse(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		k.ssh = append(k.ssh, key)
	}
	return nil
}

func parsePublicKey(line []byte) (sshKey, error) {
	key, _, options, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil || len(options) > 0 {
		return sshKey{}, errors.New("this is not an SSH public key")
	}
	return sshKey{key: key}, checkSSHKey(key)
}
