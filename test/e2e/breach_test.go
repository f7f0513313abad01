package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// Somebody finds a camera that looks where it must not, and says so: the 72 hours
// run. The owner's call stops it within a second; IT and the data protection
// officer are told; it is judged, written down for Datatilsynet, and goes on only
// when that is decided.
func TestUnlawfulRecordingIsStopped(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-2")
	s := newSite(t)
	ctx := t.Context()
	birthe := must[identity.Person](t)(s.people.Create(ctx, identity.NewAccount{Login: "birthe", Name: "Birthe Kjær", Controller: controller, Roles: []string{string(access.Manager)}, Password: password}, ""))
	if err := s.register.Hold(ctx, register.Holder{ID: "birthe", Controller: controller, Location: school, Body: "manager", Person: birthe.ID, Name: birthe.Name}); err != nil {
		t.Fatal(err)
	}
	s.addCamera(cameraEntrance, school, "Hovedindgang", s.camera(testcam.Small), true)
	halt := s.run(6)
	s.until("it records", func() bool { return s.recorded(cameraEntrance) >= 3 })
	halt()
	s.run(1)
	const here, wrong = "/kameraer/" + cameraEntrance, "Kameraet er drejet, så det ser ind i naboens have."

	jonas := newBrowser(t, s.url)
	jonas.logIn("jonas")
	jonas.open("/brud/meld")
	jonas.accessible("where anybody reports")
	jonas.fillForm(values{"slags": {"surveillance"}, "sted": {school}, "ord": {wrong}})
	jonas.arrives(submit, "it is reported", said("brud-meldt"))

	owner := newBrowser(t, s.url)
	owner.logIn("birthe")
	owner.open(here)
	owner.click("#stop-og-meld")
	owner.wait("the call to IT", `document.getElementById('grund') !== null`)
	owner.accessible("the call to IT")
	owner.fill("#grund", wrong)
	called := time.Now()
	owner.click(submit)
	s.until("the recorder has stopped it", func() bool {
		return must[engineapi.InForce](t)(s.engine.Permit(ctx, cameraEntrance)).Stop != ""
	})
	if took := time.Since(called); took > time.Second {
		t.Errorf("it went on for %s after the call", took)
	}
	owner.wait("it is reported and stopped", said("brud-meldt"))

	dpo := newBrowser(t, s.url)
	dpo.logIn("mette")
	dpo.open("/brud")
	dpo.accessible("the list of breaches")
	if text := dpo.text("main"); !strings.Contains(text, "B-2026-001") || !strings.Contains(text, "De 72 timer slutter") {
		t.Errorf("the clock of what another found: %s", text)
	}
	it := newBrowser(t, s.url)
	it.logIn("soeren")
	it.open("/brud")
	it.do(evalNow(`[...document.querySelectorAll('main a')].find(a => a.textContent.includes('B-2026-002')).click()`))
	it.wait("the case", `/^\/brud\/[0-9a-f]{8,}/.test(location.pathname)`)
	at := eval[string](it, `location.pathname`)
	for _, name := range []string{"IT har fået meldingen", "Optagelse og al brug er stoppet", "Birthe Kjær"} {
		if text := it.text("main"); !strings.Contains(text, name) {
			t.Errorf("the case lacks %q: %s", name, text)
		}
	}
	it.accessible("the case")
	it.open(at + "/kontakt")
	it.fillForm(values{"hvordan": {"phone"}})
	it.arrives(submit, "the officer is spoken with", said("brud-kontakt"))

	dpo.open(at + "/vurdering")
	dpo.accessible("the judgement")
	dpo.fillForm(values{"risiko": {"some"}, "ord": {"Naboens have kunne ses i flere dage, og børn leger der."}})
	dpo.arrives(submit, "it is judged", said("brud-vurderet"))
	dpo.open(at + "/oplysninger")
	dpo.fillForm(values{"konsekvenser": {"Naboen kan føle sig overvåget i sin egen have."}})
	dpo.arrives(submit, "it is written down", said("brud-oplysninger"))
	dpo.open(at + "/anmeldelse")
	dpo.accessible("what is notified")
	if text := dpo.text("main"); !strings.Contains(text, wrong) || !strings.Contains(text, "Naboen kan føle sig overvåget") {
		t.Errorf("the notification says %s", text)
	}

	dpo.open(at + "/genstart")
	dpo.fillForm(values{"genstart": {"ja"}, "hjemmel": {"Sag 2026-014"}, "ord": {"Vinklen er rettet og kontrolleret."}})
	dpo.arrives(submit, "the restart is decided", said("brud-genstart"))
	karen := newBrowser(t, s.url)
	karen.logIn("karen")
	karen.open(here)
	karen.click("#genstart-kamera")
	karen.wait("the reason is asked", `document.getElementById('grund') !== null`)
	karen.fill("#grund", "Kameraet er drejet og kontrolleret.")
	karen.click("main button[type=submit]")
	s.until("the camera goes on", func() bool {
		return must[engineapi.InForce](t)(s.engine.Permit(ctx, cameraEntrance)).Stop == ""
	})
	for _, b := range []*browser{jonas, owner, dpo, it, karen} {
		b.quiet("the breach")
	}
}
