package credentials_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/api/v1alpha1"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
)

// basic is an entry as docker login writes it.
func basic(name string) map[string]string {
	return map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(name + ":" + hidden))}
}

func pullSecret(t *testing.T, auths map[string]map[string]string) credentials.Credentials {
	t.Helper()
	config, err := json.Marshal(map[string]any{"auths": auths})
	require.NoError(t, err)
	c, err := credentials.FromSecret(secret(".dockerconfigjson", string(config)))
	require.NoError(t, err)
	return c
}

func TestPullLoginChooses(t *testing.T) {
	for name, tt := range map[string]struct {
		why                  string
		entries              []string // each with its own name as the user's name
		registry, repository string
		want                 string // "" for none
	}{
		"the host":           {"the usual form", []string{"ghcr.io", "quay.io"}, "ghcr.io", "acme/mcp", "ghcr.io"},
		"a URL":              {"an old form", []string{"https://ghcr.io/v2/"}, "ghcr.io", "acme/mcp", "https://ghcr.io/v2/"},
		"Docker Hub":         {"what docker login writes", []string{"https://index.docker.io/v1/"}, "docker.io", "acme/mcp", "https://index.docker.io/v1/"},
		"Docker Hub's host":  {"where it is asked", []string{"docker.io"}, "registry-1.docker.io", "acme/mcp", "docker.io"},
		"a port":             {"another port is another party", []string{"r.example.com:5000"}, "r.example.com", "a", ""},
		"the usual port":     {"it is the same party", []string{"r.example.com"}, "r.example.com:443", "a", "r.example.com"},
		"upper case":         {"hosts have none", []string{"GHCR.io"}, "ghcr.io", "a", "GHCR.io"},
		"a part":             {"most of the name counts", []string{"ghcr.io", "ghcr.io/acme"}, "ghcr.io", "acme/mcp", "ghcr.io/acme"},
		"another part":       {"it is not for this one", []string{"ghcr.io", "ghcr.io/other"}, "ghcr.io", "acme/mcp", "ghcr.io"},
		"half a part":        {"acme2 is somebody else", []string{"ghcr.io/acme"}, "ghcr.io", "acme2/mcp", ""},
		"a star":             {"as the kubelet has it", []string{"*.example.com"}, "r.example.com", "a", "*.example.com"},
		"a star is no dot":   {"evil.r.example.com is another", []string{"*.example.com"}, "evil.r.example.com", "a", ""},
		"a longer host":      {"it ends the same", []string{"example.com"}, "notexample.com", "a", ""},
		"a host as a prefix": {"it begins the same", []string{"example.com"}, "example.com.evil.net", "a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			auths := map[string]map[string]string{}
			for i, entry := range tt.entries {
				auths[entry] = basic(strconv.Itoa(i))
			}
			login, err := pullSecret(t, auths).PullLogin(tt.registry, tt.repository)
			if tt.want == "" {
				require.ErrorContains(t, err, fmt.Sprintf("has no login for %q", tt.registry), tt.why)
				require.Equal(t, v1alpha1.ReasonInvalidSecret, fault.ReasonOf(err, ""))
				return
			}
			require.NoError(t, err, tt.why)
			require.Equal(t, tt.want, tt.entries[int(login.Username[0]-'0')], tt.why)
			require.Equal(t, hidden, login.Password)
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %q", login, login, &login, login), hidden)
		})
	}
}

func TestPullLoginReads(t *testing.T) {
	for name, tt := range map[string]struct {
		why   string
		entry map[string]string
		says  string
	}{
		"two fields":     {why: "what kubectl writes beside auth", entry: map[string]string{"username": "me", "password": hidden}},
		"identity token": {why: "what some logins give", entry: map[string]string{"identitytoken": hidden}},
		"registry token": {why: "a token that opens", entry: map[string]string{"registrytoken": hidden}},
		"a colon":        {why: "passwords may have one", entry: basic("me:x")},
		"not base64":     {"somebody pasted the password", map[string]string{"auth": hidden + "!"}, "auth is not in base64"},
		"no colon":       {"half a login", map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(hidden))}, "no colon"},
		"nothing":        {"a credential helper of a laptop is not here", map[string]string{}, "neither a name"},
		"a line break":   {"it would begin another header", map[string]string{"registrytoken": hidden + "\r\nX: y"}, "line break"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pullSecret(t, map[string]map[string]string{"ghcr.io": tt.entry}).PullLogin("ghcr.io", "a")
			if tt.says == "" {
				require.NoError(t, err, tt.why)
				return
			}
			require.ErrorContains(t, err, tt.says, tt.why)
			require.Equal(t, fault.Terminal, fault.ClassOf(err))
			require.NotContains(t, err.Error(), hidden)
		})
	}

	c, err := credentials.FromSecret(secret(".dockerconfigjson", hidden))
	require.NoError(t, err)
	_, err = c.PullLogin("ghcr.io", "a")
	require.ErrorContains(t, err, ".dockerconfigjson is not JSON")
	require.NotContains(t, err.Error(), hidden)

	for name, plain := range map[string][]string{
		"a name": {"username", "me", "password", hidden}, "a token": {"bearerToken", hidden}, "no login": {"cosign.pub", "x"},
	} {
		c, err := credentials.FromSecret(secret(plain...))
		require.NoError(t, err)
		login, err := c.PullLogin("any.example.com", "a")
		require.NoError(t, err, name)
		require.Equal(t, c.Password, login.Password)
		require.Equal(t, c.BearerToken, login.RegistryToken)
	}
}

// FuzzPullLogin: no configuration gives a login for another registry, and no error
// shows what is in it.
func FuzzPullLogin(f *testing.F) {
	for _, seed := range []string{
		`{"auths":{"other.example.com":{"auth":"bWU6aHVudGVyMg=="}}}`,
		`{"auths":{"*.example.com":{"username":"me","password":"hunter2"}}}`,
		`{"auths":{"[":{"auth":"?"},"":{}}}`, `{"auths":null}`, `[]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, config string) {
		c, err := credentials.FromSecret(secret(".dockerconfigjson", config))
		if err != nil {
			return
		}
		login, err := c.PullLogin("r.example.com:5000", "acme/mcp")
		if err != nil {
			require.NotContains(t, err.Error(), hidden)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotContains(t, login.Username+login.Password+login.IdentityToken+login.RegistryToken, "\n")
	})
}
