package page

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience bounds each wait for a state of the page.
const patience = 30 * time.Second

// screen is what a person may sit in front of.
type screen struct {
	name          string
	width, height int64
	dark, touch   bool
}

var screens = []screen{
	{"desktop light", 1280, 900, false, false},
	{"desktop dark", 1280, 900, true, false},
	{"phone light", 390, 844, false, true},
	{"phone dark", 390, 844, true, true},
}

// chromium is started once and shared; every tab has a profile of its own.
var chromium struct {
	sync.Once
	ctx    context.Context
	cancel context.CancelFunc
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.cancel != nil {
		_ = chromedp.Cancel(chromium.ctx) // waits until Chromium has gone
		chromium.cancel()
	}
	os.Exit(code)
}

func findChromium(t *testing.T) string {
	t.Helper()
	if os.Getenv("PAGE_TEST") == "" {
		t.Skip("PAGE_TEST is not set: make page-test runs this")
	}
	candidates := []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	for _, candidate := range candidates {
		if candidate == "" {
			continue
		}
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	require.Fail(t, "there is no Chromium: install it, or name it with CHROMIUM")
	return ""
}

func startChromium(t *testing.T) context.Context {
	t.Helper()
	path := findChromium(t)
	chromium.Do(func() {
		// The profile is a fresh folder that chromedp removes. Chromium's own
		// sandbox needs what containers do not give, and the page is ours.
		options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
			chromedp.WSURLReadTimeout(patience))
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		chromium.ctx, _ = chromedp.NewContext(allocator) //nolint:fatcontext // made once, by whichever test is first
		chromium.cancel = cancel
	})
	require.NoError(t, chromedp.Do(chromium.ctx), "starting %s", path)
	return chromium.ctx
}

// tab is a tab of the browser that keeps account of what must not happen.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	hosts    map[string]bool
	requests []string
	problems []string
	// expected are parts of problems that a test provokes.
	expected []string
}

// newTab opens an empty tab. When the test ends, what it must not have done is
// looked at.
func newTab(t *testing.T, s screen) *tab {
	t.Helper()
	tb := &tab{t: t, hosts: map[string]bool{}}
	ctx, cancel := chromedp.NewContext(startChromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(tb.watch))
	tb.ctx = ctx
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	command(tb, network.Enable, network.EnableParams{})
	command(tb, log.Enable, cdp.Empty{})
	command(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.touch,
	})
	command(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	t.Cleanup(func() {
		tb.check()
		cancel()
	})
	return tb
}

func (tb *tab) watch(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tb.requests = append(tb.requests, e.Request.URL)
		if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" {
			tb.hosts[u.Host] = true
		}
	case *runtime.EventConsoleAPICalled:
		if kind := string(e.Type); kind == "error" || kind == "warning" || kind == "assert" {
			tb.problems = append(tb.problems, "console: "+argumentsOf(e.Args))
		}
	case *runtime.EventExceptionThrown:
		tb.problems = append(tb.problems, "exception: "+exceptionOf(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if string(e.Entry.Level) == "error" || string(e.Entry.Source) == "security" {
			tb.problems = append(tb.problems, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	case *page.EventJavascriptDialogOpening:
		tb.problems = append(tb.problems, "dialog: "+e.Message)
		// Otherwise the tab would hang; listeners must not wait for answers.
		go func() {
			_, _ = chromedp.Call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

// check fails the test for what must not happen in any of them.
func (tb *tab) check() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, problem := range tb.problems {
		if !slices.ContainsFunc(tb.expected, func(part string) bool { return strings.Contains(problem, part) }) {
			tb.t.Errorf("the page caused: %s", problem)
		}
	}
	if len(tb.hosts) > 1 {
		tb.t.Errorf("the page asked more than one host: %v", tb.hosts)
	}
}

// do runs an action, which may wait for a state for a while, and returns its value.
func do[T any](tb *tab, action chromedp.Action[T]) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tb.t.Fatalf("%v; the page shows: %.2000s", err, tb.text("body"))
	}
	return value
}

// command sends one command of the browser's protocol.
func command[P, R any](tb *tab, c cdp.Command[P, R], params P) R {
	tb.t.Helper()
	value, err := chromedp.Call(tb.ctx, c, params)
	require.NoError(tb.t, err, "%s", c.Method)
	return value
}

// open goes to an address and waits until the page shows something.
func (tb *tab) open(address string) {
	tb.t.Helper()
	do(tb, chromedp.Navigate(address))
	tb.wait(`document.querySelector('#count').textContent !== '' || document.querySelector('main h1[tabindex], .token, #notice:not(:empty)') !== null`)
}

// wait waits until a condition in JavaScript holds.
func (tb *tab) wait(condition string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](condition, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		tb.t.Fatalf("waiting for %s: %v; the page shows: %.2000s", condition, err, tb.text("body"))
	}
}

// eval evaluates JavaScript, waits for its promise and returns its value.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	return do(tb, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// text is what a person can read in the first element of a selector; of what is
// not rendered yet, because it is out of sight, all of its text.
func (tb *tab) text(selector string) string {
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`(() => { const n = document.querySelector(%q); return n ? n.innerText || n.textContent : ''; })()`, selector)))
	if err != nil {
		return err.Error()
	}
	return value
}

// click scrolls to the first element of a selector and clicks it with the
// mouse, once nothing moves it any more and nothing lies above it.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	tb.wait(fmt.Sprintf(`document.querySelector(%q) !== null`, selector))
	point := eval[[]float64](tb, fmt.Sprintf(`(async () => {
		const node = document.querySelector(%q);
		node.scrollIntoView({block: 'center', behavior: 'instant'});
		const where = () => { const b = node.getBoundingClientRect(); return [b.x + Math.min(b.width / 2, 60), b.y + b.height / 2]; };
		for (let before = '', same = 0; same < 3;) {
			await new Promise(requestAnimationFrame);
			same = String(where()) === before ? same + 1 : 0;
			before = String(where());
		}
		const top = document.elementFromPoint(...where());
		if (!node.contains(top) && top?.closest('label')?.control !== node) throw new Error('something covers it: ' + top?.outerHTML?.slice(0, 200));
		return where();
	})()`, selector))
	do(tb, chromedp.MouseClickXY(point[0], point[1]))
}

// press presses keys, each a character or a name of the package kb.
func (tb *tab) press(keys ...string) {
	tb.t.Helper()
	for _, key := range keys {
		do(tb, chromedp.KeyEvent(key))
	}
}

// shot keeps a picture in the folder of PAGE_SHOTS, for people.
func (tb *tab) shot(name string) {
	folder := os.Getenv("PAGE_SHOTS")
	if folder == "" {
		return
	}
	picture := do(tb, chromedp.CaptureScreenshot())
	require.NoError(tb.t, os.WriteFile(folder+"/"+strings.ReplaceAll(name, " ", "-")+".png", picture, 0o644))
}

func argumentsOf(arguments []*runtime.RemoteObject) string {
	var out []string
	for _, a := range arguments {
		out = append(out, a.Description+string(a.Value))
	}
	return strings.Join(out, " ")
}

func exceptionOf(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

// expect names a part of problems that the test provokes.
func (tb *tab) expect(parts ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.expected = append(tb.expected, parts...)
}
