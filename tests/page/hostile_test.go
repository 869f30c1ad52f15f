package page

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

const (
	script   = `<script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(2)><svg onload=alert(3)>`
	override = "safe\u202egnp.exe"
	bad      = "javascript:alert(4)"
)

// hostile is an entry that tries everything in every place.
func hostile(t *testing.T) registry.Snapshot {
	long := strings.Repeat("W", 10_000)
	markdown := "# " + script + "\n\n" + script + "\n\n[click](" + bad + ") [data](data:text/html,<script>alert(5)</script>) <" + bad + ">\n\n" +
		"![pixel](https://evil.example/pixel.png) [x](https://ok.example/\"onmouseover=alert(6))\n\n| a | " + script + " |\n|---|---|\n| " + override + " | b |\n\n" +
		strings.Repeat("*_`[", 2_000) + "\n\n- " + long + "\n"
	return snapshotOf(t,
		entry(t, "evil.example/"+strings.Repeat("n", 190), "1.0.0", fields{"title": long, "description": long + script}, nil),
		entry(t, "evil.example/x", "1.0.0", fields{
			"title": script, "description": script + override, "websiteUrl": bad, "repository": fields{"url": "data:text/html," + script},
			"icons": []fields{{"src": "https://evil.example/icon.png"}, {"src": bad}},
			"packages": []fields{
				{"registryType": "npm", "identifier": "it's; touch /tmp/pwned #`id`$(id)", "version": "1", "transport": fields{"type": "stdio"}},
				{"registryType": "npm", "identifier": "quote'; $(touch${IFS}/tmp/pwned)`id`\"\\", "version": "1", "transport": fields{"type": "stdio"}, "packageArguments": []fields{
					{"type": "positional", "value": `it's "quoted" $HOME \ !!`}, {"type": "named", "name": "--x", "value": script},
				}},
				{"registryType": "npm", "identifier": "--registry=https://evil.example", "transport": fields{"type": "stdio"}},
				{"registryType": "oci", "identifier": "ghcr.io/x/y\u202ez", "transport": fields{"type": "stdio"}},
				{"registryType": "oci", "identifier": "ghcr.io/x/y", "transport": fields{"type": "stdio"}, "environmentVariables": []fields{
					{"name": "A=B --privileged", "description": script, "isRequired": true},
				}},
				{"registryType": script, "identifier": script, "transport": fields{"type": script}, "environmentVariables": "not a list"},
				{"registryType": "npm", "identifier": "paste\u001b[201~\nrm -rf ~", "transport": fields{"type": "stdio"}},
			},
			"remotes": []fields{{"type": "streamable-http", "url": bad}, {"type": "sse", "url": "https://ok.example/mcp", "headers": []fields{{"name": "A: b\r\nX", "value": script, "isRequired": true}}}},
		}, fields{
			"tags": []string{script, override, long[:300]}, "tier": script, "status": script, "tools": []any{script, 5, nil, fields{"a": 1}}, "overview": markdown,
			"tool_definitions": []any{fields{"name": script, "description": script + long, "inputSchema": fields{"properties": fields{script: fields{"type": script}, "__proto__": 5}}}, "text", nil},
			"metadata":         fields{"stars": script}, "provenance": []int{1},
		}),
		entry(t, "evil.example/types", "2.0.0", fields{"title": 5, "packages": "x", "remotes": fields{"a": 1}, "repository": []int{1}, "websiteUrl": fields{}}, fields{"tags": "x", "tools": 7, "overview": []int{1}}),
	)
}

// Whatever a source writes is shown as text: no script runs, no dialog opens,
// nothing is asked of another host, no link leads anywhere but to the web.
func TestHostileTextIsText(t *testing.T) {
	base := world(t, hostile(t), apiserver.Options{})
	for _, s := range []screen{screens[0], screens[2]} {
		t.Run(s.name, func(t *testing.T) {
			tb := newTab(t, s)
			tb.open(base)
			tb.wait(cards + ` === 3`)
			tb.noSideways()
			require.Contains(t, tb.text("#results"), "<script>alert(1)</script>")

			tb.open(base + "/?server=evil.example%2Fx")
			tb.wait(opened)
			tb.harmless()
			require.Contains(t, tb.text("#detail-view h1"), "<script>alert(1)</script>")
			require.Contains(t, tb.text(".entry-head .lead"), `\u202e`, "what reorders text is shown by its number")
			require.Contains(t, tb.text(".prose"), "<script>alert(1)</script>")
			require.Equal(t, []string{"http:", "https:"}, eval[[]string](tb, `[...new Set(['http:', ...[...document.querySelectorAll('main a[href]')].map((a) => a.protocol)])].sort()`))
			tb.noSideways()
			for i := range eval[int](tb, `document.querySelectorAll('#way option').length`) {
				eval[bool](tb, fmt.Sprintf(`(() => { const s = document.querySelector('#way'); s.value = '%d'; s.dispatchEvent(new Event('change')); return true; })()`, i))
				for _, client := range []string{"vscode", "cursor", "claude", "thv"} {
					tb.click("#client-" + client)
					tb.noSideways()
				}
			}
			tb.click(".raw summary")
			tb.wait(`document.querySelector('.raw pre') !== null`)
			tb.noSideways()
			tb.harmless()

			for _, address := range []string{"?server=evil.example%2Ftypes", "?q=%3Cscript%3Ealert(7)%3C%2Fscript%3E&tag=%3Cb%3E", "?view=about"} {
				tb.open(base + "/" + address)
				tb.harmless()
				tb.noSideways()
			}
		})
	}
}

// harmless looks for nodes that only HTML could have made.
func (tb *tab) harmless() {
	tb.t.Helper()
	found := eval[[]string](tb, `[...document.querySelectorAll('main img, main script, main iframe, main object, main embed, main [style], main form:not(.token)')].map((n) => n.outerHTML)`)
	require.Empty(tb.t, found)
	require.Empty(tb.t, eval[[]string](tb, `[...document.querySelectorAll('main *')].flatMap((n) => n.getAttributeNames()).filter((name) => name.startsWith('on'))`))
}

// noSideways makes sure that nothing is wider than the screen.
func (tb *tab) noSideways() {
	tb.t.Helper()
	require.LessOrEqual(tb.t, eval[int](tb, `document.documentElement.scrollWidth - document.documentElement.clientWidth`), 0, "the page scrolls sideways")
}

// The commands that people paste mean what they say: a real shell reads the
// words again that went in.
func TestCommandsAreQuoted(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	words := []string{
		"plain", "", "it's", `"double"`, "$HOME", "$(id)", "`id`", `back\slash`, "new\nline", "a b", "; touch /tmp/x", "!!", "*", "~", "#x", "'", "''", "'\\''",
		"-n", "a=b", "\u00e4\u5929", "<x>", "{a,b}", "&", "|", "%s", strings.Repeat("long ", 40),
	}
	line := eval[string](tb, fmt.Sprintf(`(async () => {
		const address = document.querySelector('script[type=module]').src.replace(/app\.js$/, 'shell.js');
		return (await import(address)).line(['printf', '%%s\\0', ...%s]);
	})()`, mustJSON(t, words)))
	out, err := exec.Command("sh", "-c", line).Output()
	require.NoError(t, err, "%s", line)
	require.Equal(t, strings.Join(words, "\x00")+"\x00", string(out), "%s", line)
}
