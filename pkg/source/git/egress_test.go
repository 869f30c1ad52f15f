package git_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/credentials"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/egress"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git"
	"github.com/mcp-registry-operator/mcp-registry-operator/tests/gitserver"
)

// TestEgressPolicyHolds is pitfall 28: there was no guard against requests to
// the operator's own host.
func TestEgressPolicyHolds(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	tests := map[string]struct {
		repository string
		text       string
	}{
		"loopback":   {server.URL(), "loopback"},
		"localhost":  {strings.Replace(server.URL(), "127.0.0.1", "localhost", 1), "loopback"},
		"metadata":   {"https://169.254.169.254/a.git", "link-local"},
		"IPv6":       {"https://[::1]/a.git", "loopback"},
		"plain http": {"http://example.com/a.git", "plain http"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			strict := egress.Policy{RootCAs: server.CA()}.Client()
			fetcher, err := git.New(git.Config{Repository: tt.repository, Path: path, HTTP: strict})
			require.NoError(t, err)
			_, err = fetcher.Fetch(t.Context(), "")
			requireFault(t, err, fault.Terminal, source.ReasonInvalidReference, tt.text)
		})
	}
	require.Empty(t, server.Requests())
}

// moved makes the server redirect another repository of its own to a URL.
func moved(server *gitserver.Server, to string) func(*git.Config) {
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/moved.git") {
			return false
		}
		http.Redirect(w, r, to+"/info/refs?service=git-upload-pack", http.StatusMovedPermanently)
		return true
	})
	return repo(strings.Replace(server.URL(), "registry", "moved", 1))
}

func TestRedirects(t *testing.T) {
	server := gitserver.New(t)
	server.Commit(path, "one")
	fetcher := newFetcher(t, server, moved(server, server.URL()))
	require.Equal(t, "one", string(fetch(t, fetcher, "").Data()), "repositories get renamed")

	for _, to := range []string{"http://example.com/registry.git", "file:///etc", "ssh://git@example.com/a"} {
		_, err := newFetcher(t, server, moved(server, to)).Fetch(t.Context(), "")
		require.ErrorContains(t, err, "scheme", "a redirect may not lose the encryption")
	}
}

// TestLoginStaysWithTheFirstHost: a redirect may lead to the repository, but the
// password does not go with it, in none of the requests that follow.
func TestLoginStaysWithTheFirstHost(t *testing.T) {
	first, second := gitserver.New(t), gitserver.New(t)
	second.Commit(path, "one")
	var mu sync.Mutex
	logins := map[string][]string{}
	note := func(name string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		logins[name] = append(logins[name], r.Method+" "+r.Header.Get("Authorization"))
	}
	first.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		note("first", r)
		http.Redirect(w, r, second.URL()+"/info/refs?service=git-upload-pack", http.StatusFound)
		return true
	})
	second.Intercept(func(_ http.ResponseWriter, r *http.Request) bool { note("second", r); return false })

	origin, err := url.Parse(first.URL())
	require.NoError(t, err)
	roots := first.CA()
	roots.AppendCertsFromPEM(second.CAPEM())
	client, err := credentials.Credentials{Username: "me", Password: "s3cret"}.
		HTTPClient(egress.Policy{AllowLoopback: true, RootCAs: roots}, origin)
	require.NoError(t, err)
	fetcher := newFetcher(t, first, func(c *git.Config) { c.HTTP = client })
	require.Equal(t, "one", string(fetch(t, fetcher, "").Data()))
	require.Equal(t, map[string][]string{
		"first": {"GET Basic bWU6czNjcmV0"}, "second": {"GET ", "POST "},
	}, logins)
}
