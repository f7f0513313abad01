package e2e

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// Somebody who is shut out in the municipality's Active Directory loses the
// picture that runs before them within five minutes. With VIDNE_LONG=1 the
// minutes are real ones.
func TestShutOutOfSambaEndsWhatPlays(t *testing.T) {
	req.Shows(t, "ID-4")
	dc := directorytest.SambaDC(t)
	const secret = "Regnvejr-i-november-7"
	dc.Tool(t, "user", "create", "eva", secret, "--given-name=Eva", "--surname=Lykke")
	dc.Tool(t, "group", "add", "Vidne-Ansatte")
	dc.Tool(t, "group", "addmembers", "Vidne-Ansatte", "eva")

	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	domain := must[*directory.Domain](t)(directory.New(dc.Config(
		directory.Group{DN: "CN=Vidne-Ansatte,CN=Users,DC=lindeby,DC=example", Roles: []string{"applicant"}}), s.clk, enginetest.Log()))
	domains := directory.Domains{domain}
	s.elsewhere = domains
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	f := s.film()

	// The right to look comes from a form, never from the directory's groups.
	_, eva, err := s.people.LogIn(t.Context(), "eva", secret, "", identity.Whence{Address: netip.MustParseAddr("127.0.0.1"), Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.rights.InForce(t.Context(), controller, eva.ID, school); err != nil {
		t.Fatal(err)
	}
	s.persons["eva"], f.looker = eva, "eva"

	b := newBrowser(t, s.url)
	b.open("/log-ind")
	b.fill("#navn", "eva")
	b.fill("#adgangskode", secret)
	b.click("main button[type=submit]")
	b.wait("eva is logged in", `location.pathname === '/min-side'`)
	b.openRoom(f, cameraEntrance, f.begin, f.end)
	b.do(setSelect("#hastighed", "0.25")) // so that it lasts for more than five minutes
	b.press(" ")
	const playing = `document.getElementById('rum').dataset.state === 'playing'`
	b.wait("it plays", playing)

	minutes := func() {
		s.clk.Advance(time.Minute)
	}
	if os.Getenv("VIDNE_LONG") != "" { // the site's clock runs as fast as the wall's
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		minutes = func() { <-tick.C }
	}
	recheck := func() {
		t.Helper()
		minutes()
		if err := s.people.Recheck(t.Context(), domains.Sources()); err != nil {
			t.Fatal(err)
		}
	}
	recheck()
	if !eval[bool](b, playing) {
		t.Fatal("it stopped before anybody was shut out")
	}
	dc.Tool(t, "user", "disable", "eva")
	from := s.clk.Now()
	for s.entries("session.shut") == 0 && s.clk.Now().Sub(from) < identity.ShutOutWithin {
		recheck()
	}
	b.wait("the picture is gone", `document.getElementById('rum').dataset.state === 'cut'`)
	took := s.clk.Now().Sub(from)
	t.Logf("shut out after %v", took.Round(time.Second))
	if took > identity.ShutOutWithin {
		t.Errorf("it played on for %v", took)
	}
	b.open("/min-side")
	b.wait("the session is over", `document.getElementById('navn') !== null`)
}
