package sharing_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/lawdata"
)

const hour = time.Hour

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is two businesses and a municipality, each with a camera, and people.
type bench struct {
	*sharing.Room
	t      *testing.T
	clk    *clock.Fake
	log    *ledger.Log
	of     *incident.Room
	people map[string]identity.Person
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start.Add(-48 * hour)), people: map[string]identity.Person{}}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	key, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	issue, err := issuer.Open(ctx, d, b.log, key, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: b.clk})
	must(t, err)
	b.of, err = incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: b.clk, Grants: grants, Register: reg, Issuer: issue, Law: book})
	must(t, err)
	for id, kind := range map[string]string{"kadence": register.Business, "svea": register.Business, "lindeby": register.Municipality} {
		must(t, reg.AddController(ctx, register.Controller{ID: id, Name: id, Kind: kind}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: id + "-by", Controller: id, Name: id}, ""))
	}
	for id, c := range map[string]struct {
		controller, basis string
		class             permit.Class
	}{"kasse": {"kadence", "gdpr-6-1-f", permit.ClassCrime}, "sal": {"kadence", "gdpr-6-1-f", permit.ClassOther}, "stadion": {"kadence", "2-4", permit.ClassCrime}, "torv": {"lindeby", "2a", permit.ClassSafety}} {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: c.controller, Location: c.controller + "-by", Name: id, BasisID: c.basis, Engine: "engine-1"}, ""))
		h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
		for i := range h.Week {
			h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
		}
		p := &permit.Permit{Head: permit.Head{Controller: c.controller, Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: c.class, Basis: "x", Case: "2026-001",
			ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "x"}
		if c.class != permit.ClassCrime {
			p.LongestHoldHours = 720
		}
		_, err := issue.Issue(ctx, nil, p)
		must(t, err)
	}
	for login, controller := range map[string]string{"ole": "kadence", "vera": "kadence", "nora": "kadence", "siv": "svea", "per": "svea", "karen": "lindeby"} {
		b.people[login], err = people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: controller, Roles: []string{"coordinator"}, Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
	}
	b.clk.Advance(48 * hour)
	b.Room, err = sharing.Open(ctx, sharing.Config{DB: d, Ledger: b.log, Clock: b.clk, Incidents: b.of, Issuer: issue, Register: reg, People: people, Law: book, Engine: "engine-1"})
	must(t, err)
	return b
}

func (b *bench) who(login string) sharing.Who {
	p := b.people[login]
	return sharing.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

func (b *bench) refused(err error, kind fault.Kind, key string) {
	b.t.Helper()
	if !fault.Is(err, kind) || fault.Key(err) != key {
		b.t.Errorf("%v, wanted %s", err, key)
	}
}

// system is one with the other business, under a permission for two weeks.
func (b *bench) system() sharing.System {
	return sharing.System{Name: "Centrenes deling", Others: true, Owner: "Vera, sikkerhedschef", Assessors: []sharing.Assessor{{Person: b.people["vera"].ID, Qualification: "Sikkerhedschef, tidligere politiassistent"}},
		Members:    []sharing.Member{{Person: b.people["siv"].ID}, {Person: b.people["nora"].ID}},
		Permission: sharing.Permission{Journal: "2026-32-0117", Issued: start.Add(-24 * hour), Expires: start.Add(14 * 24 * hour), Terms: "Højst ti personer, adgang i 14 dage", Document: "doc-1"}}
}

// incident is a theft with its scope, minors looked for and none seen.
func (b *bench) incident(login string, cameras ...string) incident.Incident {
	b.t.Helper()
	ctx, who := b.t.Context(), incident.Who(b.who(login))
	i, err := b.of.Begin(ctx, who.Controller+"-by", incident.Account{What: "Tyveri fra kassen", From: start.Add(-2 * hour), To: start.Add(-hour)}, who)
	must(b.t, err)
	_, err = b.of.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Kassen er brudt op"}, who)
	must(b.t, err)
	_, err = b.of.Name(ctx, i.ID, incident.Wish{Need: "Se, hvem der tog pengene", Cameras: cameras, From: start.Add(-2 * hour), To: start.Add(-hour)}, who)
	must(b.t, err)
	i, err = b.of.SayMinors(ctx, i.ID, false, time.Time{}, "", who)
	must(b.t, err)
	return i
}

func (b *bench) grounds(system, camera string) sharing.Case {
	return sharing.Case{System: system, Cameras: []string{camera}, From: start.Add(-90 * time.Minute), To: start.Add(-80 * time.Minute), Offence: "theft", Presume: "Han bryder skuffen op og tager pengene",
		Grave: "Der blev taget 14.000 kr.", Reported: start, Journal: "4600-70121-00417-26", Reasons: "Samme mand er set ved Sveas to andre centre i ugen op til", Until: start.Add(7 * 24 * hour)}
}

// The four conditions, the permission, and the two that see it: within the
// system, each look on record for both businesses, and none after the end.
func TestFootageIsSharedUnderAllFourConditions(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-9")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		sys, err := b.Save(ctx, b.system(), b.who("ole"))
		must(t, err)
		i := b.incident("ole", "kasse", "sal", "stadion")
		for key, change := range map[string]func(*sharing.Case){
			"sharing.offence":  func(c *sharing.Case) { c.Offence = "littering" },
			"sharing.presume":  func(c *sharing.Case) { c.Presume = "Ham" },
			"sharing.grave":    func(c *sharing.Case) { c.Grave = "" },
			"sharing.reported": func(c *sharing.Case) { c.Reported = start.Add(24 * hour) },
			"sharing.journal":  func(c *sharing.Case) { c.Journal = "på vej" },
			"sharing.reasons":  func(c *sharing.Case) { c.Reasons = "måske" },
			"sharing.until":    func(c *sharing.Case) { c.Until = start.Add(20 * 24 * hour) }, // past the permission
			"sharing.beyond":   func(c *sharing.Case) { c.To = start.Add(-30 * time.Minute) },
		} {
			c := b.grounds(sys.ID, "kasse")
			change(&c)
			_, err := b.Ask(ctx, i.ID, c, b.who("ole"))
			b.refused(err, fault.Invalid, key)
		}
		// Reported the day before the crime is no report of it.
		early := b.grounds(sys.ID, "kasse")
		early.Reported = start.Add(-24 * hour)
		_, err = b.Ask(ctx, i.ID, early, b.who("ole"))
		b.refused(err, fault.Invalid, "sharing.reported")
		for _, camera := range []string{"sal", "stadion"} { // not against crime; § 2 stk. 4
			_, err := b.Ask(ctx, i.ID, b.grounds(sys.ID, camera), b.who("ole"))
			b.refused(err, fault.Denied, "sharing.law")
		}
		s, err := b.Ask(ctx, i.ID, b.grounds(sys.ID, "kasse"), b.who("ole"))
		must(t, err)
		_, err = b.Look(ctx, s.ID, b.who("siv"))
		b.refused(err, fault.NotFound, "sharing.unknown")
		_, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", s.Seal(), b.who("ole"))
		b.refused(err, fault.Denied, "sharing.own")
		_, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", s.Seal(), b.who("nora"))
		b.refused(err, fault.Denied, "sharing.assessor")
		// Who tried what, and why it was refused, is in the log.
		for who, why := range map[string]string{"ole": "sharing.own", "nora": "sharing.assessor"} {
			b.logged("sharing.denied", s.ID, b.people[who].ID, "answer", why)
		}
		_, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", "x", b.who("vera"))
		b.refused(err, fault.Conflict, "sharing.changed")
		_, err = b.Decide(ctx, s.ID, true, "", s.Seal(), b.who("vera"))
		b.refused(err, fault.Invalid, "sharing.answer")
		_, err = b.Look(ctx, s.ID, b.who("vera")) // to assess it
		must(t, err)
		s, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", s.Seal(), b.who("vera"))
		must(t, err)
		_, err = b.Look(ctx, s.ID, b.who("vera"))
		b.refused(err, fault.NotFound, "sharing.unknown")

		l, err := b.Look(ctx, s.ID, b.who("siv"))
		must(t, err)
		if len(l.Ticket) == 0 || l.Expires.Sub(l.Opened) != sharing.LookFor {
			t.Errorf("%+v", l)
		}
		_, err = b.Look(ctx, s.ID, b.who("per")) // of the same business, and not on the list
		b.refused(err, fault.NotFound, "sharing.unknown")
		_, err = b.Own(ctx, b.people["nora"].ID, l.ID)
		b.refused(err, fault.NotFound, "sharing.unknown")
		if of := b.looked(); of["kadence"] != 2 || of["svea"] != 1 {
			t.Errorf("the look stands on record for %v", of)
		}
		if all, err := b.With(ctx, b.people["siv"].ID); err != nil || len(all) != 1 {
			t.Errorf("%d shared with Siv, %v", len(all), err)
		}
		if all, err := b.Looks(ctx, "kadence", s.ID); err != nil || len(all) != 2 || len(all[0].Ticket) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		_, err = b.Looks(ctx, "svea", s.ID)
		b.refused(err, fault.NotFound, "sharing.unknown")
		// Taken off the list, or out of the system, they see nothing more.
		less := sys
		less.Members = sys.Members[1:]
		_, err = b.Save(ctx, less, b.who("ole"))
		must(t, err)
		_, err = b.Look(ctx, s.ID, b.who("siv"))
		b.refused(err, fault.Denied, "sharing.member")
		b.logged("sharing.denied", s.ID, b.people["siv"].ID, "look", "sharing.member")
		_, err = b.Look(ctx, s.ID, b.who("nora"))
		must(t, err)
		b.clk.Advance(7 * 24 * hour)
		_, err = b.Look(ctx, s.ID, b.who("nora"))
		b.refused(err, fault.Denied, "sharing.state.ended")
	})
}

// logged wants one entry of a kind in the ledger that holds each of the words.
func (b *bench) logged(kind string, words ...string) {
	b.t.Helper()
	all, err := b.log.Find(b.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(b.t, err)
	n := 0
	for _, e := range all {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(string(e.Body), `"`+w+`"`) }) {
			n++
		}
	}
	if n != 1 {
		b.t.Errorf("%d entries %s with %v among %d", n, kind, words, len(all))
	}
}

// looked counts the entries of looks by the business that they are for.
func (b *bench) looked() map[string]int {
	b.t.Helper()
	all, err := b.log.Entries(b.t.Context(), 0, 1000)
	must(b.t, err)
	out := map[string]int{}
	for _, e := range all {
		var body struct{ Controller string }
		must(b.t, json.Unmarshal(e.Body, &body))
		if e.Kind == "sharing.looked" {
			out[body.Controller]++
		}
	}
	return out
}

// A system is closed: few persons, a qualified assessor, with other businesses a
// permission that has not run out; and no authority has one.
// A breach that stops or bars cameras takes back what others see of them, and
// nothing else: whoever looks is refused the next time that it is asked.
func TestABreachTakesBackWhatIsShared(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-2", "EVID-9")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		sys, err := b.Save(ctx, b.system(), b.who("ole"))
		must(t, err)
		i := b.incident("ole", "kasse", "sal", "stadion")
		share := func() sharing.Share {
			s, err := b.Ask(ctx, i.ID, b.grounds(sys.ID, "kasse"), b.who("ole"))
			must(t, err)
			return s
		}
		s, asked := share(), share()
		_, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", s.Seal(), b.who("vera"))
		must(t, err)
		_, err = b.Look(ctx, s.ID, b.who("siv"))
		must(t, err)
		back := func(camera string, since time.Time) {
			must(t, d.Write(ctx, func(tx *db.Tx) error { return b.Withdraw(ctx, tx, []string{camera}, since, "B-2026-001", b.who("ole")) }))
		}
		back("sal", time.Time{})
		back("kasse", s.To) // unlawful since after what is shared
		_, err = b.MayLook(ctx, s.ID, b.who("siv"))
		must(t, err)
		back("kasse", s.From.Add(time.Minute))
		_, err = b.MayLook(ctx, s.ID, b.who("siv"))
		b.refused(err, fault.Denied, "sharing.state.stopped")
		_, err = b.Look(ctx, s.ID, b.who("siv"))
		b.refused(err, fault.Denied, "sharing.state.stopped")
		_, err = b.Decide(ctx, asked.ID, true, "Alle betingelser er opfyldt", asked.Seal(), b.who("vera"))
		b.refused(err, fault.Conflict, "sharing.state.stopped")
		if s, err = b.Get(ctx, "kadence", s.ID); err != nil || s.StopWhy != "B-2026-001" || s.StopName == "" {
			t.Errorf("stopped by %q for %q, %v", s.StopName, s.StopWhy, err)
		}
		found, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"sharing.stopped"}})
		must(t, err)
		if len(found) != 2 {
			t.Errorf("%d entries of two that were stopped", len(found))
		}
	})
}

func TestASystemIsClosed(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-9")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	for key, change := range map[string]func(*sharing.System){
		"sharing.name":          func(s *sharing.System) { s.Name = "" },
		"sharing.owner":         func(s *sharing.System) { s.Owner = "" },
		"sharing.assessors":     func(s *sharing.System) { s.Assessors = nil },
		"sharing.qualification": func(s *sharing.System) { s.Assessors[0].Qualification = "Chef" },
		"sharing.members":       func(s *sharing.System) { s.Members = nil },
		"sharing.own-members":   func(s *sharing.System) { s.Others = false },
		"sharing.permission":    func(s *sharing.System) { s.Permission.Journal = "" },
		"sharing.terms":         func(s *sharing.System) { s.Permission.Terms = "" },
		"sharing.document":      func(s *sharing.System) { s.Permission.Document = "" },
		"sharing.expires":       func(s *sharing.System) { s.Permission.Expires = start },
		"sharing.person":        func(s *sharing.System) { s.Members[0].Person = "nobody" },
	} {
		s := b.system()
		change(&s)
		_, err := b.Save(ctx, s, b.who("ole"))
		b.refused(err, fault.Invalid, key)
	}
	_, err := b.Save(ctx, b.system(), b.who("karen"))
	b.refused(err, fault.Denied, "sharing.business")
	with := b.system()
	with.Members = append(with.Members, sharing.Member{Person: b.people["karen"].ID})
	_, err = b.Save(ctx, with, b.who("ole"))
	b.refused(err, fault.Denied, "sharing.business")

	// When the permission ends, what is shared ends with it.
	sys, err := b.Save(ctx, b.system(), b.who("ole"))
	must(t, err)
	c := b.grounds(sys.ID, "kasse")
	i := b.incident("ole", "kasse")
	s, err := b.Ask(ctx, i.ID, c, b.who("ole"))
	must(t, err)
	_, err = b.Decide(ctx, s.ID, true, "Alle betingelser er opfyldt", s.Seal(), b.who("vera"))
	must(t, err)
	sys.Permission.Expires = start.Add(48 * hour)
	_, err = b.Save(ctx, sys, b.who("ole"))
	must(t, err)
	b.clk.Advance(49 * hour)
	_, err = b.Look(ctx, s.ID, b.who("siv"))
	b.refused(err, fault.Denied, "sharing.permission-expired")
	_, err = b.Stop(ctx, s.ID, "Tilladelsen er udløbet", b.who("ole"))
	must(t, err)
	_, err = b.Look(ctx, s.ID, b.who("siv"))
	b.refused(err, fault.Denied, "sharing.state.stopped")
}
