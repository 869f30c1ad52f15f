package oci_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/oci"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/ociserver"
)

func TestLogin(t *testing.T) {
	for name, tt := range map[string]struct {
		why  string
		asks ociserver.Login
		with auth.Credential
		says string // "" if it is let in
	}{
		"password":                         {"the simplest", ociserver.Basic, me, ""},
		"password for a token":             {"the usual way", ociserver.Token, me, ""},
		"identity token":                   {"what some logins give", ociserver.Token, auth.Credential{RefreshToken: ociserver.IdentityToken}, ""},
		"token":                            {"it opens by itself", ociserver.Token, auth.Credential{AccessToken: "t0ken"}, ""},
		"nobody asks":                      {"a login more does no harm", ociserver.Nothing, me, ""},
		"wrong password":                   {"it was changed", ociserver.Basic, auth.Credential{Username: "me", Password: "hidden"}, "401"},
		"wrong password for a token":       {"it was changed", ociserver.Token, auth.Credential{Username: "me", Password: "hidden"}, "401"},
		"wrong token":                      {"it has expired", ociserver.Token, auth.Credential{AccessToken: "hidden"}, "401"},
		"wrong identity token":             {"it was revoked", ociserver.Token, auth.Credential{RefreshToken: "hidden"}, "401"},
		"no login":                         {"it is private", ociserver.Basic, auth.EmptyCredential, "wants a login"},
		"no login at the token server":     {"it is private", ociserver.Token, auth.EmptyCredential, "401"},
		"a token where a password must be": {"the registry has no tokens", ociserver.Basic, auth.Credential{AccessToken: "hidden"}, "not a token"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Push(repository, "v1", titled("registry.json", "one"))
			s.Ask(tt.asks)
			for _, known := range []source.Revision{"", "another"} {
				content, err := fetcher(t, s, login(tt.with)).Fetch(t.Context(), known)
				if tt.says == "" {
					require.NoError(t, err, tt.why)
					require.Equal(t, "one", string(content.Data()))
					continue
				}
				requireFault(t, err, fault.Terminal, source.ReasonAuthFailed, tt.says)
			}
		})
	}

	broken := errors.New("no such Secret")
	s := ociserver.New(t)
	_, err := fetcher(t, s, func(c *oci.Config) {
		c.Login = func() (auth.Credential, error) { return auth.EmptyCredential, broken }
	}).Fetch(t.Context(), "")
	require.ErrorIs(t, err, broken)
	require.Empty(t, s.Requests(), "without its login nobody is asked")
}

// TestLoginStaysAtHome: the storage of blobs is another party. It gets no login, even
// if it asks for one in the registry's words.
func TestLoginStaysAtHome(t *testing.T) {
	for _, asks := range []ociserver.Login{ociserver.Basic, ociserver.Token} {
		s := ociserver.New(t)
		s.Push(repository, "v1", titled("registry.json", "one"))
		s.Ask(asks)
		s.Redirect()
		require.Equal(t, "one", string(fetch(t, fetcher(t, s, login(me)), "").Data()))
		require.Equal(t, []string{""}, s.Logins("storage"))

		before := len(s.Logins("tokens"))
		for _, challenge := range []string{`Basic realm="x"`, fmt.Sprintf(`Bearer realm="%s/token",service="registry"`, s.Storage.URL)} {
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Host != strings.TrimPrefix(s.Storage.URL, "https://") {
					return false
				}
				w.Header().Set("WWW-Authenticate", challenge)
				w.WriteHeader(http.StatusUnauthorized)
				return true
			})
			_, err := fetcher(t, s, login(me)).Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonAuthFailed, strings.TrimPrefix(s.Storage.URL, "https://"))
		}
		for _, seen := range s.Logins("storage") {
			require.Empty(t, seen, "nobody but the registry and its token server sees a login")
		}
		if asks == ociserver.Basic {
			require.Len(t, s.Logins("tokens"), before)
		}
	}
}

// TestHostileChallenges: the registry says where its token server is, but not anywhere.
func TestHostileChallenges(t *testing.T) {
	for name, tt := range map[string]struct {
		why, challenge string
		class          fault.Class
		reason, says   string
	}{
		"plain http":    {"everybody could read the password", `Bearer realm="http://127.0.0.1:1/token"`, fault.Terminal, source.ReasonInvalidReference, "http"},
		"metadata":      {"only the operator can reach it", `Bearer realm="https://169.254.169.254/token"`, fault.Terminal, source.ReasonInvalidReference, "169.254.169.254"},
		"loopback name": {"only the operator can reach it", `Bearer realm="https://localhost:1/token"`, fault.Terminal, source.ReasonInvalidReference, "localhost"},
		"file":          {"it is not ours to read", `Bearer realm="file:///etc/passwd"`, fault.Terminal, source.ReasonInvalidReference, "file"},
		"a login in it": {"it would be sent as one", `Bearer realm="https://u:hidden@example.invalid/token"`, fault.Terminal, source.ReasonInvalidReference, "credentials"},
		"no realm":      {"it leads nowhere", `Bearer service="x"`, fault.Terminal, source.ReasonInvalidReference, ""},
		"not a URL":     {"it leads nowhere", `Bearer realm="https://%zz"`, fault.Terminal, source.ReasonInvalidReference, ""},
		"cut":           {"it is broken", `Bearer realm="https://exam`, fault.Terminal, source.ReasonInvalidReference, ""},
		"binary":        {"it is broken", "Bearer \x01\x02=\"", fault.Retry, source.ReasonUnavailable, ""},
		"long":          {"it is only a name", `Bearer realm="https://` + strings.Repeat("x", 5000) + `"`, fault.Retry, source.ReasonUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Intercept(at("/v2/", http.StatusUnauthorized, "WWW-Authenticate", tt.challenge))
			policy := egress.Policy{AllowLoopback: name != "loopback name" && name != "metadata", RootCAs: s.CA()}
			f := fetcher(t, s, login(me), func(c *oci.Config) { c.Client = onlyThere(policy, s) })
			_, err := f.Fetch(t.Context(), "")
			require.Error(t, err, tt.why)
			require.Equal(t, tt.class, fault.ClassOf(err), err)
			require.Equal(t, tt.reason, fault.ReasonOf(err, ""), err)
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "hidden")
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, len(err.Error()), 500)
		})
	}
}

// onlyThere allows the registry on loopback, and all else as the policy says.
func onlyThere(policy egress.Policy, s *ociserver.Server) *http.Client {
	client := policy.Client()
	open := policy
	open.AllowLoopback = true
	client.Transport = split{host: s.Host(), there: open.Client().Transport, elsewhere: client.Transport}
	return client
}

type split struct {
	host             string
	there, elsewhere http.RoundTripper
}

func (s split) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == s.host {
		return s.there.RoundTrip(r)
	}
	return s.elsewhere.RoundTrip(r)
}

// TestTokenServers: what they answer is bounded and classified, and they cannot pass
// the login on.
func TestTokenServers(t *testing.T) {
	for name, tt := range map[string]struct {
		why    string
		with   auth.Credential
		answer http.HandlerFunc
		class  fault.Class
		reason string
		says   string
	}{
		"403":       {"the user may not", me, status(403), fault.Terminal, source.ReasonAuthFailed, "403"},
		"404":       {"it is away", me, status(404), fault.Retry, source.ReasonUnavailable, "404"},
		"429":       {"it is busy", me, status(429), fault.Retry, source.ReasonUnavailable, "429"},
		"503":       {"it is down", me, status(503), fault.Retry, source.ReasonUnavailable, "503"},
		"a page":    {"a login page", me, text("<html>what the server says"), fault.Retry, source.ReasonUnavailable, "decode"},
		"no token":  {"an empty answer", me, text("{}"), fault.Retry, source.ReasonUnavailable, "empty token"},
		"endless":   {"it does not end", me, func(w http.ResponseWriter, _ *http.Request) { endless(w) }, fault.Retry, source.ReasonUnavailable, "decode"},
		"a break":   {"it would become another header", me, text(`{"token":"x\r\nX-Other: y"}`), fault.Retry, source.ReasonUnavailable, ""},
		"passed on": {"307 sends the form again", auth.Credential{RefreshToken: ociserver.IdentityToken}, redirect, fault.Terminal, source.ReasonInvalidReference, "redirects a login"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ociserver.New(t)
			s.Push(repository, "v1", titled("registry.json", "one"))
			s.Ask(ociserver.Token)
			s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/token" {
					return false
				}
				tt.answer(w, r)
				return true
			})
			_, err := fetcher(t, s, login(tt.with)).Fetch(t.Context(), "")
			require.Error(t, err, tt.why)
			requireFault(t, err, tt.class, tt.reason, tt.says)
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
}
