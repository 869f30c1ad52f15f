package page

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/registry"
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

// tagged has servers of a dozen tags each.
func tagged(t *testing.T) registry.Snapshot {
	var tags []string
	for tag := 'a'; tag <= 'l'; tag++ {
		tags = append(tags, string(tag))
	}
	npm := fields{"packages": []fields{{"registryType": "npm", "identifier": "x", "version": "1", "transport": fields{"type": "stdio"}}}}
	return snapshotOf(t, entry(t, "io.acme/one", "1.0.0", npm, fields{"tags": tags}), entry(t, "io.acme/two", "1.0.0", npm, fields{"tags": tags}))
}

const (
	chips    = `document.querySelectorAll('#chosen .chip').length`
	disabled = `document.querySelectorAll('#filter-panel input:disabled').length`
)

// An address may hold more than the API takes: the page asks for what it may.
func TestNoMoreFiltersThanTheAPITakes(t *testing.T) {
	base := world(t, tagged(t), apiserver.Options{})
	tb := newTab(t, screens[0])
	tb.open(base + "/?tag=a&tag=b&tag=c&tag=d&tag=e&tag=f&tag=g&tag=h&tag=i&tag=j&tag=k&transport=foo&transport=STDIO&tier=" + strings.Repeat("x", 257))
	tb.wait(cards + ` === 2`)
	require.Empty(t, tb.text("#notice"))
	require.Equal(t, "2 servers", tb.text("#count"))
	require.Equal(t, 11, eval[int](tb, chips), "ten tags and a transport that there is")

	require.Equal(t, 2, eval[int](tb, disabled), "k and l")
	explained := eval[string](tb, `document.getElementById(document.querySelector('input[value="k"]').getAttribute('aria-describedby')).innerText`)
	require.Equal(t, "At most 10 at a time: remove one to choose another.", explained)
	require.True(t, eval[bool](tb, `document.querySelector('fieldset.tags').getAttribute('aria-describedby') === 'limit-tag'`))

	tb.click(`input[value="a"]`)
	tb.wait(disabled + ` === 0 && document.querySelector('.limit') === null`)
	require.Equal(t, "a", eval[string](tb, `document.activeElement.value`))
	tb.click(`input[value="k"]`)
	tb.wait(disabled + ` === 2`)
	require.Equal(t, "k", eval[string](tb, `document.activeElement.value`), "the keyboard stays where it was")

	// Together, values have another bound.
	long := strings.Repeat("%E2%82%AC", 38) // 342 bytes in a URL
	tb.open(base + "/?tier=1" + long + "&tier=2" + long + "&status=3" + long)
	tb.wait(`document.querySelector('.empty') !== null`)
	require.Equal(t, 2, eval[int](tb, chips))
}

// An API that takes less, as one of another version may, leaves a way out.
func TestRefusedFiltersCanBeCleared(t *testing.T) {
	server := apiserver.New(apiserver.Options{})
	require.NoError(t, server.Load(tagged(t)))
	base := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/x/servers/search") && len(r.URL.Query()["tag"]) > 1 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"detail":"tag must be given once"}`))
			return
		}
		server.Handler().ServeHTTP(w, r)
	}))
	tb := newTab(t, screens[0])
	tb.expect("400")
	tb.open(base + "/?tag=a&tag=b&q=acme")
	tb.wait(`document.querySelector('#notice').innerText.includes('given once')`)
	require.Equal(t, 2, eval[int](tb, chips))
	require.Equal(t, "Try again|Clear filters", eval[string](tb, `[...document.querySelectorAll('#notice button')].map((b) => b.innerText).join('|')`))
	tb.click(`#notice button:last-child`)
	tb.wait(cards + ` === 2`)
	require.Equal(t, "?q=acme", eval[string](tb, `location.search`), "the words stay")
	require.Empty(t, tb.text("#notice"))
	require.Equal(t, "q", eval[string](tb, `document.activeElement.id`))

	tb.open(base + "/?tag=a")
	tb.wait(cards + ` === 2`)
	tb.click(`input[value="b"]`)
	tb.wait(`document.querySelector('#notice').innerText.includes('given once')`)
	require.Empty(t, tb.text("#count")+tb.text("#results"), "they are of another question")
	tb.click(`#chosen .chip`)
	tb.wait(cards + ` === 2`)
	require.Equal(t, "2 servers", tb.text("#count"))
}

// typed puts a text into the search field as pasting does.
func (tb *tab) typed(text string) {
	tb.t.Helper()
	eval[bool](tb, fmt.Sprintf(`(() => { const q = document.querySelector('#q'); q.value = %q; q.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`, text))
}

// The API counts bytes, and many characters have three.
func TestLongWordsAreCut(t *testing.T) {
	base := world(t, tagged(t), apiserver.Options{})
	tb := newTab(t, screens[0])
	tb.open(base)
	tb.wait(cards + ` === 2`)
	tb.typed(strings.Repeat("€", 120))
	tb.wait(`document.querySelector('.empty') !== null`)
	require.Empty(t, tb.text("#notice"))
	require.Equal(t, strings.Repeat("€", 85), eval[string](tb, `document.querySelector('#q').value`), "255 bytes")
	tb.typed("a" + strings.Repeat("𝄞", 64))
	tb.wait(`new URLSearchParams(location.search).get('q') === 'a' + '𝄞'.repeat(63)`)
	tb.open(base + "/?q=" + strings.Repeat("%E2%82%AC", 120))
	tb.wait(`document.querySelector('.empty') !== null`)
	require.Empty(t, tb.text("#notice"))
}

func TestFailedSearchLeavesNoCount(t *testing.T) {
	tb := newTab(t, screens[0])
	tb.expect("400")
	tb.open(world(t, tagged(t), apiserver.Options{}))
	tb.wait(cards + ` === 2`)
	tb.typed("a b c d e f g h i j k l m n o p q")
	tb.wait(`document.querySelector('#notice').innerText.includes('16 words')`)
	require.Empty(t, tb.text("#count")+tb.text("#results"), "they are of another question")
	require.False(t, eval[bool](tb, `document.querySelector('#notice').innerText.includes('Clear filters')`), "there are none")
	tb.typed("acme")
	tb.wait(cards + ` === 2`)
	require.Equal(t, "2 servers", tb.text("#count"))
}
