package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/internal/testcam"
)

// A theft in one business is seen by another's on the list: in the player, with
// nothing to take out, on record for both, and gone the moment that it is
// stopped.
func TestWhatIsSharedIsSeenInsideAndNowhereElse(t *testing.T) {
	req.Shows(t, "EVID-9")
	s := newSite(t)
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const shop = "kadence-kasse"
	for id, logins := range map[string][]string{"kadence": {"ole", "vera"}, "svea": {"siv"}} {
		ok(s.register.AddController(ctx, register.Controller{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Kind: register.Business, Contact: "Havnen 1", DPO: "post@example.dk"}, ""))
		ok(s.register.AddLocation(ctx, register.Location{ID: id + "-by", Controller: id, Name: id, Address: "Havnen 1"}, ""))
		for _, l := range logins {
			s.persons[l] = must[identity.Person](t)(s.people.Create(ctx, identity.NewAccount{Login: l, Name: strings.ToUpper(l[:1]) + l[1:], Controller: id, Roles: []string{string(access.Coordinator)}, Password: password}, ""))
		}
	}
	ok(s.register.AddCamera(ctx, register.Camera{ID: shop, Controller: "kadence", Location: "kadence-by", Name: "Kassen", BasisID: "gdpr-6-1-f", Engine: engineID}, ""))
	cam := s.camera(testcam.Small)
	head := permit.Head{Controller: "kadence", Engine: engineID, By: "p-set-up"}
	s.issue(&permit.Camera{Head: head, Camera: shop, Name: "Kassen", Place: "kadence-by", URL: cam.URL(), Transport: permit.TransportTCP, Sealed: []byte{}})
	s.issue(&permit.Permit{Head: head, Camera: shop, Stream: engine.Stream, Hours: enginetest.Always(), RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "x", Case: "2026-001",
		ValidFrom: s.clk.Now().Add(-time.Hour), ValidTo: s.clk.Now().AddDate(1, 0, 0), Text: "x"})
	halt := s.run(6)
	s.until("it records", func() bool { return s.recorded(shop) >= 30 })
	halt()
	from := s.clk.Now().Add(-25 * time.Second).Truncate(time.Second)
	to := from.Add(15 * time.Second)
	halt = s.run(60)
	s.until("it is old enough to be looked at", func() bool { return s.clk.Now().Sub(to) > 7*time.Minute })
	halt()
	s.run(1)

	who := func(l string) sharing.Who {
		p := s.persons[l]
		return sharing.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
	}
	by := incident.Who(who("ole"))
	i := must[incident.Incident](t)(s.incidents.Begin(ctx, "kadence-by", incident.Account{What: "Tyveri fra kassen", From: from, To: to}, by))
	must[incident.Incident](t)(s.incidents.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Kassen er brudt op"}, by))
	must[incident.Incident](t)(s.incidents.Name(ctx, i.ID, incident.Wish{Need: "Se, hvem der tog pengene", Cameras: []string{shop}, From: from, To: to}, by))
	must[incident.Incident](t)(s.incidents.SayMinors(ctx, i.ID, false, time.Time{}, "", by))
	room := s.sharing
	sys := must[sharing.System](t)(room.Save(ctx, sharing.System{Name: "Centrenes deling", Others: true, Owner: "Vera", Assessors: []sharing.Assessor{{Person: s.persons["vera"].ID, Qualification: "Tidligere politiassistent"}},
		Members: []sharing.Member{{Person: s.persons["siv"].ID}}, Permission: sharing.Permission{Journal: "2026-32-0117", Issued: s.clk.Now().Add(-time.Hour), Expires: s.clk.Now().AddDate(1, 0, 0), Terms: "Højst ti personer", Document: "d"}}, who("ole")))
	x := must[sharing.Share](t)(room.Ask(ctx, i.ID, sharing.Case{System: sys.ID, Cameras: []string{shop}, From: from, To: to, Offence: "theft", Presume: "Han bryder skuffen op", Grave: "Der blev taget 14.000 kr.", Reported: s.clk.Now(),
		Journal: "4600-70121-00417-26", Reasons: "Set ved Sveas to andre centre", Until: s.clk.Now().AddDate(0, 0, 7)}, who("ole")))

	// The assessor sees it before they answer.
	vera := newBrowser(t, s.url)
	vera.logIn("vera")
	vera.open("/deling/" + x.ID)
	vera.accessible("what is to be assessed")
	vera.fits("what is to be assessed")
	vera.click(`form[action="/deling/` + x.ID + `/se"] button`)
	vera.wait("the assessor sees it", `document.getElementById('delt')?.dataset.state === 'ready'`)
	vera.open("/deling/" + x.ID + "/svar")
	vera.accessible("the assessment")
	vera.click(`input[name=svar][value=ja]`)
	vera.fill("#ord", "Alle fire betingelser er opfyldt")
	vera.click(`main form button[type=submit]`)
	vera.wait("it is assessed", `location.pathname === `+quote("/deling/"+x.ID))

	siv := newBrowser(t, s.url)
	siv.logIn("siv")
	siv.open("/delt")
	siv.accessible("what is shared with me")
	siv.fits("what is shared with me")
	siv.click(`main a[href="/delt/` + x.ID + `"]`)
	siv.wait("what it is", `location.pathname === `+quote("/delt/"+x.ID))
	siv.click(`form[action="/delt/` + x.ID + `/se"] button`)
	siv.wait("the player", `document.getElementById('delt')?.dataset.state === 'ready'`)
	siv.accessible("the player")
	siv.fits("the player")
	siv.click("#afspil")
	siv.wait("it plays", `Number(document.getElementById('delt').dataset.shown ?? 0) > `+strconv.FormatInt(from.Add(2*time.Second).UnixMilli(), 10))
	if out := eval[string](siv, `[...document.querySelectorAll('main a[download], main video[src^="http"], main a[href*="still"]')].map((e) => e.outerHTML).join()`); out != "" {
		t.Errorf("something to take out: %s", out)
	}
	if n := s.entries("sharing.looked"); n != 3 { // the assessor's, and one look for both
		t.Errorf("%d entries of looks", n)
	}
	must[sharing.Share](t)(room.Stop(ctx, x.ID, "Politiet har fundet manden", who("ole")))
	siv.wait("it is gone", `document.getElementById('delt').dataset.state === 'cut' && document.getElementById('billede').getAttribute('src') === null`)
	siv.accessible("after the end")
	siv.open("/delt/" + x.ID)
	if text := siv.text("main"); !strings.Contains(text, "Kan ikke ses") {
		t.Errorf("it says %q", text)
	}
}
