package credentials

import (
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// The keys of a Secret, as users of Flux know them.
const (
	KeyUsername     = corev1.BasicAuthUsernameKey
	KeyPassword     = corev1.BasicAuthPasswordKey
	KeyBearerToken  = "bearerToken"
	KeyIdentity     = "identity"
	KeyKnownHosts   = "known_hosts"
	KeyCA           = "ca.crt"
	KeyClientCert   = corev1.TLSCertKey
	KeyClientKey    = corev1.TLSPrivateKeyKey
	KeyDockerConfig = corev1.DockerConfigJsonKey
)

// Credentials are what one Secret holds. The zero value opens nothing.
type Credentials struct {
	// Secret is the name of the Secret, for messages.
	Secret string
	// Username and Password are set together. With an Identity there is no
	// Username, and Password is the identity's passphrase.
	Username, Password string
	// BearerToken excludes the other ways to log in.
	BearerToken string
	// Identity is an SSH private key in PEM; KnownHosts is set with it, in
	// OpenSSH's format.
	Identity, KnownHosts []byte
	// CA are certificates in PEM, to trust beside those that are trusted anyway.
	CA []byte
	// ClientCert and ClientKey are set together, in PEM, and belong together.
	ClientCert, ClientKey []byte
	// DockerConfigJSON is what a Secret of type kubernetes.io/dockerconfigjson holds.
	DockerConfigJSON []byte
	// Version differs whenever the Secret does: its uid and resourceVersion.
	Version string
	// Raw is all of the Secret, for sources that know more keys.
	Raw map[string][]byte
}

// FromSecret reads the keys above; others are only in Raw. What cannot be meant
// is a terminal error that names the Secret and its keys.
func FromSecret(secret *corev1.Secret) (Credentials, error) {
	data := secret.Data
	c := Credentials{
		Secret:   secret.Name,
		Username: text(data[KeyUsername]), Password: text(data[KeyPassword]),
		BearerToken: text(data[KeyBearerToken]),
		Identity:    data[KeyIdentity], KnownHosts: data[KeyKnownHosts],
		CA:         data[KeyCA],
		ClientCert: data[KeyClientCert], ClientKey: data[KeyClientKey],
		DockerConfigJSON: data[KeyDockerConfig],
		Version:          string(secret.UID) + "/" + secret.ResourceVersion,
		Raw:              data,
	}
	if err := c.check(); err != nil {
		return Credentials{}, invalid(secret.Name, err)
	}
	return c, nil
}

// text is a value without the line break that an editor or echo leaves behind.
func text(value []byte) string { return strings.TrimRight(string(value), "\r\n") }

// invalid joins all that is wrong with a Secret in one line.
func invalid(name string, err error) error {
	line := strings.ReplaceAll(err.Error(), "\n", "; ")
	return fault.NewTerminal(v1alpha1.ReasonInvalidSecret, fmt.Errorf("the Secret %q cannot be used: %s", name, line))
}

// word is all that is ever printed of credentials.
const word = "[credentials]"

// Format implements [fmt.Formatter] for all verbs, so that none shows a secret.
func (c Credentials) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, word) }

// MarshalText keeps secrets out of JSON, YAML and structured logs.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(word), nil }
