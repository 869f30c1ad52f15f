package page

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

// cards is how many entries the list shows; after scrolling, a condition is
// looked at from the end of the page.
const (
	cards     = `document.querySelectorAll('#results .card').length`
	scrolling = `(scrollTo(0, document.body.scrollHeight), true) && `
)

func TestSearchAsYouType(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	require.Equal(t, "63 servers", tb.text("#count"))

	tb.click("#q")
	tb.press("w", "e", "a", "t", "h")
	tb.wait(cards + ` === 1`)
	require.Equal(t, "1 server", tb.text("#count"))
	require.Contains(t, tb.text("#results"), "Weather")
	require.Contains(t, eval[string](tb, `location.search`), "q=weath", "the address is a link to the search")
	require.Equal(t, "q", eval[string](tb, `document.activeElement.id`), "typing goes on")

	tb.press("x", "x")
	tb.wait(`document.querySelector('.empty') !== null`)
	require.Equal(t, "Nothing matches.", tb.text("#count"))
	tb.click(".empty .button")
	tb.wait(cards + ` >= 30`)
	require.Empty(t, eval[string](tb, `document.querySelector('#q').value + location.search`))
}

// An answer that comes late must not replace that of a later question.
func TestLateAnswersAreDropped(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	// The first of two searches is held back until the second is answered.
	eval[bool](tb, `(() => {
		const real = window.fetch;
		window.fetch = async (url, options) => {
			const answer = await real(url, {...options, signal: undefined});
			if (String(url).includes('q=notes')) await new Promise((go) => { window.letGo = go; });
			return answer;
		};
		return true;
	})()`)
	tb.click("#q")
	for _, key := range "notes" {
		tb.press(string(key))
	}
	tb.wait(`window.letGo !== undefined`)
	eval[bool](tb, `(() => { const q = document.querySelector('#q'); q.value = 'weather'; q.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`)
	tb.wait(cards + ` === 1 && document.querySelector('#results').innerText.includes('Weather')`)
	eval[bool](tb, `(async () => { window.letGo(); await new Promise((go) => setTimeout(go, 100)); return true; })()`)
	require.Contains(t, tb.text("#results"), "Weather")
	require.Equal(t, 1, eval[int](tb, cards))
}

func TestFilters(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	for name, want := range map[string]string{"transport": "stdio", "package_type": "oci", "tier": "Official", "status": "Deprecated", "tag": "data"} {
		require.True(t, eval[bool](tb, `document.querySelector('input[name="`+name+`"][value="`+want+`"]') !== null`), "filter %s", name)
	}
	tb.click(`input[name="tag"][value="data"]`)
	tb.wait(cards + ` === 2`)
	require.Equal(t, "data", eval[string](tb, `document.activeElement.value`), "the keyboard stays where it was")
	tb.click(`input[name="package_type"][value="npm"]`)
	tb.wait(cards + ` === 1`)
	require.Contains(t, tb.text("#results"), "io.github.acme/files")
	require.Equal(t, "?package_type=npm&tag=data", eval[string](tb, `location.search`))

	tb.click(`input[name="package_type"][value="oci"]`)
	tb.wait(cards + ` === 2`)
	require.Contains(t, eval[string](tb, `location.search`), "package_type=npm&package_type=oci", "one of them is enough")
	eval[bool](tb, `(history.back(), true)`)
	tb.wait(cards + ` === 1`)

	eval[bool](tb, `(history.back(), true)`)
	tb.wait(cards + ` === 2`)
	require.True(t, eval[bool](tb, `document.querySelector('input[value="data"]').checked && !document.querySelector('input[value="npm"]').checked`))
	tb.click(`#chosen .chip`)
	tb.wait(cards + ` >= 30`)

	tb.click(`#more-tag`)
	tb.wait(`document.querySelectorAll('input[name="tag"]').length > 20`)
	tb.click(`input[name="tag"][value="group-7"]`)
	tb.wait(cards + ` === 2`)
	tb.click(`#chosen .link`)
	tb.wait(cards + ` >= 30`)
}

// A shared link shows the same to somebody else, and Reload changes nothing.
func TestAddressIsTheState(t *testing.T) {
	base := world(t, sample(t), apiserver.Options{})
	tb := newTab(t, screens[0])
	tb.open(base + "/?q=acme&tag=data&tier=Official")
	tb.wait(cards + ` === 1`)
	require.Equal(t, "acme", eval[string](tb, `document.querySelector('#q').value`))
	require.Equal(t, 2, eval[int](tb, `document.querySelectorAll('#chosen .chip').length`))

	tb.open(base + "/?server=io.github.acme%2Fweather&version=1.0.0")
	tb.wait(`document.querySelector('.install') !== null`)
	require.Equal(t, "1.0.0", eval[string](tb, `document.querySelector('#version').value`))
	require.Contains(t, tb.text(".entry-head"), "deprecated")

	tb.expect("404")
	tb.open(base + "/?server=io.github.acme%2Fnone")
	tb.wait(`document.querySelector('#notice').innerText.includes('no such server')`)
	tb.click(".back a")
	tb.wait(cards + ` >= 30`)
	require.Empty(t, tb.text("#notice"))
}

func TestPagesFollowAsOneScrolls(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.open(world(t, sample(t), apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	tb.wait(scrolling + cards + ` === 63`)
	require.True(t, eval[bool](tb, `document.querySelector('#more').hidden`))
	require.Equal(t, 63, eval[int](tb, `new Set([...document.querySelectorAll('#results .name')].map((n) => n.textContent)).size`), "none twice, none left out")
}
