package credentials_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// hidden must not be seen anywhere but in a header.
const hidden = "hunter2"

// secret is called "login" and has these keys and values in turn.
func secret(keysAndValues ...string) *corev1.Secret {
	s := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "login", UID: "1234", ResourceVersion: "7"},
		Data:       map[string][]byte{},
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		s.Data[keysAndValues[i]] = []byte(keysAndValues[i+1])
	}
	return s
}

func TestFromSecretReads(t *testing.T) {
	certificate, key := pair(t)
	tests := map[string]struct {
		why    string
		secret *corev1.Secret
		want   credentials.Credentials
	}{
		"nothing": {why: "it may have keys that only its source knows", secret: secret("cosign.pub", "x"), want: credentials.Credentials{}},
		"basic": {
			why:    "a Secret of type kubernetes.io/basic-auth",
			secret: secret("username", "me", "password", hidden),
			want:   credentials.Credentials{Username: "me", Password: hidden},
		},
		"made with echo": {
			why:    "the line break is not part of the password",
			secret: secret("username", "me\n", "password", hidden+"\r\n"),
			want:   credentials.Credentials{Username: "me", Password: hidden},
		},
		"password with a colon and a space": {
			why:    "only the name must not have one",
			secret: secret("username", "me", "password", "a: b"),
			want:   credentials.Credentials{Username: "me", Password: "a: b"},
		},
		"bearer": {why: "a token", secret: secret("bearerToken", hidden+"\n"), want: credentials.Credentials{BearerToken: hidden}},
		"SSH": {
			why:    "with known_hosts, and a passphrase",
			secret: secret("identity", hidden, "known_hosts", "host key", "password", "phrase"),
			want:   credentials.Credentials{Identity: []byte(hidden), KnownHosts: []byte("host key"), Password: "phrase"},
		},
		"private authority": {why: "no login is needed for it", secret: secret("ca.crt", certificate), want: credentials.Credentials{CA: []byte(certificate)}},
		"two authorities": {
			why:    "while one is replaced",
			secret: secret("ca.crt", "old\n"+certificate+"\nnew\n"+certificate),
			want:   credentials.Credentials{CA: []byte("old\n" + certificate + "\nnew\n" + certificate)},
		},
		"client certificate": {
			why:    "a Secret of type kubernetes.io/tls, as cert-manager makes it",
			secret: secret("tls.crt", certificate, "tls.key", key, "ca.crt", certificate),
			want:   credentials.Credentials{CA: []byte(certificate), ClientCert: []byte(certificate), ClientKey: []byte(key)},
		},
		"client certificate and login": {
			why:    "one is for the connection, the other for the request",
			secret: secret("tls.crt", certificate, "tls.key", key, "username", "me", "password", hidden),
			want:   credentials.Credentials{ClientCert: []byte(certificate), ClientKey: []byte(key), Username: "me", Password: hidden},
		},
		"container registries": {
			why:    "a pull secret",
			secret: secret(".dockerconfigjson", "{}"), want: credentials.Credentials{DockerConfigJSON: []byte("{}")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := credentials.FromSecret(tt.secret)
			require.NoError(t, err, tt.why)
			require.Equal(t, tt.secret.Data, got.Raw)
			require.Equal(t, "1234/7", got.Version)
			require.Equal(t, "login", got.Secret)
			got.Raw, got.Version, got.Secret = nil, "", ""
			require.True(t, same(tt.want, got), tt.why)
		})
	}
}

// same compares all fields; require.Equal would, on a difference, print one word twice.
func same(a, b credentials.Credentials) bool {
	type bare credentials.Credentials
	return fmt.Sprintf("%q", bare(a)) == fmt.Sprintf("%q", bare(b))
}

func TestFromSecretRefuses(t *testing.T) {
	certificate, key := pair(t)
	_, other := pair(t)
	tests := map[string]struct {
		why    string
		secret *corev1.Secret
		says   []string
	}{
		"no password":           {"half a login", secret("username", "me"), []string{"username without password"}},
		"no username":           {"half a login", secret("password", hidden), []string{"password without username"}},
		"basic and bearer":      {"which one is meant?", secret("username", "me", "password", hidden, "bearerToken", "t"), []string{"username and bearerToken"}},
		"SSH and bearer":        {"which one is meant?", secret("identity", hidden, "known_hosts", "h", "bearerToken", "t"), []string{"bearerToken and identity"}},
		"SSH and basic":         {"is the password a passphrase?", secret("identity", hidden, "known_hosts", "h", "username", "me", "password", "p"), []string{"username and identity"}},
		"basic and pull secret": {"which one is meant?", secret("username", "me", "password", hidden, ".dockerconfigjson", "{}"), []string{"username and .dockerconfigjson"}},
		"no known_hosts":        {"anybody could pose as the server", secret("identity", hidden), []string{"identity without known_hosts"}},
		"no identity":           {"half a login", secret("known_hosts", hidden), []string{"known_hosts without identity"}},
		"empty password":        {"a template that was not filled in", secret("username", "me", "password", ""), []string{"password is empty"}},
		"password of a newline": {"a template that was not filled in", secret("username", "me", "password", "\n"), []string{"password is empty"}},
		"empty token":           {"it would be tried without one", secret("bearerToken", ""), []string{"bearerToken is empty"}},
		"empty authority":       {"the system's would be trusted alone", secret("ca.crt", ""), []string{"ca.crt is empty"}},
		"colon in the name":     {"basic authentication ends it there", secret("username", "a:b", "password", hidden), []string{"username contains a colon"}},
		"header in a token":     {"it would become another header", secret("bearerToken", hidden+"\r\nX-Other: y"), []string{"bearerToken contains a line break"}},
		"NUL in a password":     {"no server takes it", secret("username", "me", "password", hidden+"\x00"), []string{"password contains", "control character"}},
		"scheme in a token":     {"it would be sent twice", secret("bearerToken", "Bearer "+hidden), []string{"bearerToken contains a space", "without \"Bearer\""}},
		"authority not PEM":     {"nothing would be trusted", secret("ca.crt", hidden), []string{"ca.crt holds no certificate"}},
		"authority with a key":  {"a key is no authority", secret("ca.crt", certificate+key), []string{"ca.crt holds something else"}},
		"second one broken":     {"it would be missed later", secret("ca.crt", certificate+"-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n"), []string{"certificate 2 of ca.crt is broken"}},
		"certificate alone":     {"it needs its key", secret("tls.crt", certificate), []string{"only one of tls.crt and tls.key"}},
		"key alone":             {"it needs its certificate", secret("tls.key", key), []string{"only one of tls.crt and tls.key"}},
		"another one's key":     {"they do not belong together", secret("tls.crt", certificate, "tls.key", other), []string{"tls.crt and tls.key are not"}},
		"several mistakes":      {"all are said at once, in one line", secret("username", "me", "ca.crt", hidden), []string{"username without password", "; ca.crt holds no"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := credentials.FromSecret(tt.secret)
			require.Error(t, err, tt.why)
			require.ErrorContains(t, err, `Secret "login" cannot be used`)
			for _, text := range tt.says {
				require.ErrorContains(t, err, text, tt.why)
			}
			require.Equal(t, fault.Terminal, fault.ClassOf(err))
			require.Equal(t, v1alpha1.ReasonInvalidSecret, fault.ReasonOf(err, ""))
			require.NotContains(t, err.Error(), hidden)
			require.NotContains(t, err.Error(), "\n")
			require.Nil(t, got.Raw, "half a Secret is none")
		})
	}
}

// TestNothingIsPrinted: no verb, no marshaller and no logger shows a secret.
func TestNothingIsPrinted(t *testing.T) {
	c, err := credentials.FromSecret(secret("username", hidden, "password", hidden, "other", hidden))
	require.NoError(t, err)
	holder := struct{ Login credentials.Credentials }{c}
	keeper := struct {
		login func() credentials.Credentials
	}{func() credentials.Credentials { return c }}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		for _, value := range []any{c, &c, holder, &holder, keeper, []any{c}, map[string]any{"c": c}} {
			text := fmt.Sprintf(verb, value)
			require.NotContains(t, text, hidden, verb)
			require.NotContains(t, text, fmt.Sprintf("%x", hidden), verb)
		}
	}
	written, err := json.Marshal(map[string]any{"value": c, "pointer": &c, "holder": holder})
	require.NoError(t, err)
	require.JSONEq(t, `{"value":"[credentials]","pointer":"[credentials]","holder":{"Login":"[credentials]"}}`, string(written))

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "c", c, "p", &c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "c", c, "p", &c, "holder", holder)
	require.NotContains(t, log.String(), hidden)
}
