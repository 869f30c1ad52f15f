package credentials

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
)

// PullLogin is what one container registry asks for: a user's name and password, or
// a token. The zero value is nobody's.
type PullLogin struct {
	Username, Password string
	// IdentityToken is exchanged at the registry's token server for a token that opens.
	IdentityToken string
	// RegistryToken opens by itself.
	RegistryToken string
}

// Format implements [fmt.Formatter] for all verbs, so that none shows a secret.
func (p PullLogin) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(word)) }

// MarshalText keeps secrets out of JSON, YAML and structured logs.
func (p PullLogin) MarshalText() ([]byte, error) { return []byte(word), nil }

// dockerEntry is one of the auths in a Docker configuration.
type dockerEntry struct {
	// Auth is the name and the password in base64, with a colon between them.
	Auth          string `json:"auth"`
	Username      string `json:"username"`
	Password      string `json:"password"`
	IdentityToken string `json:"identitytoken"`
	RegistryToken string `json:"registrytoken"`
}

// PullLogin returns the login for a repository of a registry, host[:port]. Of a pull
// secret it is the entry that names most of the two, as for the kubelet: a name may
// have stars in the parts of its host, and the beginning of a repository behind it.
// The user's name and password or the bearer token of a Secret are for any registry.
// A pull secret without a login for this one is a terminal error.
func (c Credentials) PullLogin(registry, repository string) (PullLogin, error) {
	if len(c.DockerConfigJSON) == 0 {
		return PullLogin{Username: c.Username, Password: c.Password, RegistryToken: c.BearerToken}, nil
	}
	var config struct {
		Auths map[string]dockerEntry `json:"auths"`
	}
	if err := json.Unmarshal(c.DockerConfigJSON, &config); err != nil {
		return PullLogin{}, invalid(c.Secret, fmt.Errorf("%s is not JSON as docker login writes it", KeyDockerConfig))
	}
	best, found := "", false
	for name := range config.Auths {
		// Of two that are as long the choice must not depend on the order of a map.
		longer := len(name) > len(best) || len(name) == len(best) && name > best
		if matches(name, registry, repository) && (!found || longer) {
			best, found = name, true
		}
	}
	if !found {
		return PullLogin{}, invalid(c.Secret, fmt.Errorf("%s has no login for %q", KeyDockerConfig, registry))
	}
	login, err := config.Auths[best].login()
	if err != nil {
		return PullLogin{}, invalid(c.Secret, fmt.Errorf("the login for %q in %s: %w", registry, KeyDockerConfig, err))
	}
	return login, nil
}

// login never repeats a value in its errors.
func (e dockerEntry) login() (PullLogin, error) {
	p := PullLogin{Username: e.Username, Password: e.Password, IdentityToken: e.IdentityToken, RegistryToken: e.RegistryToken}
	if e.Auth != "" {
		raw, err := base64.StdEncoding.DecodeString(e.Auth)
		if err != nil {
			return PullLogin{}, errors.New("auth is not in base64")
		}
		name, password, found := strings.Cut(strings.TrimRight(string(raw), "\x00\r\n"), ":")
		if !found {
			return PullLogin{}, errors.New("auth has no colon between the name and the password")
		}
		p.Username, p.Password = name, password
	}
	for _, value := range []string{p.Username, p.Password, p.IdentityToken, p.RegistryToken} {
		if strings.ContainsFunc(value, unicode.IsControl) {
			return PullLogin{}, errors.New("it contains a line break or another control character")
		}
	}
	if (p.Username == "" || p.Password == "") && p.IdentityToken == "" && p.RegistryToken == "" {
		return PullLogin{}, errors.New("it has neither a name with a password nor a token")
	}
	return p, nil
}

// matches says whether an entry's name is that of the registry, with or without the
// beginning of the repository.
func matches(name, registry, repository string) bool {
	for _, scheme := range []string{"https://", "http://"} {
		name = strings.TrimPrefix(name, scheme)
	}
	host, under, _ := strings.Cut(strings.TrimRight(name, "/"), "/")
	if under == "v1" || under == "v2" { // how docker login names a registry
		under = ""
	}
	inside := under == "" || under == repository || strings.HasPrefix(repository, under+"/")
	return inside && sameHost(canonical(host), canonical(registry))
}

// canonical is the one name for all those that Docker Hub has.
func canonical(host string) string {
	switch host = strings.ToLower(host); host {
	case "index.docker.io", "registry-1.docker.io":
		return "docker.io"
	}
	return strings.TrimSuffix(host, ":443")
}

// sameHost compares part by part, so that a star never stands for a dot.
func sameHost(pattern, host string) bool {
	patterns, parts := strings.Split(pattern, "."), strings.Split(host, ".")
	if len(patterns) != len(parts) {
		return false
	}
	for i := range parts {
		if ok, err := path.Match(patterns[i], parts[i]); !ok || err != nil {
			return false
		}
	}
	return true
}
