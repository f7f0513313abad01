package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// A citizen scans a sign with a phone: reads the page in their language, says
// that the sign is torn, and asks for access. The place sees the report, and the
// code that was printed leads to the page.
func TestACitizenScansTheSign(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-1", "INFO-2", "INFO-5", "GOV-5")
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	s.addCamera(cameraEntrance, school, "Hovedindgang", nil, true)
	if err := s.notices.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	public, ok := s.notices.Of(controller, school)
	if !ok {
		t.Fatal("the school has no page")
	}
	here := "/s/" + public.Code

	b := newBrowser(t, s.url)
	b.size(390, 844)
	for _, lang := range notice.Languages() {
		for _, path := range []string{here, here + "/boern", here + "/anmod", here + "/meld", "/overvaagning"} {
			b.open(path + "?sprog=" + lang)
			b.accessible(path + " in " + lang)
			b.fits(path + " in " + lang)
		}
	}
	b.shot("offentlig-oversigt-390")
	if n := eval[int](b, `document.scripts.length + performance.getEntriesByType('resource').filter(r => new URL(r.name).origin !== location.origin).length + document.cookie.length`); n != 0 {
		t.Errorf("the public pages have %d scripts, cookies or things from elsewhere", n)
	}

	submit := `main form button[type=submit]`
	b.open(here + "?sprog=da")
	b.shot("offentlig-side-390")
	if text := b.text("main"); !strings.Contains(text, "14 dage") || !strings.Contains(text, "Nej, der optages ikke lyd") {
		t.Errorf("the page says %q", text)
	}
	b.click(`a[href^="` + here + `/meld"]`)
	b.wait("the form to report with", `document.getElementById('hvor') !== null`)
	b.click(submit)
	b.wait("it says what is missing", `document.querySelector('[role=alert] a[href="#hvor"]') !== null`)
	b.accessible("what is missing")
	b.click(`input[name=hvad][value=torn]`)
	b.fill("#hvor", "Ved døren mod gården")
	b.click(submit)
	b.wait("it is received", `document.querySelector('[role=status]') !== null`)
	b.accessible("the report's receipt")

	b.open(here + "/anmod?sprog=da")
	b.fill("#navn", "Ida Holm")
	b.fill("#kontakt", "ida@example.dk")
	b.fill("#dag", s.clk.Now().In(denmark()).Format(time.DateOnly))
	b.fill("#fra", "10:00")
	b.fill("#til", "10:20")
	b.fill("#udseende", "Rød jakke og en barnevogn")
	b.click(submit)
	b.wait("the request has a number", `/A-\d{4}-\d{3}/.test(document.querySelector('[role=status]')?.innerText ?? '')`)

	place := newBrowser(t, s.url)
	place.logIn("karen")
	place.open("/steder/" + school + "/skilte")
	place.accessible("the place's signs")
	place.fits("the place's signs")
	place.shot("skilte-1366")
	if text := place.text("main"); !strings.Contains(text, "Ved døren mod gården") {
		t.Errorf("the place does not see the report: %q", text)
	}
	for _, file := range []string{"skilt-a4.pdf", "opslag-a3-uk.pdf", "tekst-ar.html", "tekst-da.docx"} {
		if code := eval[int](place, `fetch(`+quote("/steder/"+school+"/skilte/print/"+file)+`).then(r => r.status)`); code != http.StatusOK {
			t.Errorf("%s: %d", file, code)
		}
	}
	for _, path := range []string{"/anmodninger", "/skilte"} {
		place.open(path)
		place.accessible(path)
	}
}
