package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// A stop cuts what plays within a second, says so, and is undone by a restart.
func stopCutsPlaying(t *testing.T, f *film) {
	req.Shows(t, "REC-4", "LOG-1")
	viewer, boss := newBrowser(t, f.url), newBrowser(t, f.url)
	viewer.logIn("jonas")
	i := viewer.openRoom(f, cameraEntrance, f.begin, f.end)
	viewer.click("#afspil")
	viewer.wait("it plays", `document.getElementById('rum').dataset.state === 'playing'`)

	boss.logIn("karen")
	boss.open("/kameraer/" + cameraEntrance)
	boss.click("#stop-kamera")
	boss.wait("the reason is asked", `document.getElementById('grund') !== null`)
	boss.accessible("the stop")
	boss.fill("#grund", "kort")
	boss.click("main button[type=submit]")
	boss.wait("a short reason is refused", `document.querySelector('.v-error-summary') !== null`)
	boss.fill("#grund", "Kameraet filmer naboens have.")
	// Both pages are watched by their own clocks; what counts is from the click.
	viewer.do(evalNow(`window.cutAt = 0; new MutationObserver(() => { if (document.getElementById('rum').dataset.state === 'cut' && !window.cutAt) window.cutAt = Date.now(); }).observe(document.getElementById('rum'), {attributes: true});`))
	clicked := eval[float64](boss, `Date.now()`)
	boss.click("main button[type=submit]")
	viewer.wait("the picture is cut", `window.cutAt > 0`)
	if took := eval[float64](viewer, `window.cutAt`) - clicked; took > 1000 {
		t.Errorf("it took %.0f ms from the click until the picture was cut", took)
	} else {
		t.Logf("cut %.0f ms after the click", took)
	}
	if text := viewer.text("#besked"); !strings.Contains(text, "Visningen er afbrudt") || !strings.Contains(text, "Kameraet er stoppet") {
		t.Errorf("the viewer reads %q", text)
	}
	if src := eval[string](viewer, `document.getElementById('video').currentSrc && document.getElementById('video').src`); src != "" {
		t.Errorf("the player still holds %q", src)
	}
	boss.wait("it says that it is stopped", `document.querySelector('.v-state-big')?.innerText.includes('Stoppet')`)
	boss.shot("stoppet-1366")

	// Nor can it be opened anew.
	viewer.open("/haendelser/" + i.ID + "/se?kamera=" + cameraEntrance)
	viewer.fill("#dato", f.begin.In(denmark()).Format(time.DateOnly))
	viewer.fill("#fra", clockOf(f.begin))
	viewer.fill("#til", clockOf(f.end))
	viewer.click("main form button[type=submit]")
	viewer.wait("it is refused in words", `document.querySelector('main').innerText.includes('Kameraet er stoppet')`)

	boss.click("#genstart-kamera")
	boss.wait("the reason is asked", `document.getElementById('grund') !== null`)
	boss.fill("#grund", "Kameraet er drejet og kontrolleret.")
	boss.click("main button[type=submit]")
	boss.wait("the stop is lifted", `document.querySelector('main').innerText.includes('Stoppet er ophævet')`)
	f.until("the engine says so", func() bool {
		for _, c := range must[engineapi.Status](t)(f.engine.Status(t.Context())).Cameras {
			if c.Camera == cameraEntrance {
				return c.State != engineapi.StateStopped
			}
		}
		return false
	})
	for _, kind := range []string{"camera.stopped", "stop.issued", "camera.restarted", "restart.issued"} {
		if n := f.entries(kind); n != 1 {
			t.Errorf("%d entries %s", n, kind)
		}
	}
	boss.quiet("the coordinator")
	viewer.quiet("the viewer")
}

// A ticket that runs out and a session that ends are told in words, and the
// picture goes.
func rightsThatEnd(t *testing.T, f *film) {
	req.Shows(t, "VIEW-7", "ID-4")
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openRoom(f, cameraEntrance, f.begin, f.end)
	room := eval[string](b, `location.pathname`)
	// Nobody touches anything for fifteen minutes.
	f.clk.Advance(16 * time.Minute)
	b.wait("the picture is blanked", `document.getElementById('rum').dataset.state === 'cut'`)
	if text := b.text("#besked"); !strings.Contains(text, "logget ud") || !strings.Contains(text, "Log ind igen") {
		t.Errorf("it says %q", text)
	}
	b.click("#besked-valg button")
	b.wait("it asks to log in", `document.getElementById('navn') !== null`)
	b.fill("#navn", "jonas")
	b.fill("#adgangskode", password)
	b.click("main button[type=submit]")
	b.wait("it is back in the room", `location.pathname === `+quote(room)+` && document.getElementById('rum')?.dataset.state === 'paused'`)

	// Two hours on, the period has run out.
	for range 12 {
		f.clk.Advance(10 * time.Minute)
		if code := eval[int](b, `fetch('/min-konto/aktiv', {method: 'POST', headers: {Accept: 'application/json'}}).then(r => r.status)`); code != 200 {
			t.Fatalf("being there is answered by %d", code)
		}
	}
	b.wait("the period has run out", `document.getElementById('rum').dataset.cut === 'ticket.expired'`)
	if text := b.text("#besked"); !strings.Contains(text, "udløbet") {
		t.Errorf("it says %q", text)
	}
}

// What was typed survives a lost session.
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-1")
	s := newSite(t)
	s.addCamera(cameraEntrance, school, "Hovedindgang", nil, false)
	halt := s.run(1)
	defer halt()
	b := newBrowser(t, s.url)
	b.logIn("jonas")
	b.open("/haendelser/ny")
	b.fill("#hvad", "En lang forklaring, som ingen vil skrive to gange")
	b.fill("#hvor", "Ved cykelskuret")
	s.clk.Advance(20 * time.Minute)
	b.click("main form button[type=submit]")
	b.wait("it asks to log in again", `document.getElementById('navn') !== null && document.querySelector('main').innerText.includes('bevaret')`)
	b.accessible("log in again")
	b.fill("#navn", "jonas")
	b.fill("#adgangskode", password)
	b.click("main button[type=submit]")
	b.wait("the form stands", `document.getElementById('hvad') !== null`)
	if got := eval[string](b, `document.getElementById('hvad').value + '|' + document.getElementById('hvor').value`); got != "En lang forklaring, som ingen vil skrive to gange|Ved cykelskuret" {
		t.Errorf("the form holds %q", got)
	}
}

// The states in the list, why, the language, the search and the refusals.
func statesAndRefusals(t *testing.T, f *film) {
	req.Shows(t, "REC-6", "VIEW-5", "ID-3", "LOG-1", "SITE-1")
	refused := f.entries("access.refused")
	f.issue(&permit.Stop{Head: f.head(), Cameras: []string{cameraHall}, Reason: "Prøve af stop"})
	b := newBrowser(t, f.url)
	b.logIn("karen")
	b.open("/kameraer")
	b.wait("each state is said", `(t => t.includes('Mistet forbindelsen') && t.includes('Stoppet') && (t.includes('Ikke i brug') || t.includes('Ingen tilladelse')))(document.getElementById('liste').innerText)`)
	b.accessible("the list")
	b.fits("the list")
	if text := b.text("#liste"); !strings.Contains(text, "Se efter strøm") {
		t.Errorf("the list does not say what to do: %q", text)
	}
	// It refreshes without taking the focus away.
	b.do(evalNow(`document.getElementById('a-` + cameraEntrance + `').focus(); window.before = document.getElementById('a-` + cameraEntrance + `')`))
	f.addCamera("skole-ny", school, "Nyt kamera", nil, false)
	b.wait("the new camera is there", `document.getElementById('liste').innerText.includes('Nyt kamera')`)
	if id := eval[string](b, `document.activeElement.id`); id != "a-"+cameraEntrance {
		t.Errorf("the focus went to %q", id)
	}
	b.open("/kameraer?q=porten")
	if rows := eval[int](b, `document.querySelectorAll('tr[id^=kamera-]').length`); rows != 1 {
		t.Errorf("%d rows for a search of one", rows)
	}
	b.open("/kameraer/" + cameraEntrance)
	b.wait("it is lost here too", `document.getElementById('tilstand').innerText.includes('Mistet forbindelsen')`)
	for _, want := range []string{"Jonas Lund", "14 døgn", "Huller og deres årsag", "4. december 2026"} {
		if text := b.text("main"); !strings.Contains(text, want) {
			t.Errorf("the camera's page lacks %q", want)
		}
	}
	b.accessible("the camera")
	b.shot("kamera-rigtigt-1366")
	// English, and it stays so.
	b.click(".portal-user a[hreflang=en]")
	b.wait("it is English", `document.documentElement.lang === 'en' && document.querySelector('main').innerText.includes('Recording permit')`)
	b.open("/drift")
	b.wait("it is still English", `document.querySelector('h1').innerText === 'System health'`)
	b.accessible("health")
	b.open("/tilsyn/sletninger")
	b.accessible("deletions")
	b.open("/tilsyn/log")
	b.accessible("the log")
	b.shot("log-rigtig-1366")
	if text := b.text("main"); !strings.Contains(text, "Karen Holm") || !strings.Contains(text, "Logged in") {
		t.Errorf("the log lacks the log-in: %.400q", text)
	}
	b.quiet("the coordinator")

	// The coordinator is not designated, IT never sees footage: both are told
	// why, and it is logged.
	b.open("/afspilning")
	if text := b.text("main"); !strings.Contains(text, "You do not have access") {
		t.Errorf("the coordinator reads %q", text)
	}
	it := newBrowser(t, f.url)
	it.logIn("soeren")
	it.open("/afspilning")
	if text := it.text("main"); !strings.Contains(text, "It-drift må aldrig se optagelser") {
		t.Errorf("IT reads %q", text)
	}
	if n := f.entries("access.refused") - refused; n != 2 {
		t.Errorf("%d refusals are logged, want 2", n)
	}
}
