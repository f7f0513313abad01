package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// One picture of the moment that is shown: logged before it is given, shown
// once, and refused outside what the grant covers.
func stillOfTheMoment(t *testing.T, f *film) {
	req.Shows(t, "VIEW-3", "VIEW-1", "LOG-1")
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	want := f.begin.Add(12 * time.Second).Truncate(time.Second)
	b.openRoom(f, cameraEntrance, f.begin.Truncate(time.Second), f.begin.Add(40*time.Second).Truncate(time.Second))
	b.goTo(want)
	b.wait("the moment is shown", within(want, 150*time.Millisecond))
	room := eval[string](b, `location.pathname`)
	shown := b.shownAt()
	stills, refused := f.entries("view.still"), f.entries("view.refused")
	eval[bool](b, `(() => { document.getElementById('stillbillede').target = ''; return true; })()`)
	b.click("#stillbillede button")
	b.wait("the picture is shown", `document.querySelector('.v-still img')?.naturalWidth === 640`)
	b.accessible("a still")
	b.fits("a still")
	b.shot("stillbillede-rigtig-1366")
	if text := b.text("main"); !strings.Contains(text, clockOf(shown)) || !strings.Contains(text, "Hovedindgang") {
		t.Errorf("it does not say which moment and camera: %q", text)
	}
	if n := f.entries("view.still") - stills; n != 1 {
		t.Errorf("%d stills are logged", n)
	}
	if code := eval[int](b, `fetch(document.querySelector('.v-still img').src, {cache: 'reload'}).then(r => r.status)`); code != 404 {
		t.Errorf("the picture is given a second time: %d", code)
	}
	outside := itoa(f.begin.Add(-40 * time.Minute).UnixMilli())
	if code := eval[int](b, `fetch(`+quote(room+"/stillbillede")+`, {method: 'POST', body: new URLSearchParams({t: '`+outside+`'}), headers: {Accept: 'application/json'}}).then(r => r.status)`); code != 403 {
		t.Errorf("a moment outside the grant is answered by %d", code)
	}
	if n := f.entries("view.refused") - refused; n != 1 {
		t.Errorf("%d refusals are logged", n)
	}
	if n := f.entries("view.still") - stills; n != 1 {
		t.Errorf("%d stills are logged after the refusal", n)
	}
}
