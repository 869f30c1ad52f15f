package page

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/apiserver"
)

// axeVersion is the version of axe-core, which npm fetches once.
const axeVersion = "4.14.1"

// axe returns the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	folder := filepath.Join(cache, "mcp-registry-operator", "axe-core")
	archive := filepath.Join(folder, "axe-core-"+axeVersion+".tgz")
	if _, err := os.Stat(archive); err != nil {
		npm, err := exec.LookPath("npm")
		if err != nil {
			t.Skip("there is no npm to fetch axe-core with, and none in the cache")
		}
		require.NoError(t, os.MkdirAll(folder, 0o755))
		command := exec.Command(npm, "pack", "--silent", "--pack-destination", folder, "axe-core@"+axeVersion)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Skipf("npm cannot fetch axe-core: %v: %s", err, out)
		}
	}
	return fileOf(t, archive, "package/axe.min.js")
}

func fileOf(t *testing.T, archive, name string) string {
	t.Helper()
	file, err := os.Open(archive)
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			require.Fail(t, "not in the archive", "%s in %s", name, archive)
		}
		require.NoError(t, err)
		if header.Name == name {
			text, err := io.ReadAll(files)
			require.NoError(t, err)
			return string(text)
		}
	}
}

// finding is what axe-core has to say of one rule.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// Every view passes an accessibility audit, at every screen.
func TestAudit(t *testing.T) {
	source := axe(t)
	base := world(t, sample(t), apiserver.Options{})
	locked := world(t, sample(t), apiserver.Options{Auth: gate("x")})
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			tb := newTab(t, s)
			audit := func(view string) {
				tb.shot(view + " " + s.name)
				do(tb, chromedp.Evaluate[bool](source+"; true"))
				found := eval[[]finding](tb, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`)
				for _, f := range found {
					require.NotContains(t, []string{"serious", "critical"}, f.Impact, "%s: %+v", view, f)
					t.Logf("%s: %s: %s: %s", view, f.Impact, f.ID, f.Help)
				}
			}
			tb.open(base + "/?tag=data")
			tb.wait(cards + ` === 2`)
			if s.touch {
				tb.click("#filter-toggle")
			}
			audit("list")
			tb.open(base + "/?q=nothing-of-this-name")
			tb.wait(`document.querySelector('.empty') !== null`)
			audit("nothing")
			tb.open(base + "/?server=io.github.acme%2Fweather")
			tb.wait(opened)
			tb.click(".tool summary")
			tb.click(".raw summary")
			tb.wait(`document.querySelector('.raw pre') !== null`)
			audit("entry")
			tb.click("#client-thv")
			audit("entry with thv")
			tb.open(base + "/?server=io.github.acme%2Fweather&version=1.0.0")
			tb.wait(opened)
			audit("deprecated")
			tb.open(base + "/?view=about")
			tb.wait(`document.querySelector('#about-view h1') !== null`)
			audit("about")
			tb = newTab(t, s) // another server is another host
			tb.expect("401")
			tb.open(locked)
			tb.wait(`document.querySelector('.token') !== null`)
			audit("token")
		})
	}
}
