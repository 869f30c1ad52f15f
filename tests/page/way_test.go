package page

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
)

// The page works wherever a proxy puts it, and never leaves its place.
func TestPathPrefix(t *testing.T) {
	base := proxy(t, "/some/prefix", world(t, sample(t), apiserver.Options{}))
	cases := map[string]struct{ why, path string }{
		"prefix":                 {"as in a link", "/some/prefix/"},
		"prefix without slash":   {"as people type it", "/some/prefix"},
		"registry":               {"the address of the registry", "/some/prefix/registry/team/"},
		"registry without slash": {"as people type it", "/some/prefix/registry/team"},
		"search without slash":   {"a link that somebody shortened", "/some/prefix?tag=data"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tb := newTab(t, screens[0])
			// Before the slash is there, the browser may already ask for assets.
			tb.expect("418", "Refused to apply style")
			tb.open(base + c.path)
			tb.wait(cards + ` >= 2`)
			path, _, _ := strings.Cut(c.path, "?")
			require.Equal(t, strings.TrimSuffix(path, "/")+"/", eval[string](tb, `location.pathname`), c.why)
			tb.click(".card h2 a")
			tb.wait(opened)
			tb.click("#about-link")
			tb.wait(`document.querySelector('#about-view h1') !== null`)
			require.Contains(t, tb.text("#about-view"), base+strings.TrimSuffix(path, "/")+"\n", "clients are told the address with its prefix")
			tb.click("#brand")
			tb.wait(`!document.querySelector('#list-view').hidden`)
			require.Equal(t, strings.TrimSuffix(path, "/")+"/", eval[string](tb, `location.pathname`), c.why)
		})
	}
}

// Everything can be reached and used with the keyboard alone.
func TestKeyboard(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	tb.press(kb.Tab)
	require.Equal(t, "Skip to content", eval[string](tb, `document.activeElement.textContent`), "the first stop skips the rest")
	require.True(t, eval[bool](tb, `document.activeElement.getBoundingClientRect().top >= 0`), "and can be seen")
	tb.press(kb.Enter)
	tb.wait(`document.activeElement.id === 'main'`)

	tb.press("/")
	tb.wait(`document.activeElement.id === 'q'`)
	tb.press("w", "e", "a", "t", "h", "e", "r")
	tb.wait(cards + ` === 1`)
	for range 60 {
		tb.press(kb.Tab)
		if eval[bool](tb, `document.activeElement.matches('.card a')`) {
			break
		}
	}
	require.Equal(t, "Weather", eval[string](tb, `document.activeElement.textContent`))
	require.Equal(t, "solid", eval[string](tb, `getComputedStyle(document.activeElement.closest('.card')).outlineStyle`), "focus can be seen")
	tb.press(kb.Enter)
	tb.wait(opened)

	for range 10 {
		tb.press(kb.Tab)
		if eval[bool](tb, `document.activeElement.matches('[role=tab]')`) {
			break
		}
	}
	tb.press(kb.ArrowRight)
	require.Equal(t, "client-cursor", eval[string](tb, `document.activeElement.id`))
	require.Equal(t, "true", eval[string](tb, `document.activeElement.getAttribute('aria-selected')`))
	tb.press(kb.End)
	require.Equal(t, "client-thv", eval[string](tb, `document.activeElement.id`))
	tb.press(kb.Home, kb.ArrowLeft)
	require.Equal(t, "client-thv", eval[string](tb, `document.activeElement.id`), "the row of tabs is a ring")
	eval[bool](tb, `(history.back(), true)`)
	tb.wait(`document.activeElement.textContent === 'Weather'`)
}

func TestTenThousandEntries(t *testing.T) {
	servers := make([]registry.Server, 10_000)
	for i := range servers {
		servers[i] = entry(t, fmt.Sprintf("org.large/server-%05d", i), "1.0.0", fields{
			"packages": []fields{{"registryType": "npm", "identifier": fmt.Sprintf("s%d", i), "transport": fields{"type": "stdio"}}},
		}, fields{"tags": []string{fmt.Sprintf("tag-%d", i%500)}, "tier": "Community", "status": "Active"})
	}
	tb := newTab(t, screens[0])
	tb.open(world(t, snapshotOf(t, servers...), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	require.Equal(t, "10,000 servers", tb.text("#count"))
	require.LessOrEqual(t, eval[int](tb, `document.querySelectorAll('#results *').length`), 2_000, "only what is looked at is built")
	require.LessOrEqual(t, eval[int](tb, `document.querySelectorAll('#filter-panel input').length`), 30)

	// Scrolling brings pages, but not without end: the footer can be reached.
	tb.wait(scrolling + cards + ` === 150`)
	tb.click("#more")
	tb.wait(cards + ` >= 180`)

	tb.click("#q")
	tb.press("0", "9", "9", "9", "9")
	tb.wait(cards + ` === 1`)
	require.Contains(t, tb.text("#results"), "server-09999")
}

// Nothing is wider than a small phone.
func TestPhone(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{})
	for _, width := range []int64{320, 360, 390} {
		tb := newTab(t, screen{"phone", width, 740, false, true})
		tb.open(base)
		tb.wait(cards + ` >= 30`)
		tb.noSideways()
		require.False(t, eval[bool](tb, `document.querySelector('#filter-panel').offsetHeight > 0`), "the filters wait behind their button")
		tb.click("#filter-toggle")
		tb.wait(`document.querySelector('#filter-panel').offsetHeight > 0`)
		tb.noSideways()
		tb.click(`input[value="data"]`)
		tb.wait(cards + ` === 2`)
		tb.click(".card h2 a")
		tb.wait(opened)
		tb.noSideways()
		for _, client := range []string{"cursor", "claude", "thv", "vscode"} {
			tb.click("#client-" + client)
			tb.noSideways()
		}
		tb.click("#about-link")
		tb.wait(`document.querySelector('#about-view h1') !== null`)
		tb.noSideways()
	}
}

// gate asks for a token.
type gate string

func (g gate) Check(r *http.Request) *apiserver.Refusal {
	if r.Header.Get("Authorization") == "Bearer "+string(g) {
		return nil
	}
	return &apiserver.Refusal{Status: http.StatusUnauthorized, Detail: "a bearer token is needed", Header: http.Header{"Www-Authenticate": {"Bearer"}}}
}

func TestToken(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{Auth: gate("s3cret")})
	tb := newTab(t, screens[0])
	tb.expect("401")
	tb.open(base + "/?tag=data")
	tb.wait(`document.activeElement.id === 'token'`)
	require.Contains(t, tb.text(".token"), "sent to this registry only")
	require.True(t, eval[bool](tb, `document.querySelector('#list-view').hidden`))

	for _, key := range "wrong" {
		tb.press(string(key))
	}
	tb.press(kb.Enter)
	tb.wait(`document.querySelector('.token .warning') !== null && document.activeElement.id === 'token'`)
	for _, key := range "s3cret" {
		tb.press(string(key))
	}
	tb.press(kb.Enter)
	tb.wait(cards + ` === 2`)
	require.NotContains(t, eval[string](tb, `location.href + document.cookie + JSON.stringify(localStorage)`), "s3cret")
	require.Contains(t, eval[string](tb, `JSON.stringify(sessionStorage)`), "s3cret")

	tb.open(base + "/?server=io.github.acme%2Fweather")
	tb.wait(opened)
}

// Before the first snapshot the page waits, and then shows it by itself.
func TestBeforeTheFirstSnapshot(t *testing.T) {
	server := apiserver.New(apiserver.Options{RegistryName: "team"})
	tb := newTab(t, screens[0])
	tb.expect("503")
	tb.open(listen(t, server.Handler()))
	tb.wait(`document.querySelector('#notice').innerText.includes('no data yet')`)
	require.NoError(t, server.Load(sample(t)))
	tb.wait(cards + ` >= 30`)
	require.Empty(t, tb.text("#notice"))
}

func TestBusyRegistryAsksForAPause(t *testing.T) {
	var calm atomic.Bool
	limit := limiter(func() bool { return !calm.Load() })
	tb := newTab(t, screens[0])
	base := world(t, sample(t), apiserver.Options{})
	tb.open(base)
	tb.wait(cards + ` >= 30`)
	server := apiserver.New(apiserver.Options{Limit: limit})
	require.NoError(t, server.Load(sample(t)))
	tb = newTab(t, screens[0])
	calm.Store(true)
	tb.expect("429")
	busy := listen(t, server.Handler())
	tb.open(busy)
	tb.wait(cards + ` >= 30`)
	calm.Store(false)
	eval[bool](tb, `(() => { const q = document.querySelector('#q'); q.value = 'weather'; q.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`)
	tb.wait(`document.querySelector('#notice').innerText.includes('pause')`)
	calm.Store(true)
	tb.click("#notice .button")
	tb.wait(cards + ` === 1`)
}

type limiter func() bool

func (l limiter) Check(*http.Request) *apiserver.Refusal {
	if !l() {
		return nil
	}
	return &apiserver.Refusal{Status: http.StatusTooManyRequests, Detail: "too many requests", Header: http.Header{"Retry-After": {"30"}}}
}
