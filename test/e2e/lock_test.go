package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// From an incident to a lock that stands at the recorder, and out of it again:
// asked for by one, answered by another, kept by the engine, released for a
// reason.
func lockOfAnIncident(t *testing.T, f *film) {
	req.Shows(t, "KEEP-4", "EVID-2")
	i := f.broken(cameraEntrance)
	submit := `main form button[type=submit]`
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.open("/haendelser/" + i.ID)
	b.accessible("the incident's steps")
	b.fits("the incident's steps")
	b.click(`a[href="/haendelser/` + i.ID + `/bevislaas"]`)
	b.wait("it asks what is locked", `document.getElementById('ord') !== null`)
	b.accessible("what is locked")
	b.click(submit)
	b.wait("it wants to know why", `document.querySelector('.form-error-message, .alert-error, [role=alert]') !== null`)
	b.fill("#ord", "Ruden blev knust i de minutter")
	b.fill("#fra", clockOf(f.begin.Truncate(time.Second)))
	b.fill("#til", clockOf(f.begin.Add(20*time.Second).Truncate(time.Second)))
	b.click(submit)
	b.wait("it waits for another", `location.pathname.startsWith('/bevislaase/')`)
	here := eval[string](b, `location.pathname`)
	if text := b.text("main"); !strings.Contains(text, "Intet er låst endnu") {
		t.Errorf("it says %q", text)
	}

	boss := newBrowser(t, f.url)
	boss.logIn("karen")
	boss.open(here + "/svar")
	boss.accessible("the answer")
	boss.fits("the answer")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(here))
	b.open(here)
	boss.wait("the recorder keeps it", `(() => { if (document.querySelector('main').innerText.includes('Optagelserne er låst')) return true; location.reload(); return false; })()`)
	boss.accessible("the lock")
	boss.fits("the lock")
	boss.open(here + "/frigiv")
	boss.accessible("the release")
	boss.fill("#grund", "Politiet har fået optagelserne og kvitteret.")
	boss.click(submit)
	boss.wait("it is released", `location.pathname === `+quote(here))
	if text := boss.text("main"); !strings.Contains(text, "Frigivet") || !strings.Contains(text, "slettet inden for en time") {
		t.Errorf("it says %q", text)
	}
	boss.open("/bevislaase")
	boss.accessible("all locks")
	boss.fits("all locks")
}
