package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// A right to look from the first ask until nobody stands by it any more, each
// person at the browser in turn.
func TestARightIsAskedForGivenAndLapses(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-2", "ID-3", "VIEW-5")
	s := newSite(t)
	s.addCamera(cameraYard, yard, "Porten", nil, false)
	for _, p := range []struct {
		login, name string
		roles       []string
	}{{"poul", "Poul Erik Bach", []string{string(access.Manager)}}, {"ida", "Ida Mørk", nil}} {
		s.persons[p.login] = must[identity.Person](t)(s.people.Create(t.Context(), identity.NewAccount{Login: p.login, Name: p.name, Controller: controller, Roles: p.roles, Password: password}, ""))
	}
	if err := s.register.Hold(t.Context(), register.Holder{ID: "h-poul", Controller: controller, Body: "manager", Location: yard, Person: s.persons["poul"].ID, Name: "Poul Erik Bach"}); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, s.url)
	as := func(login string) {
		t.Helper()
		b.do(network.ClearBrowserCookies())
		b.logIn(login)
	}
	send := func(what, then string) {
		t.Helper()
		b.click("main form[method=post] button[type=submit]")
		b.wait(what, `(document.querySelector('main')?.innerText ?? '').includes(`+quote(then)+`)`)
	}
	reads := func(what string, words ...string) {
		t.Helper()
		text := b.text("main")
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in\n%s", what, w, text)
			}
		}
	}
	seen := func(name string) {
		t.Helper()
		for _, width := range []int64{1366, 390} {
			b.size(width, 900)
			b.fits(name)
		}
		b.accessible(name)
		b.size(1366, 900)
		b.shot(name)
	}
	why := "/rettigheder/hvorfor?handling=view&kamera=" + cameraYard

	// Before: refused, with the reason and what to do.
	as("ida")
	b.open(why)
	reads("before", "Ida Mørk må ikke se optagelser", "intet autorisationsskema")
	seen("rettigheder-hvorfor-nej")
	b.open("/afspilning")
	reads("the refusal", "Din rolle giver ikke adgang")
	b.click(`main a[href^="/rettigheder/hvorfor"]`)
	b.wait("the refusal leads to its reason", `location.pathname === '/rettigheder/hvorfor'`)

	// Asked for.
	as("karen")
	b.open("/rettigheder/ny?sted=" + yard)
	seen("rettigheder-nyt")
	b.fillForm(values{"grund": {"Passer kameraerne på materielgården."}, "person": {""}, "steder": {yard}})
	send("what is missing is said", "Vælg en person.")
	if got := eval[string](b, `document.getElementById('grund').value`); !strings.Contains(got, "materielgården") {
		t.Errorf("what was typed is lost: %q", got)
	}
	b.fillForm(values{"person": {s.persons["ida"].ID}, "steder": {yard}})
	send("it is sent", "Skemaet er sendt til stedets ledelse")
	form := eval[string](b, `location.pathname`)

	// Approved by whoever answers for the place.
	as("poul")
	reads("the manager's own page", "Svar på autorisationsskema nr.")
	b.open(form)
	b.click(`main a[href$="/svar/` + yard + `"]`)
	b.wait("the answer is asked for", `document.querySelector('input[name=svar]') !== null`)
	seen("rettigheder-svar")
	b.fillForm(values{"svar": {"ja"}})
	send("it is approved", "Skemaet er godkendt for stedet")

	// Carried out by IT.
	as("soeren")
	reads("IT's own page", "Gennemfør autorisationsskema nr.")
	b.open(form)
	send("it is carried out", "Skemaet er gennemført")

	// Read and confirmed.
	as("ida")
	reads("the page of whoever is to look", "Læs og bekræft instruktionen")
	b.open("/rettigheder/instruks")
	seen("rettigheder-instruks")
	b.fillForm(values{"forstaaet": {"viewing", "passing"}})
	send("all four are wanted", "Bekræft alle fire punkter")
	b.fillForm(values{"forstaaet": {"viewing", "passing", "deletion", "passwords"}})
	send("it is read", "Instruktionen er læst og bekræftet")
	seen("rettigheder-mine")

	// Now she may, and everybody can see that she may.
	b.open(why)
	reads("now", "Ida Mørk må se optagelser", "Skema nr.", "permit (principal in Role::\"operator\"")
	b.open("/afspilning")
	if strings.Contains(b.text("main"), "giver ikke adgang") {
		t.Error("the one with the right is refused")
	}
	b.open("/kameraer/" + cameraYard)
	reads("the camera's page", "Ida Mørk", "Autorisationsskema nr.")
	b.open("/steder/" + yard)
	reads("the place's page", "Ida Mørk", "Autorisationsskema nr.")

	// Three weeks before half a year is over the manager is told, and does nothing.
	s.clk.Advance(start.AddDate(0, 6, -21).Sub(s.clk.Now()))
	as("poul")
	reads("the manager is told", "der snart bortfalder")
	b.open("/rettigheder/bekraeft")
	reads("what is to be confirmed", "Ida Mørk, Materielgården")
	seen("rettigheder-bekraeft")

	// It lapses by the clock, and the refusal says why.
	s.clk.Advance(22 * 24 * time.Hour)
	as("ida")
	b.open(why)
	reads("after half a year", "Ida Mørk må ikke se optagelser", "Bortfaldet", "Ledelsen bekræftede ikke skemaet")
	b.open("/afspilning")
	reads("the refusal", "giver ikke adgang")
	b.open("/kameraer/" + cameraYard)
	if strings.Contains(b.text("main"), "Ida Mørk. ") {
		t.Error("the camera's page still names her")
	}
	for kind, want := range map[string]int{"authorisation.asked": 2, "authorisation.approved": 2, "authorisation.carried-out": 2, "authorisation.read": 2} { // Jonas has one too
		if n := s.entries(kind); n != want {
			t.Errorf("%d entries %s, want %d", n, kind, want)
		}
	}
	b.quiet("the whole way")
}
