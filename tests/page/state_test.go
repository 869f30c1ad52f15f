package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

func TestStateOfTheRegistry(t *testing.T) {
	snapshot := sample(t)
	tb := newTab(t, screens[0])
	tb.open(world(t, snapshot, apiserver.Options{}))
	tb.wait(cards + ` >= 30`)
	tb.wait(`document.querySelector('#list-title').textContent === 'Our <i>team</i>'`)
	require.Equal(t, "Our <i>team</i>", eval[string](tb, `document.title`))
	tb.click("#about-link")
	tb.wait(`document.querySelector('#about-view h1') !== null`)
	shown := tb.text("#about-view")
	for _, text := range []string{"63", "65", string(snapshot.Digest), "main@sha1:8f14", "catalogue", "git", "broken", "<b>no</b> version", "chat.mcp.gallery.serviceUrl", "thv config set-registry"} {
		require.Contains(t, shown, text)
	}
}

// A replica of an older version does not know its state: the rest is shown.
func TestStateIsLeftOutWhereItIsUnknown(t *testing.T) {
	server := apiserver.New(apiserver.Options{})
	require.NoError(t, server.Load(sample(t)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/x/registry") {
			http.NotFound(w, r)
			return
		}
		server.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	tb := newTab(t, screens[0])
	tb.expect("404")
	tb.open(web.URL)
	tb.wait(cards + ` >= 30`)
	require.Equal(t, "MCP servers", tb.text("#list-title"))
	tb.click("#about-link")
	tb.wait(`document.querySelector('#about-view h1') !== null`)
	require.Contains(t, tb.text("#about-view"), "thv config set-registry")
	require.NotContains(t, tb.text("#about-view"), "Digest")
}

// The time of the last sync is that of the whole registry.
func TestLastSync(t *testing.T) {
	server := apiserver.New(apiserver.Options{})
	require.NoError(t, server.Load(sample(t)))
	tb := newTab(t, screens[0])
	tb.open(listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/x/registry") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"name":"team","lastSyncTime":"2026-03-04T12:00:00Z","sources":[{"name":"catalogue","type":"git"}]}`))
			return
		}
		server.Handler().ServeHTTP(w, r)
	})) + "/?view=about")
	tb.wait(`document.querySelector('#about-view .facts') !== null`)
	row := `[...document.querySelectorAll('#about-view .facts > div')].find((row) => row.querySelector('dt').innerText === 'Last sync')`
	require.Equal(t, "2026-03-04T12:00:00.000Z", eval[string](tb, row+`.querySelector('dd time').dateTime`))
	require.NotContains(t, tb.text("#about-view table"), "Last sync", "nothing is known of single sources")
}
