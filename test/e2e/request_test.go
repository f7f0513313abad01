package e2e

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// requestOfAPerson is somebody's request for access, from the mail that came to
// the letter that was sent, with the footage kept at the recorder meanwhile.
func requestOfAPerson(t *testing.T, f *film) {
	req.Shows(t, "GOV-5", "KEEP-4")
	submit := `main form button[type=submit]`
	b := newBrowser(t, f.url)
	b.logIn("karen")
	b.open("/anmodninger")
	b.accessible("all requests")
	b.fits("all requests")
	b.open("/anmodninger/ny")
	b.accessible("a new request")
	b.fits("a new request")
	b.fill("#navn", "Ida Holm")
	b.fill("#kontakt", "ida@example.dk")
	b.fill("#dato", page.FormDate(f.begin))
	b.fill("#fra", clockOf(f.begin))
	b.fill("#til", clockOf(f.begin.Add(20*time.Second)))
	b.fill("#kendes", "Rød jakke og en barnevogn")
	b.click(submit)
	b.wait("it wants to know how it came", `document.querySelector('.form-error-message, .alert-error, [role=alert]') !== null && document.getElementById('navn').value === 'Ida Holm'`)
	b.click(`input[name=hvordan][value=mail]`)
	b.click(`input[name=sprog][value=da]`)
	b.click(submit)
	b.wait("it is written down", `/^\/anmodninger\/[0-9a-f]+$/.test(location.pathname)`)
	here := eval[string](b, `location.pathname`)
	b.accessible("the request")
	b.fits("the request")
	if text := b.text("main"); !strings.Contains(text, "Optagelserne er holdt tilbage") || !strings.Contains(text, "Svar senest") {
		t.Errorf("it says %q", text)
	}
	f.until("the recorder keeps it", func() bool {
		all, err := f.engine.Holds(t.Context())
		if err != nil {
			return false
		}
		for _, h := range all {
			if h.Reason == string(permit.HoldRequest) && h.Segments > 0 {
				return true
			}
		}
		return false
	})
	b.open(here + "/identitet")
	b.accessible("who asks")
	b.click(`input[name=hvordan][value=digital]`)
	b.click(submit)
	b.wait("it is settled", `location.pathname === `+quote(here))
	for n := range 2 { // both cameras of the school recorded then
		b.open(here + "/vurdering")
		b.accessible("the assessment")
		b.fits("the assessment")
		if n == 0 {
			b.click(`input[name=udfald][value=refused]`)
			b.fill("#grund", "public")
			b.fill("#ord", "På netop de sekunder ses, hvor vagten gemmer nøglen til depotet.")
		} else {
			b.click(`input[name=udfald][value=nothing]`)
		}
		b.click(submit)
		b.wait("it is assessed", `location.pathname === `+quote(here))
	}
	b.open(here + "/svar")
	b.accessible("the letter")
	b.fits("the letter")
	letter := eval[string](b, `document.getElementById('brev').value`)
	for _, want := range []string{"Kære Ida Holm", "§ 22, stk. 2", "hvor vagten gemmer nøglen"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter lacks %q: %q", want, letter)
		}
	}
	b.click(submit)
	b.wait("it is answered", `location.pathname === `+quote(here)+` && document.querySelector('main').innerText.includes('Besvaret')`)
	b.accessible("what was answered")
	b.fits("what was answered")
	if kind := eval[string](b, `(async () => { const r = await fetch(document.querySelector('a[href$="/brev/0"]').href); return r.headers.get('Content-Type') + ' ' + new TextDecoder().decode((await r.arrayBuffer()).slice(0, 4)); })()`); kind != "application/pdf %PDF" {
		t.Errorf("the letter is %q", kind)
	}
}
