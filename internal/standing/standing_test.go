package standing_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/standing"
)

const day = 24 * time.Hour

var start = time.Date(2026, 9, 10, 8, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room on everything that it asks, around a school with two
// cameras and a library with one.
type bench struct {
	*standing.Room
	standing.Config
	t      testing.TB
	clk    *clock.Fake
	rights authorisationtest.Rig
	people map[string]identity.Person
	engine standing.Engine
}

func set(t testing.TB, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start), people: map[string]identity.Person{}, engine: standing.Engine{Health: func(string) standing.Health { return standing.Health{} }}}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	l, err := ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	uses, err := accesslog.Open(ctx, d, l, b.clk)
	must(t, err)
	signer, err := permit.NewSigner(key)
	must(t, err)
	is, err := issuer.Open(ctx, d, l, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, l, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: l, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	cases, err := dossiertest.Open(ctx, t.TempDir(), d, l, b.clk, is, reg, nil, "engine-1")
	must(t, err)
	b.rights, err = authorisationtest.Open(ctx, d, l, b.clk, reg, people, cases.Cases)
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: l, Clock: b.clk})
	must(t, err)
	incidents, err := incident.Open(ctx, incident.Config{DB: d, Ledger: l, Clock: b.clk, Grants: grants, Register: reg, Issuer: is, Law: cases.Law})
	must(t, err)
	holds, err := hold.Open(ctx, hold.Config{DB: d, Ledger: l, Clock: b.clk, Incidents: incidents, Issuer: is, Register: reg, People: people, Law: cases.Law, Engine: "engine-1",
		Process: func(context.Context, string) (casework.Holds, error) {
			return casework.Holds{Copy: casework.CopyAlways}, nil
		}})
	must(t, err)
	review, err := oversight.Open(ctx, oversight.Config{DB: d, Ledger: l, Uses: uses, Clock: b.clk, People: people, Register: reg, Rights: b.rights.Room, Issuer: is})
	must(t, err)
	b.Config = standing.Config{Clock: b.clk, Register: reg, Issuer: is, Rights: b.rights.Room, Incidents: incidents, Holds: holds, Review: review, Cases: cases.Cases}
	b.Room = standing.New(b.Config)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); is.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	b.furnish(people)
	return b
}

func (b *bench) furnish(people *identity.Directory) {
	ctx := b.t.Context()
	for _, c := range []string{"lindeby", "motion"} {
		must(b.t, b.Register.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
	}
	for id, l := range map[string]string{"skole": "lindeby", "bibliotek": "lindeby", "center": "motion"} {
		must(b.t, b.Register.AddLocation(ctx, register.Location{ID: id, Controller: l, Name: id}, ""))
		must(b.t, b.Register.SetPolcam(ctx, register.Polcam{Location: id, Controller: l, Duty: register.PolcamNot}, ""))
	}
	for id, l := range map[string]string{"nord": "skole", "syd": "skole", "sal": "bibliotek", "doer": "center"} {
		c := register.Camera{ID: id, Controller: "lindeby", Location: l, Name: id, BasisID: "2d", Engine: "engine-1"}
		if l == "center" {
			c.Controller = "motion"
		}
		must(b.t, b.Register.AddCamera(ctx, c, ""))
		b.permit(c, 365*day)
	}
	for login, controller := range map[string]string{"jonas": "lindeby", "ida": "motion"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: login, Controller: controller, Roles: []string{authorisation.Look}, Password: "lindeby-kigger-ikke-live"}, "")
		must(b.t, err)
		b.people[login] = p
	}
	_, err := b.rights.InForce(ctx, "lindeby", b.people["jonas"].ID, "skole", "bibliotek")
	must(b.t, err)
}

func (b *bench) permit(c register.Camera, runs time.Duration) {
	b.t.Helper()
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	ctx := b.t.Context()
	_, err := b.Issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: c.Controller, Engine: "engine-1", By: "p"}, Camera: c.ID, Stream: "main", Hours: h,
		RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "x", Case: "2026-001", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().Add(runs), Text: "x"})
	must(b.t, err)
	b.Issuer.Wake()
	for r := (issuer.Record{}); r.State != issuer.Accepted; {
		r, err = b.Issuer.Standing(ctx, c.ID, "main")
		must(b.t, err)
	}
}

func (b *bench) of(locations ...string) map[string]standing.Place {
	b.t.Helper()
	all, err := b.Of(b.t.Context(), standing.Query{Controller: "lindeby", Locations: locations, Engine: b.engine})
	must(b.t, err)
	out := map[string]standing.Place{}
	for _, p := range all {
		out[p.ID] = p
	}
	return out
}

// wants holds one area of one location against what it should be.
func (b *bench) wants(location string, state standing.State, key string) standing.Finding {
	b.t.Helper()
	p := b.of()[location]
	for _, f := range p.Findings {
		if f.Key == key {
			if f.State != state {
				b.t.Errorf("%s is %s, not %s", key, f.State, state)
			}
			if p.State < state {
				b.t.Errorf("%s is %s although %s is %s", location, p.State, key, state)
			}
			return f
		}
	}
	b.t.Errorf("%s has no %s: %v", location, key, p.Findings)
	return standing.Finding{}
}

func TestALocationInOrderSaysSoInEveryArea(t *testing.T) {
	req.Shows(t, "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		all := b.of()
		if len(all) != 2 {
			t.Fatalf("%d locations: another controller's, or not all", len(all))
		}
		for id, p := range all {
			if p.State != standing.InOrder || p.Due != 0 || p.Broken != 0 || !p.Next.IsZero() {
				t.Errorf("%s: %s, %d due, %d broken: %v", id, p.State, p.Due, p.Broken, p.Findings)
			}
			has := map[standing.Area]int{}
			for _, f := range p.Findings {
				has[f.Area]++
			}
			for _, a := range standing.Areas() {
				want := 1
				switch a {
				case standing.Signs, standing.Staff, standing.Breach, standing.Letters, standing.Requests, standing.Guideline:
					want = 0 // their rooms are not given here, and nothing is said
				default:
				}
				if has[a] != want {
					t.Errorf("%s: %d findings of %s", id, has[a], a)
				}
			}
		}
		if one := b.of("skole"); len(one) != 1 || one["skole"].Name != "skole" {
			t.Errorf("asked for the school: %v", one)
		}
	})
}

func TestWhatIsDueAndWhatIsBrokenIsFoundInTheFacts(t *testing.T) {
	req.Shows(t, "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()

		b.engine.Health = func(c string) standing.Health { return standing.Health{Bad: c == "nord"} }
		if f := b.wants("skole", standing.Broken, "cameras.bad"); f.Name != "nord" || f.Href != "/kameraer/nord" {
			t.Errorf("the camera that is ill: %+v", f)
		}
		b.engine.Late = []engineapi.Deletion{{Camera: "syd", Due: start.Add(-day), Segments: 3}, {Camera: "syd", Due: start.Add(-2 * day), Segments: 1}, {Camera: "doer", Due: start}}
		if f := b.wants("skole", standing.Broken, "deletion.late"); f.Count != 4 || !f.At.Equal(start.Add(-2*day)) {
			t.Errorf("late deletions: %+v", f)
		}
		b.wants("bibliotek", standing.InOrder, "deletion.well")
		b.engine.Away = true
		b.wants("bibliotek", standing.Due, "cameras.unknown")
		b.wants("bibliotek", standing.Due, "deletion.unknown")
		b.engine = standing.Engine{Health: func(string) standing.Health { return standing.Health{} }}

		must(t, b.Register.AddCamera(ctx, register.Camera{ID: "kort", Controller: "lindeby", Location: "bibliotek", Name: "kort", BasisID: "2d", Engine: "engine-1"}, ""))
		b.permit(register.Camera{ID: "kort", Controller: "lindeby"}, 20*day)
		if f := b.wants("bibliotek", standing.Due, "permits.ending"); f.Count != 1 {
			t.Errorf("permits that end: %+v", f)
		}

		must(t, b.Register.AddOrder(ctx, register.PoliceOrder{ID: "o-1", Controller: "lindeby", Kind: register.OrderRecommendation, District: "Midtjylland", Reference: "4200-1", Dated: start.Add(-day), Says: "x", Locations: register.List{"skole"}}, ""))
		b.wants("skole", standing.Due, "police.unanswered")
		b.wants("bibliotek", standing.InOrder, "police.well")

		must(t, b.Register.AddSupplier(ctx, register.Supplier{ID: "nordsikring", Controller: "lindeby", Name: "Nordsikring"}, ""))
		must(t, b.Register.AddAgreement(ctx, register.ServiceAgreement{ID: "a-1", Controller: "lindeby", Supplier: "nordsikring", What: "Eftersyn", Locations: register.List{"skole"}, Starts: start.Add(-300 * day), Ends: start.Add(30 * day)}, ""))
		b.wants("skole", standing.Due, "suppliers.ends")
		b.clk.Advance(31 * day)
		b.wants("skole", standing.Broken, "suppliers.ended")
	})
}

func TestACrimeThatNobodyHandsOverBecomesDueAndThenLate(t *testing.T) {
	req.Shows(t, "GOV-6", "EVID-11")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		who := incident.Who{Controller: "lindeby", Person: b.people["jonas"].ID, Name: "Jonas", Address: "192.0.2.1"}
		i, err := b.Incidents.Begin(ctx, "skole", incident.Account{What: "Rude knust ved indgangen", From: start.Add(-time.Hour), To: start}, who)
		must(t, err)
		_, err = b.Incidents.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, who)
		must(t, err)
		b.wants("skole", standing.InOrder, "incidents.open")
		b.clk.Advance(8 * day)
		b.wants("skole", standing.Due, "incidents.waits")
		b.clk.Advance(23 * day)
		b.wants("skole", standing.Broken, "incidents.late")
		b.wants("bibliotek", standing.InOrder, "incidents.well")
		_, err = b.Incidents.SayNoCase(ctx, i.ID, "Det var vinden, der knuste ruden", who)
		must(t, err)
		b.wants("skole", standing.InOrder, "incidents.open")
	})
}

func TestARightThatEndsAndNobodyWhoMayLook(t *testing.T) {
	req.Shows(t, "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		held, err := b.Rights.Everywhere(t.Context(), "lindeby")
		must(t, err)
		for _, l := range []string{"skole", "bibliotek"} {
			at, err := b.Rights.At(t.Context(), "lindeby", l)
			must(t, err)
			var here []authorisation.Held
			for _, h := range held {
				if h.Location == l {
					here = append(here, h)
				}
			}
			if fmt.Sprint(here) != fmt.Sprint(at) || len(at) != 1 {
				t.Errorf("%s: of all %v, of one %v", l, here, at)
			}
		}
		b.clk.Advance(held[0].Until.Add(-10 * day).Sub(b.clk.Now()))
		b.wants("skole", standing.Due, "access.lapses")
		b.clk.Advance(11 * day)
		b.wants("skole", standing.Due, "access.none")
	})
}

func TestPolcamIsDueThenLate(t *testing.T) {
	req.Shows(t, "GOV-6", "SITE-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		must(t, b.Register.AddLocation(ctx, register.Location{ID: "torv", Controller: "lindeby", Name: "Torvet"}, ""))
		must(t, b.Register.AddCamera(ctx, register.Camera{ID: "torv-1", Controller: "lindeby", Location: "torv", Name: "Torvet", BasisID: "2-2", Engine: "engine-1"}, ""))
		b.wants("torv", standing.Due, "polcam.unsaid")
		must(t, b.Register.SetPolcam(ctx, register.Polcam{Location: "torv", Controller: "lindeby", Duty: register.PolcamRequired, Contact: "It-vagten", Phone: "99 99 99 99"}, ""))
		b.wants("torv", standing.InOrder, "polcam.waiting")
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			return b.Register.Commission(ctx, tx, "lindeby", "torv-1", b.clk.Now(), register.Mounted, "p")
		}))
		f := b.wants("torv", standing.Due, "polcam.due")
		b.clk.Advance(f.At.Add(time.Hour).Sub(b.clk.Now()))
		b.wants("torv", standing.Broken, "polcam.overdue")
		p, _, err := b.Register.Polcam(ctx, "lindeby", "torv")
		must(t, err)
		must(t, b.Register.RegisterPolcam(ctx, "lindeby", "torv", p.Version, b.clk.Now(), "kvittering", "p"))
		b.wants("torv", standing.InOrder, "polcam.registered")
	})
}
