package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// Somebody of the municipality's own Active Directory logs in, works, and is
// shut out there.
func TestActiveDirectoryStory(t *testing.T) {
	req.Shows(t, "ID-4")
	dc := directorytest.SambaDC(t)
	const secret = "Regnvejr-i-november-7"
	dc.Tool(t, "user", "create", "ida", secret, "--given-name=Ida", "--surname=Lykke")
	for _, g := range []string{"Vidne-Koordinatorer", "Sikkerhedsstaben"} {
		dc.Tool(t, "group", "add", g)
	}
	dc.Tool(t, "group", "addmembers", "Vidne-Koordinatorer", "Sikkerhedsstaben")
	dc.Tool(t, "group", "addmembers", "Sikkerhedsstaben", "ida")
	dc.Tool(t, "user", "create", "bo", secret) // in no group of ours

	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	domain := must[*directory.Domain](t)(directory.New(dc.Config(
		directory.Group{DN: "CN=Vidne-Koordinatorer,CN=Users,DC=lindeby,DC=example", Roles: []string{"coordinator"}}), s.clk, enginetest.Log()))
	domains := directory.Domains{domain}
	s.elsewhere = domains
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()

	b := newBrowser(t, s.url)
	try := func(login, password string) {
		t.Helper()
		b.open("/log-ind")
		b.fill("#navn", login)
		b.fill("#adgangskode", password)
		b.click("main button[type=submit]")
	}
	refused := func(login, password string, words ...string) {
		t.Helper()
		try(login, password)
		b.wait(login+" is refused", `document.getElementById('refused') !== null`)
		for _, w := range words {
			if text := b.text("#refused"); !strings.Contains(text, w) {
				t.Errorf("%s reads %q, without %q", login, text, w)
			}
		}
	}
	// A name that nobody has, and a wrong password, read the same.
	refused("ida", "forkert")
	wrong := b.text("#refused")
	refused("nobody", "forkert")
	if got := b.text("#refused"); got != wrong || !strings.Contains(got, "forkert") {
		t.Errorf("an unknown name reads %q, a wrong password %q", got, wrong)
	}
	refused("*", secret)
	if got := b.text("#refused"); got != wrong {
		t.Errorf("a star reads %q", got)
	}
	refused("bo", secret, "grupper")
	b.accessible("refused")
	b.fits("refused")

	try("ida", secret)
	b.wait("she is logged in", `location.pathname === '/min-side'`)
	if text := b.text("body"); !strings.Contains(text, "Ida Lykke") {
		t.Errorf("the front page does not know her: %.300q", text)
	}
	b.open("/min-konto")
	b.accessible("her account")

	// She works for a while; every minute the directory is asked.
	minute := func() {
		t.Helper()
		s.clk.Advance(time.Minute)
		if err := s.people.Recheck(t.Context(), domains.Sources()); err != nil {
			t.Fatal(err)
		}
	}
	for range 7 {
		minute()
	}
	b.open("/min-side")
	b.wait("she is still in", `location.pathname === '/min-side' && document.getElementById('navn') === null`)

	dc.Tool(t, "user", "disable", "ida")
	for range 5 {
		minute()
	}
	b.open("/min-side")
	b.wait("her session is over", `document.getElementById('navn') !== null`)
	if s.entries("session.shut") != 1 {
		t.Errorf("%d entries say so", s.entries("session.shut"))
	}
	s.clk.Advance(time.Hour) // the wrong passwords above are forgotten
	refused("ida", secret, "spærret")

	// Back again, and then the directory goes away: she is told so.
	dc.Tool(t, "user", "enable", "ida")
	try("ida", secret)
	b.wait("she is in again", `location.pathname === '/min-side'`)
	dc.Pause(t)
	defer dc.Resume(t)
	s.clk.Advance(identity.ShutOutWithin)
	b.open("/min-side")
	b.wait("nobody confirmed her", `document.getElementById('navn') !== null`)
	if text := b.text("main"); !strings.Contains(text, "ikke har bekræftet") {
		t.Errorf("it does not say why: %q", text)
	}
	if err := s.people.Recheck(t.Context(), domains.Sources()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("asking a directory that is away: %v", errors.Unwrap(err))
	}
	b.accessible("logged out")
}
