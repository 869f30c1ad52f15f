package auth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// wellKnown is where RFC 9728 inserts itself between the host of a resource and
// its path.
const wellKnown = "/.well-known/oauth-protected-resource"

// validHost is a host with or without a port. What does not look like one is not
// repeated to anybody.
var validHost = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?$`)

// Resource describes what is protected, as RFC 9728 wants it.
type Resource struct {
	// URL is what clients know the registry by. If it is empty, it is put together
	// from the request: a client may be told what it said itself. X-Forwarded
	// headers are not believed, and no answer may be stored by a cache.
	URL string
	// Name of the registry, as in /registry/{name}.
	Name string
	// Issuers are where clients get tokens; none if that is no matter of OAuth.
	Issuers []string
	// Scopes are what to ask the issuers for.
	Scopes []string
}

// document is the metadata of a protected resource.
type document struct {
	Resource string   `json:"resource"`
	Issuers  []string `json:"authorization_servers,omitempty"`
	Scopes   []string `json:"scopes_supported,omitempty"`
	Methods  []string `json:"bearer_methods_supported"`
	Name     string   `json:"resource_name,omitempty"`
}

// Metadata answers a request below [wellKnown]; nil for a path that is not one
// of this resource's. It fits [apiserver.Options].Metadata.
func (s Resource) Metadata(r *http.Request) []byte {
	path := "/" + strings.Trim(strings.TrimPrefix(strings.Trim(r.URL.Path, "/"), strings.Trim(wellKnown, "/")), "/")
	base := strings.TrimSuffix(path, "/")
	if !slices.Contains(s.bases(), base) {
		return nil
	}
	resource := s.URL
	if resource == "" {
		origin := originOf(r)
		if origin == "" {
			return nil
		}
		resource = origin + base
	}
	body, err := json.Marshal(document{
		Resource: resource, Issuers: s.Issuers, Scopes: s.Scopes, Methods: []string{"header"}, Name: s.Name,
	})
	if err != nil { // texts always marshal
		return nil
	}
	return body
}

// bases are the paths that clients may use as the base of the API.
func (s Resource) bases() []string {
	bases := []string{"", "/v0", "/v0.1"}
	if s.Name != "" {
		bases = append(bases, s.named(), s.named()+"/v0.1")
	}
	if u, err := url.Parse(s.URL); err == nil && s.URL != "" {
		bases = append(bases, strings.TrimSuffix(u.Path, "/"))
	}
	return bases
}

func (s Resource) named() string { return "/registry/" + s.Name }

// challenge returns the parameters of WWW-Authenticate that lead to a token.
func (s Resource) challenge(r *http.Request) []string {
	var parameters []string
	if at := s.metadataURL(r); at != "" {
		parameters = append(parameters, fmt.Sprintf(`resource_metadata="%s"`, at))
	}
	if len(s.Scopes) > 0 {
		parameters = append(parameters, fmt.Sprintf(`scope="%s"`, strings.Join(s.Scopes, " ")))
	}
	return parameters
}

// metadataURL is where the metadata is found by who made this request.
func (s Resource) metadataURL(r *http.Request) string {
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil {
			return ""
		}
		return u.Scheme + "://" + u.Host + wellKnown + strings.TrimSuffix(u.EscapedPath(), "/")
	}
	origin := originOf(r)
	if origin == "" {
		return ""
	}
	if s.Name != "" && strings.HasPrefix(r.URL.Path+"/", s.named()+"/") {
		return origin + wellKnown + s.named()
	}
	return origin + wellKnown
}

func originOf(r *http.Request) string {
	if !validHost.MatchString(r.Host) {
		return ""
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
