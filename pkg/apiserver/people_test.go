package apiserver_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// Without the slash the page's relative addresses would lead to
// /registry/v0.1/…, and only the client knows what a proxy took off the path.
func TestPageWithoutSlashIsRedirectedRelatively(t *testing.T) {
	cases := map[string]struct{ why, name, path, location string }{
		"plain":         {"the name of most registries", "team", "/registry/team", "./team/"},
		"query":         {"a link to a search stays one", "team", "/registry/team?q=git&tag=a%20b", "./team/?q=git&tag=a%20b"},
		"colon":         {"a colon must not look like a scheme", "a:b", "/registry/a:b", "./a:b/"},
		"slash in name": {"the name is one segment", "a/b", "/registry/a%2Fb", "./a%2Fb/"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := apiserver.New(apiserver.Options{RegistryName: c.name})
			require.NoError(t, server.Load(registry.New(nil, 0)))
			base := listen(t, server)
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			response, err := client.Get(base + c.path)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusPermanentRedirect, response.StatusCode, c.why)
			require.Equal(t, c.location, response.Header.Get("Location"), c.why)

			asked, err := url.Parse("https://example.com/some/prefix" + c.path)
			require.NoError(t, err)
			led, err := asked.Parse(c.location)
			require.NoError(t, err)
			require.Equal(t, asked.EscapedPath()+"/", led.EscapedPath(), c.why)
		})
	}
}

// The page holds nothing of the registry, and without it nobody could be asked
// for a token.
func TestPageIsOpenToAll(t *testing.T) {
	closed := gateFunc(func(*http.Request) *apiserver.Refusal {
		return &apiserver.Refusal{Status: http.StatusUnauthorized, Detail: "a token is missing"}
	})
	server := apiserver.New(apiserver.Options{RegistryName: "team", Auth: closed})
	require.NoError(t, server.Load(sample(t)))
	base := listen(t, server)
	for path, status := range map[string]int{
		"/": 200, "/registry/team/": 200, "/registry/team": 200, "/page/0123456789abcdef/app.js": 200,
		"/v0.1/servers": 401, "/registry/team/v0.1/servers": 401, "/nope": 401, "/registry/other/": 401,
	} {
		response, _ := ask(t, http.MethodGet, base+path)
		require.Equal(t, status, response.StatusCode, path)
	}
}

// A browser asks for all assets at once; a limit must not tear the page apart.
func TestAssetsAreNotLimited(t *testing.T) {
	busy := gateFunc(func(*http.Request) *apiserver.Refusal {
		return &apiserver.Refusal{Status: http.StatusTooManyRequests, Detail: "too many requests"}
	})
	server := apiserver.New(apiserver.Options{RegistryName: "team", Limit: busy})
	require.NoError(t, server.Load(sample(t)))
	base := listen(t, server)
	for path, status := range map[string]int{
		"/page/0123456789abcdef/app.js": 200, "/registry/team/page/0123456789abcdef/app.js": 200, "/": 429, "/v0.1/servers": 429, "/nope": 429,
	} {
		response, _ := ask(t, http.MethodGet, base+path)
		require.Equal(t, status, response.StatusCode, path)
	}
}

type gateFunc func(*http.Request) *apiserver.Refusal

func (f gateFunc) Check(r *http.Request) *apiserver.Refusal { return f(r) }

// The page cuts a question to what the API takes, so both have to know the same.
func TestPageKnowsWhatTheAPITakes(t *testing.T) {
	_, base := start(t, sample(t))
	_, script := ask(t, http.MethodGet, base+"/page/0123456789abcdef/state.js")
	most := func(what string) int {
		found := regexp.MustCompile(`(?m)^  ` + what + `: (\d+),`).FindSubmatch(script)
		require.NotNil(t, found, what)
		n, err := strconv.Atoi(string(found[1]))
		require.NoError(t, err)
		return n
	}
	accepted := func(query string) bool {
		response, body := ask(t, http.MethodGet, base+"/v0.1/x/servers/search?"+query)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, response.StatusCode, "%s", body)
		return response.StatusCode == http.StatusOK
	}
	tags := func(count int, text string) string { return strings.Repeat("&tag="+text, count) }

	require.True(t, accepted(tags(most("values"), "a")))
	require.False(t, accepted(tags(most("values")+1, "a")))
	text := strings.Repeat("a", most("text"))
	require.True(t, accepted("q="+text))
	require.False(t, accepted("q=a"+text))
	require.True(t, accepted("tag="+text))
	require.False(t, accepted("tag=a"+text))
	part := strings.Repeat("a", most("filters")/8)
	require.True(t, accepted(tags(8, part)))
	require.False(t, accepted(tags(8, part)+"&tag=a"))
	escaped := strings.Repeat("%20", most("filters")/8/3) // each is three bytes
	require.True(t, accepted(tags(8, escaped)))
	require.False(t, accepted(tags(9, escaped)))
}
