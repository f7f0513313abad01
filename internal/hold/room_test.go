package hold_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var (
	start   = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)
	cameras = map[string]permit.Class{"indgang": permit.ClassCrime, "hal": permit.ClassOther, "torv": permit.ClassSafety, "gaard": permit.ClassCrime}
	bases   = map[string]string{"indgang": "2d", "hal": "gdpr-6-1-e", "torv": "2c", "gaard": "2d"}
)

// bench is the room with what it stands on, and people around a school.
type bench struct {
	*hold.Room
	t      *testing.T
	clk    *clock.Fake
	log    *ledger.Log
	issuer *issuer.Issuer
	of     *incident.Room
	mails  *notifytest.Server
	notify *notify.Notifier
	people map[string]identity.Person
	first  time.Time // of the footage
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// set makes a bench whose statements are for an engine and go by deliver.
func set(t *testing.T, d *db.DB, clk *clock.Fake, key permit.Signer, controller, engine string, deliver issuer.Deliver) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clk, people: map[string]identity.Person{}}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, key, clk, deliver)
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: clk})
	must(t, err)
	b.of, err = incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: clk, Grants: grants, Register: reg, Issuer: b.issuer, Law: book})
	must(t, err)
	b.mails = notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.notify, err = notify.Open(ctx, d, clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: controller, Name: controller, Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: controller, Name: "Skolen"}, ""))
	for id := range cameras {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: controller, Location: "skole", Name: id, BasisID: bases[id], Engine: engine}, ""))
	}
	for login, role := range map[string]string{"jonas": "operator", "birthe": "manager", "karen": "coordinator", "mette": "dpo", "poul": "manager"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: controller, Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		b.people[login] = p
	}
	must(t, reg.Hold(ctx, register.Holder{ID: "h-1", Controller: controller, Body: "manager", Location: "skole", Person: b.people["birthe"].ID, Name: "Birthe"}))
	b.Room, err = hold.Open(ctx, hold.Config{DB: d, Ledger: b.log, Clock: clk, Incidents: b.of, Issuer: b.issuer, Register: reg, People: people, Law: book, Engine: engine,
		Process: func(context.Context, string) (casework.Holds, error) {
			return casework.Holds{Copy: casework.CopyAlways}, nil
		},
		Mail: &notify.Letters{Out: b.notify, BaseURL: "https://vidne.example.dk",
			Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}})
	must(t, err)
	return b
}

// paper is a bench whose engine is a heap of letters, with footage of a night.
func paper(t *testing.T, d *db.DB) *bench {
	t.Helper()
	signer, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	b := set(t, d, clock.NewFake(start.Add(-day)), signer, "lindeby", "engine-1", func(context.Context, string, []byte) error { return nil })
	for id, class := range cameras {
		h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
		for i := range h.Week {
			h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
		}
		p := &permit.Permit{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: class,
			Basis: "x", Case: "2026-001", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "x"}
		if class != permit.ClassCrime {
			p.LongestHoldHours = 720
		}
		_, err := b.issuer.Issue(t.Context(), nil, p)
		must(t, err)
	}
	b.clk.Advance(day)
	b.first = start.Add(-2 * time.Hour)
	return b
}

func (b *bench) who(login string) hold.Who {
	p := b.people[login]
	return hold.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

// incident is one that names all cameras in two hours from the first footage.
func (b *bench) incident(from, to time.Time, of ...string) incident.Incident {
	b.t.Helper()
	ctx, who := b.t.Context(), incident.Who(b.who("jonas"))
	i, err := b.of.Begin(ctx, "skole", incident.Account{What: "Rude knust ved indgangen", From: from, To: to}, who)
	must(b.t, err)
	_, err = b.of.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, who)
	must(b.t, err)
	i, err = b.of.Name(ctx, i.ID, incident.Wish{Need: "Politiet skal vide hvornår", Cameras: of, From: from, To: to}, who)
	must(b.t, err)
	return i
}

// terms are for a crime that was reported.
func (b *bench) terms() hold.Terms {
	return hold.Terms{Cameras: []string{"indgang"}, From: b.first.Add(10 * time.Minute), To: b.first.Add(20 * time.Minute), Reason: permit.HoldCrime, Reference: "4100-70121-00417-26",
		Words: "Ruden blev knust i de minutter", Review: b.clk.Now().Add(30 * day), Until: b.clk.Now().Add(90 * day)}
}

func (b *bench) refused(key string, err error) {
	b.t.Helper()
	if fault.Key(err) != key {
		b.t.Errorf("%v, not %s", err, key)
	}
}

// issued are the statements of a kind that were signed.
func (b *bench) issued(kind permit.Kind) (out []permit.Statement) {
	b.t.Helper()
	all, err := b.issuer.Records(b.t.Context(), issuer.Filter{Kinds: []permit.Kind{kind}})
	must(b.t, err)
	for _, rec := range all {
		s, err := rec.Statement()
		must(b.t, err)
		out = append(out, s)
	}
	return out
}

func (b *bench) entries(kind string) int {
	b.t.Helper()
	all, err := b.log.Find(b.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(b.t, err)
	return len(all)
}

func TestALockTakesTwoAndALawfulReason(t *testing.T) {
	req.Shows(t, "KEEP-4", "EVID-2", "ID-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := paper(t, d)
		ctx := t.Context()
		i := b.incident(b.first, start, "indgang", "hal", "torv")
		for key, change := range map[string]func(*hold.Terms){
			"hold.beyond":    func(x *hold.Terms) { x.Cameras = []string{"gaard"} },
			"hold.interval":  func(x *hold.Terms) { x.To = x.From },
			"hold.reference": func(x *hold.Terms) { x.Reference = "" },
			"hold.words":     func(x *hold.Terms) { x.Words = "" },
			"hold.review":    func(x *hold.Terms) { x.Review = x.Review.Add(100 * day) },
			"hold.reason":    func(x *hold.Terms) { x.Reason = "curious" },
			"hold.until":     func(x *hold.Terms) { x.Until = b.clk.Now() },
			"hold.whom":      func(x *hold.Terms) { x.Reason = permit.HoldDispute },
		} {
			x := b.terms()
			change(&x)
			_, err := b.Ask(ctx, i.ID, x, b.who("jonas"))
			b.refused(key, err)
		}
		// A municipality does not share, and §§ 2 a and 2 c have no exception.
		for _, change := range []func(*hold.Terms){
			func(x *hold.Terms) { x.Reason = permit.HoldSharing },
			func(x *hold.Terms) { x.Cameras = []string{"torv"}; x.Ground = law.GroundSafety },
			func(x *hold.Terms) { x.Cameras = []string{"indgang", "hal"} },
		} {
			x := b.terms()
			change(&x)
			_, err := b.Ask(ctx, i.ID, x, b.who("jonas"))
			b.refused("hold.law", err)
			found, err := b.Refusals(ctx, "lindeby", x)
			must(t, err)
			if len(found) == 0 || found[0].Cite == "" || found[0].Do.DA == "" {
				t.Errorf("no way out: %+v", found)
			}
		}
		x := b.terms() // to the limit, until the police have it, on a stated ground
		x.Cameras, x.Until = []string{"torv"}, x.From.Add(hold.Limit)
		_, err := b.Ask(ctx, i.ID, x, b.who("jonas"))
		b.refused("hold.law", err)
		x.Ground = law.GroundSafety
		_, err = b.Ask(ctx, i.ID, x, b.who("jonas"))
		must(t, err)

		h, err := b.Ask(ctx, i.ID, b.terms(), b.who("jonas"))
		must(t, err)
		if h.Number != "L-2026-002" || h.State(b.clk.Now()) != hold.Asked || len(b.issued(permit.KindHold)) != 0 {
			t.Fatalf("%+v", h)
		}
		_, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("jonas"))
		b.refused("hold.own", err)
		for _, login := range []string{"mette", "poul"} { // of no say here
			_, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who(login))
			b.refused("hold.answerer", err)
		}
		_, err = b.Decide(ctx, h.ID, true, "", "another", b.who("birthe"))
		b.refused("hold.changed", err)
		_, err = b.Decide(ctx, h.ID, false, "", h.Seal(), b.who("birthe"))
		b.refused("hold.answer", err)
		_, err = b.Get(ctx, "kadence", h.ID)
		b.refused("hold.unknown", err)
		h, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("birthe"))
		must(t, err)
		signed := b.issued(permit.KindHold)
		if len(signed) != 1 || h.State(b.clk.Now()) != hold.Standing {
			t.Fatalf("%d statements, %+v", len(signed), h)
		}
		if s := signed[0].(*permit.Hold); s.ID != h.Statement || s.Owner != h.Person || s.Second != b.people["birthe"].ID || !s.Until.Equal(h.Until) || len(s.Cameras) != 1 || s.Reference != h.Reference {
			t.Errorf("signed %+v", s)
		}
		_, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("karen"))
		b.refused("hold.state.standing", err)
		_, err = b.Release(ctx, h.ID, "nej", b.who("jonas"))
		b.refused("hold.words", err)
		h, err = b.Release(ctx, h.ID, "Politiet har fået optagelserne", b.who("jonas"))
		must(t, err)
		if r := b.issued(permit.KindRelease); len(r) != 1 || r[0].(*permit.Release).Hold != h.Statement || h.State(b.clk.Now()) != hold.Released {
			t.Errorf("released %+v", h)
		}
		if a, n := b.entries("lock.approved"), b.entries("lock.denied"); a != 1 || n != 9 || b.entries("lock.released") != 1 {
			t.Errorf("%d yes, %d refusals in the ledger", a, n)
		}
	})
}

func TestADisputeIsToldOfBeforeDay30(t *testing.T) {
	req.Shows(t, "KEEP-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := paper(t, d)
		ctx := t.Context()
		i := b.incident(b.first, start, "indgang")
		lock := func() hold.Hold {
			x := b.terms()
			x.Reason, x.Reference, x.Whom, x.Review = permit.HoldDispute, "Klage 26/1142", "Ida Holm", b.clk.Now().Add(60*day)
			h, err := b.Ask(ctx, i.ID, x, b.who("jonas"))
			must(t, err)
			h, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("birthe"))
			must(t, err)
			return h
		}
		told, untold := lock(), lock()
		limit := told.From.Add(hold.Limit)
		if !told.Until.Equal(limit) || !told.TellBy().Equal(limit) {
			t.Fatalf("it ends %s, told by %s", told.Until, told.TellBy())
		}
		n := hold.Notice{Given: b.clk.Now(), How: "Brev med digital post", Until: limit}
		_, err := b.Tell(ctx, told.ID, n, b.who("jonas"))
		b.refused("hold.until", err)
		n.Until = limit.Add(60 * day)
		told, err = b.Tell(ctx, told.ID, n, b.who("jonas"))
		must(t, err)
		if s := b.issued(permit.KindNotice); len(s) != 1 || s[0].(*permit.Notice).Hold != told.Statement || !told.Ends().Equal(n.Until) {
			t.Fatalf("notices %+v", s)
		}
		_, err = b.Tell(ctx, told.ID, n, b.who("jonas"))
		b.refused("hold.told", err)
		_, err = b.Copy(ctx, told.ID, b.clk.Now(), "Kopi med alle andre slørede, på papir", b.who("jonas"))
		must(t, err)

		// Whoever forgets it is not the only one who hears of it.
		for range 45 {
			must(t, b.Tick(ctx))
			must(t, b.Tick(ctx))
			b.clk.Advance(day)
		}
		if n := b.entries("lock.reminded"); n != 4 {
			t.Errorf("%d reminders: day 20, 25, 28 and the end were to come", n)
		}
		untold, err = b.Get(ctx, "lindeby", untold.ID)
		must(t, err)
		_, err = b.Tell(ctx, untold.ID, n, b.who("jonas"))
		b.refused("hold.state.ended", err)
		told, err = b.Get(ctx, "lindeby", told.ID)
		must(t, err)
		if told.State(b.clk.Now()) != hold.Standing || untold.State(b.clk.Now()) != hold.Ended {
			t.Errorf("%s and %s", told.State(b.clk.Now()), untold.State(b.clk.Now()))
		}
		_, err = b.Review(ctx, told.ID, "Sagen er ikke afgjort endnu", b.clk.Now().Add(100*day), b.who("birthe"))
		b.refused("hold.review", err)
		next := b.clk.Now().Add(20 * day)
		told, err = b.Review(ctx, told.ID, "Sagen er ikke afgjort endnu", next, b.who("birthe"))
		must(t, err)
		if !told.ReviewDue().Equal(next) {
			t.Errorf("the next review is %s", told.ReviewDue())
		}
		open, err := b.Open(ctx, "lindeby")
		must(t, err)
		if len(open) != 2 {
			t.Errorf("%d open", len(open))
		}
	})
}
