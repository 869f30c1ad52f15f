package page

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

const opened = `document.querySelector('#detail-view .install') !== null`

func TestEntry(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}) + "/?q=weather")
	tb.wait(cards + ` === 1`)
	tb.click(".card h2 a")
	tb.wait(opened)
	require.Equal(t, "H1", eval[string](tb, `document.activeElement.tagName`), "a screen reader hears what opened")
	require.Contains(t, eval[string](tb, `document.title`), "Weather")

	shown := tb.text("#detail-view")
	for _, text := range []string{
		"Weather", "io.github.acme/weather", "Forecasts for every place on earth.", "Official", "weather", "data",
		"WEATHER_TOKEN", "Token of the weather service", "required", "secret", "WEATHER_UNITS", "metric", "ghcr.io/acme/weather:2.1.0",
		"forecast", "history", "github.com/acme/weather", "weather.example.com/docs", "by place",
	} {
		require.Contains(t, shown, text)
	}
	require.NotContains(t, shown, "do-not-show-this", "a secret has no value, not even a default one")
	require.Equal(t, "https://github.com/acme/weather", eval[string](tb, `document.querySelector('.entry-side a.out').href`))
	require.Equal(t, "https://weather.example.com/time", eval[string](tb, `document.querySelector('.prose a').href`))
	require.Equal(t, `forecast("Rome")`, tb.text(".prose pre"))

	tb.click(".tool summary")
	tb.wait(`document.querySelector('.tool').open`)
	require.Contains(t, tb.text(".tool"), "Tells the weather to come.")
	require.Contains(t, tb.text(".tool"), "place")

	tb.click(".raw summary")
	tb.wait(`document.querySelector('.raw pre') !== null`)
	require.Equal(t, "io.github.acme/weather", eval[string](tb, `JSON.parse(document.querySelector('.raw pre').textContent).server.name`))
}

func TestVersions(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}) + "/?server=io.github.acme%2Fweather")
	tb.wait(opened)
	require.Equal(t, []string{"2.1.0 (latest)", "1.5.0 (deleted)", "1.0.0 (deprecated)"},
		eval[[]string](tb, `[...document.querySelectorAll('#version option')].map((o) => o.textContent)`), "newest first")
	tb.click("#version")
	tb.press(kb.ArrowDown, kb.Enter)
	tb.wait(`document.querySelector('#detail-view').innerText.includes('withdrawn')`)
	require.Contains(t, eval[string](tb, `location.search`), "version=1.5.0")
	require.Equal(t, "version", eval[string](tb, `document.activeElement.id`), "the keyboard stays where it was")
	eval[bool](tb, `(history.back(), true)`)
	tb.wait(`document.querySelector('#version')?.value === '2.1.0'`)
}

// Back leads to where the reader was: the scroll, the entry, the search.
func TestBack(t *testing.T) {
	for _, how := range []string{"history", "link"} {
		t.Run(how, func(t *testing.T) {
			tb := newTab(t, screens[0])
			tb.open(world(t, sample(t), apiserver.Options{}) + "/?tier=Community")
			tb.wait(cards + ` >= 30`)
			tb.click("#results li:nth-child(20) a")
			tb.wait(opened)
			require.Zero(t, eval[int](tb, `scrollY`), "an entry is read from its top")
			if how == "history" {
				eval[bool](tb, `(history.back(), true)`)
			} else {
				tb.click(".back a")
			}
			tb.wait(`!document.querySelector('#list-view').hidden`)
			require.Equal(t, "?tier=Community", eval[string](tb, `location.search`))
			require.Positive(t, eval[int](tb, `scrollY`))
			require.True(t, eval[bool](tb, `document.activeElement === document.querySelector('#results li:nth-child(20) a')`))
			require.GreaterOrEqual(t, eval[int](tb, cards), 30, "the list was kept")
		})
	}
}

func TestCopy(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{})
	tb := newTab(t, screens[0])
	tb.open(base + "/?server=io.github.acme%2Fweather")
	tb.wait(opened)
	tb.allowClipboard(base)
	clipboard := func() string { return eval[string](tb, `navigator.clipboard.readText()`) }

	tb.click(".entry-head .copy")
	tb.wait(`document.querySelector('.entry-head [role=status]').textContent === 'Copied'`)
	require.Equal(t, "io.github.acme/weather", clipboard())

	tb.click("#client-claude")
	code := tb.text("#client-panel pre")
	require.Contains(t, code, "claude mcp add")
	tb.click("#client-panel .copy")
	tb.wait(`document.querySelector('#client-panel [role=status]').textContent === 'Copied'`)
	require.Equal(t, code, clipboard())
}

// Over plain HTTP, as behind many an Ingress, browsers have no clipboard API.
func TestCopyWithoutTLS(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{})
	tb := newTab(t, screens[0])
	tb.open(base + "/?server=io.github.acme%2Fweather")
	tb.wait(opened)
	tb.allowClipboard(base)
	eval[bool](tb, `(Object.defineProperty(navigator.clipboard, 'writeText', {value: undefined}), true)`)
	tb.click(".entry-head .copy")
	tb.wait(`document.querySelector('.entry-head [role=status]').textContent === 'Copied'`)
	require.Equal(t, "io.github.acme/weather", eval[string](tb, `navigator.clipboard.readText()`))
	require.Equal(t, "Copy name", eval[string](tb, `document.activeElement.getAttribute('aria-label')`))
}

// allowClipboard gives the page what a person gives it in a dialog.
func (tb *tab) allowClipboard(origin string) {
	tb.t.Helper()
	id := chromedp.FromContext(tb.ctx).BrowserContextID
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(tb.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, Origin: origin, BrowserContextID: id,
		})
		require.NoError(tb.t, err)
	}
}
