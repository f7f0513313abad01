package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is one window of a real browser, with all that it complains about.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
	mu   sync.Mutex
	bad  []string
}

// chromium finds the browser. A machine without it fails, unless a partial run
// was asked for.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	if os.Getenv("VIDNE_PARTIAL") == "1" {
		t.Skip("chromium is missing (Debian package chromium)")
	}
	t.Fatal("chromium is missing (Debian package chromium); VIDNE_PARTIAL=1 leaves these tests out")
	return ""
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "vidne-browser-")
	if err != nil {
		t.Fatal(err)
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(profile),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("mute-audio", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,BackForwardCache"), chromedp.Flag("no-proxy-server", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.WindowSize(1366, 900), chromedp.Flag("lang", "da"), chromedp.Flag("accept-lang", "da-DK,da"),
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		cancel()
		cancelAlloc()
		// The browser's helpers write on for a moment after it has ended.
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			<-tick.C
		}
	})
	b := &browser{t: t, ctx: ctx, base: base}
	chromedp.ListenTarget(ctx, b.hear)
	if err := chromedp.Run(ctx); err != nil { // starts the browser, which lives as long as this context
		t.Fatalf("the browser does not start: %v", err)
	}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error { return cdplog.Enable().Do(ctx) }))
	b.size(1366, 900)
	// A window that nobody clicked has no focus, and keys fall beside it.
	b.do(emulation.SetFocusEmulationEnabled(true))
	return b
}

// hear collects what a developer would see in red: broken policy, scripts that
// throw, errors on the console.
func (b *browser) hear(ev any) {
	say := func(format string, args ...any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.bad = append(b.bad, fmt.Sprintf(format, args...))
	}
	switch e := ev.(type) {
	case *cdplog.EventEntryAdded:
		// An answer of 401 or 404 is told here too; a page that needs it tests it.
		if e.Entry.Level == cdplog.LevelError && e.Entry.Source != cdplog.SourceNetwork {
			say("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		say("exception: %s", e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			say("console: %s", strings.Join(words, " "))
		}
	case *page.EventJavascriptDialogOpening:
		go func() {
			_ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true)) // leaving a form
		}()
	}
}

// quiet fails the test if the browser complained.
func (b *browser) quiet(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.bad {
		b.t.Errorf("%s: the browser says %s", where, s)
	}
	b.bad = nil
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("the browser: %v", err)
	}
}

func (b *browser) size(w, h int64) {
	b.t.Helper()
	b.do(emulation.SetDeviceMetricsOverride(w, h, 1, w < 700))
}

// open goes to an address of ours and waits until it stands.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady("main", chromedp.ByQuery))
}

// eval runs a script and returns its value.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	var v T
	b.do(chromedp.Evaluate(script, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// wait waits until a script's value is true. While a page gives way to the
// next there is nothing to ask, which is no failure.
func (b *browser) wait(what, script string) {
	b.t.Helper()
	end := time.After(patience)
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		var ok bool
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(script, &ok))
		cancel()
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			b.shot("failed")
			b.t.Fatalf("it did not come to this: %s (%v)\n%s", what, err, eval[string](b, `location.pathname + "\n" + (document.querySelector('main')?.innerText.slice(0, 1200) ?? '')`))
		}
	}
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	// An address changes before its page has come.
	b.wait("the page has come", `document.readyState !== 'loading' && document.body !== null`)
	return eval[string](b, fmt.Sprintf(`document.querySelector(%s)?.innerText ?? ''`, quote(selector)))
}

// click clicks what a person can see and reach: visible, and not covered.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.wait(selector+" can be clicked", fmt.Sprintf(`(() => {
  const e = document.querySelector(%s);
  if (!e || e.disabled) return false;
  e.scrollIntoView({block: 'center', behavior: 'instant'});
  const r = e.getBoundingClientRect();
  const top = document.elementFromPoint(r.left + r.width/2, r.top + r.height/2);
  if (!top || !(e.contains(top) || e.labels && [...e.labels].some(l => l.contains(top)) || top.contains(e))) return false;
  e.focus({preventScroll: true});
  e.click();
  return true;
})()`, quote(selector)))
}

func (b *browser) fill(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(selector, value, chromedp.ByQuery))
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// logIn logs a person in.
func (b *browser) logIn(login string) {
	b.t.Helper()
	b.open("/log-ind")
	b.fill("#navn", login)
	b.fill("#adgangskode", password)
	b.click("main button[type=submit]")
	b.wait(login+" is logged in", `location.pathname === '/min-side' && document.readyState !== 'loading'`)
}

// fits checks that the page fits its width.
func (b *browser) fits(where string) {
	b.t.Helper()
	if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		wide := eval[string](b, `[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('.table--responsive-scroll, svg, .sr-only')).slice(0, 4).map(e => e.tagName + '.' + e.className).join(', ')`)
		b.t.Errorf("%s: %d pixels wider than the screen: %s", where, over, wide)
	}
}

var axeScript = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile(filepath.Join("..", "..", "node_modules", "axe-core", "axe.min.js"))
	return string(data), err
})

// carriesAxe gives every page to come axe-core, so that it is not sent to the
// browser for each.
func (b *browser) carriesAxe() {
	b.t.Helper()
	axe, err := axeScript()
	if err != nil {
		b.t.Fatalf("axe-core is missing, run scripts/setup: %v", err)
	}
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(axe).Do(ctx)
		return err
	}))
}

// accessible runs axe-core over the page.
func (b *browser) accessible(where string) {
	b.t.Helper()
	axe, err := axeScript()
	if err != nil {
		b.t.Fatalf("axe-core is missing, run scripts/setup: %v", err)
	}
	if !eval[bool](b, `'axe' in window`) {
		b.do(chromedp.Evaluate(axe+";0", nil))
	}
	found := eval[[]string](b, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' at ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' [' + (n.any[0]?.message ?? '') + ']').join(' | ')))`)
	for _, f := range found {
		b.t.Errorf("%s: axe says %s", where, f)
	}
}

// shot leaves a picture of the whole page in VIDNE_SCREENS.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("VIDNE_SCREENS")
	if dir == "" {
		return
	}
	var png []byte
	b.do(chromedp.FullScreenshot(&png, 100))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// setInput sets a field's value as typing would, with its event.
func setInput(selector, value string) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); })()`, quote(selector), quote(value)), nil)
}

// press sends one key to the page.
func (b *browser) press(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key))
}

// setSelect chooses an option as a person would.
func setSelect(selector, value string) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.value = %s; e.dispatchEvent(new Event('change', {bubbles: true})); })()`, quote(selector), quote(value)), nil)
}

// evalNow runs a script and waits for its promise; its value does not matter.
func evalNow(script string) chromedp.Action {
	return chromedp.Evaluate(script+`;0`, nil)
}
