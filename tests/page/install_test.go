package page

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return string(data)
}

// snippets are all that one tab of the panel offers, and its link.
func (tb *tab) snippets(client string) (string, string) {
	tb.t.Helper()
	tb.click("#client-" + client)
	tb.wait(`document.querySelector('#client-` + client + `').getAttribute('aria-selected') === 'true'`)
	code := eval[string](tb, `[...document.querySelectorAll('#client-panel pre')].map((p) => p.textContent).join('\n')`)
	return code, eval[string](tb, `document.querySelector('#client-panel a.button')?.href ?? ''`)
}

func TestInstall(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{})
	cases := map[string]struct {
		why, server string
		way         string
		clients     map[string][]string
	}{
		"image": {"a container gets its variables by name, a secret is asked for", "io.github.acme/weather", "", map[string][]string{
			"vscode": {`code --add-mcp '{"name":"weather","type":"stdio","command":"docker","args":["run","-i","--rm","-e","WEATHER_TOKEN","ghcr.io/acme/weather:2.1.0"]`, `"WEATHER_TOKEN":"${input:WEATHER_TOKEN}"`, `"password":true`},
			"cursor": {`"mcpServers"`, `"WEATHER_TOKEN": "<WEATHER_TOKEN>"`},
			"claude": {"claude mcp add --env 'WEATHER_TOKEN=<WEATHER_TOKEN>' --transport stdio", "weather -- docker run -i --rm", `"mcpServers"`},
			"thv":    {"thv secret set WEATHER_TOKEN", "thv run --name weather --secret WEATHER_TOKEN,target=WEATHER_TOKEN", "ghcr.io/acme/weather:2.1.0", "thv run io.github.acme/weather"},
		}},
		"npm": {"arguments follow the package", "io.github.acme/files", "", map[string][]string{
			"vscode": {`"command":"npx","args":["-y","@acme/files@1.2.3","${input:folder}","--mode","read only"]`},
			"claude": {"claude mcp add --transport stdio files -- npx -y @acme/files@1.2.3", "'<folder>' --mode 'read only'"},
			"thv":    {"thv run --name files npx://@acme/files@1.2.3 --", "'<folder>' --mode 'read only'"},
		}},
		"pypi": {"Python packages run with uvx", "org.many/server-00", "", map[string][]string{
			"claude": {"claude mcp add --transport stdio server-00 -- uvx server-00@1.0.0"},
			"thv":    {"uvx://server-00@1.0.0"},
		}},
		"remote": {"an address needs no command", "com.example/notes", "0", map[string][]string{
			"vscode": {`"type":"http","url":"https://notes.example.com/mcp","headers":{"Authorization":"Bearer ${input:token}"}`},
			"cursor": {`"url": "https://notes.example.com/mcp"`, `"Authorization": "Bearer <token>"`},
			"claude": {"claude mcp add --transport http notes https://notes.example.com/mcp", "--header 'Authorization: Bearer <token>'"},
			"thv":    {"--remote-forward-headers-secret Authorization=Authorization", "https://notes.example.com/mcp"},
		}},
		"sse": {"the older transport has another name", "com.example/notes", "1", map[string][]string{
			"vscode": {`"type":"sse","url":"https://notes.example.com/sse"`},
			"claude": {"claude mcp add --transport sse notes https://notes.example.com/sse"},
			"thv":    {"--transport sse"},
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := newTab(t, screens[0])
			tb.open(base + "/?server=" + url.QueryEscape(c.server))
			tb.wait(opened)
			if c.way != "" {
				eval[bool](tb, `(() => { const s = document.querySelector('#way'); s.value = '`+c.way+`'; s.dispatchEvent(new Event('change')); return true; })()`)
			}
			for client, parts := range c.clients {
				code, link := tb.snippets(client)
				for _, part := range parts {
					require.Contains(t, strings.ReplaceAll(code, " \\\n ", ""), part, "%s: %s", client, c.why)
				}
				require.NotContains(t, code+link, "do-not-show-this", "a secret never gets a value")
			}
		})
	}
}

func TestLinksOfEditors(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}) + "/?server=io.github.acme%2Fweather")
	tb.wait(opened)

	_, link := tb.snippets("vscode")
	text, found := strings.CutPrefix(link, "vscode:mcp/install?")
	require.True(t, found, link)
	text, err := url.PathUnescape(text)
	require.NoError(t, err)
	var config struct {
		Name, Type, Command string
		Args                []string
		Env                 map[string]string
		Inputs              []struct {
			ID, Type string
			Password bool
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &config))
	require.Equal(t, "weather", config.Name)
	require.Equal(t, "docker", config.Command)
	require.Equal(t, map[string]string{"WEATHER_TOKEN": "${input:WEATHER_TOKEN}"}, config.Env)
	require.True(t, config.Inputs[0].Password)

	tb.click("#optional")
	code, _ := tb.snippets("cursor")
	require.Contains(t, code, `"WEATHER_UNITS": "metric"`, "optional settings on demand")
	_, link = tb.snippets("cursor")
	parsed, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, "cursor://anysphere.cursor-deeplink/mcp/install", strings.SplitN(link, "?", 2)[0])
	require.Equal(t, "weather", parsed.Query().Get("name"))
	data, err := base64.StdEncoding.DecodeString(parsed.Query().Get("config"))
	require.NoError(t, err)
	require.JSONEq(t, `{"command":"docker","args":["run","-i","--rm","-e","WEATHER_TOKEN","-e","WEATHER_UNITS","ghcr.io/acme/weather:2.1.0"],"env":{"WEATHER_TOKEN":"<WEATHER_TOKEN>","WEATHER_UNITS":"metric"}}`, string(data))
}

// For what a paste could turn into something else, no command is offered.
func TestNoCommandForTrickery(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, hostile(t), apiserver.Options{}) + "/?server=evil.example%2Fx")
	tb.wait(opened)
	cases := []struct{ why, part string }{
		{"spaces are no part of an identifier", "malformed"},
		{"", ""}, // spaces hide in ${IFS}: quoted, and tested with a shell
		{"an option is no package", "malformed"},
		{"what reorders text", "control characters"},
		{"an option in the name of a variable", "malformed"},
		{"a transport that does not exist", "unknown"},
		{"the end of a bracketed paste", "malformed"},
		{"javascript: is no address", "not one of the web"},
		{"a header in a header", "malformed"},
	}
	for i, c := range cases {
		if c.why == "" {
			continue
		}
		eval[bool](tb, `(() => { const s = document.querySelector('#way'); s.value = '`+mustJSON(t, i)+`'; s.dispatchEvent(new Event('change')); return true; })()`)
		for _, client := range []string{"vscode", "cursor", "claude", "thv"} {
			code, link := tb.snippets(client)
			require.Empty(t, code+link, "%s: %s", client, c.why)
			require.Contains(t, tb.text("#client-panel"), c.part, c.why)
		}
	}
}
