package processing_test

import (
	"context"
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

const day = 24 * time.Hour

var start = time.Date(2026, 9, 10, 8, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type bench struct {
	*processing.Room
	processing.Config
	t      *testing.T
	clk    *clock.Fake
	rights authorisationtest.Rig
	people *identity.Directory
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start)}
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
	b.people, err = identity.Open(ctx, identity.Config{DB: d, Ledger: l, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	cases, err := dossiertest.Open(ctx, t.TempDir(), d, l, b.clk, is, reg, nil, "engine-1")
	must(t, err)
	b.rights, err = authorisationtest.Open(ctx, d, l, b.clk, reg, b.people, cases.Cases)
	must(t, err)
	review, err := oversight.Open(ctx, oversight.Config{DB: d, Ledger: l, Uses: uses, Clock: b.clk, People: b.people, Register: reg, Rights: b.rights.Room, Issuer: is})
	must(t, err)
	b.Config = processing.Config{Clock: b.clk, Register: reg, Issuer: is, Rights: b.rights.Room, Review: review, Law: cases.Law}
	b.Room = processing.New(b.Config)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); is.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	for id, name := range map[string]string{"lindeby": "Lindeby Kommune", "motion": "Motion ApS"} {
		must(t, reg.AddController(ctx, register.Controller{ID: id, Name: name, Kind: register.Municipality, Contact: "Torvet 1", DPO: "dpo@" + id + ".example"}, ""))
	}
	for _, l := range []register.Location{{ID: "skole", Controller: "lindeby", Name: "Skolen", Address: "Skolevej 4"}, {ID: "bibliotek", Controller: "lindeby", Name: "Biblioteket"}, {ID: "center", Controller: "motion", Name: "Centret"}} {
		must(t, reg.AddLocation(ctx, l, ""))
	}
	return b
}

// camera adds one and has it permitted, unless it is for 0 days.
func (b *bench) camera(id, location, purpose, basis, place string, days int) {
	b.t.Helper()
	ctx := b.t.Context()
	c := register.Camera{ID: id, Controller: "lindeby", Location: location, Name: id, BasisID: basis, PurposeKind: purpose, Purpose: "Hærværk", PlaceKind: place, Engine: "engine-1"}
	if location == "center" {
		c.Controller = "motion"
	}
	must(b.t, b.Register.AddCamera(ctx, c, ""))
	if days == 0 {
		return
	}
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "22:00", To: "24:00"}}
	}
	p := &permit.Permit{Head: permit.Head{Controller: c.Controller, Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: days * 24, Class: permit.ClassCrime,
		Basis: "tv-overvågningsloven § " + basis, Case: "2026-00" + id[len(id)-1:], ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().Add(365 * day), Text: "x"}
	_, err := b.Issuer.Issue(ctx, nil, p)
	must(b.t, err)
	b.Issuer.Wake()
	for r := (issuer.Record{}); r.State != issuer.Accepted; {
		r, err = b.Issuer.Standing(ctx, id, "main")
		must(b.t, err)
	}
}

func TestTheRecordIsWhatIsInForce(t *testing.T) {
	req.Shows(t, "GOV-7")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		r, err := b.Record(ctx, "lindeby")
		must(t, err)
		if len(r.Activities) != 0 || r.Controller != "Lindeby Kommune" || r.DPO != "dpo@lindeby.example" {
			t.Fatalf("before anything is approved: %+v", r)
		}
		b.camera("kamera-1", "skole", "crime", "2d", "own-entrance", 14)
		b.camera("kamera-2", "skole", "crime", "2d", "schoolyard", 7)
		b.camera("kamera-3", "bibliotek", "crime", "2d", "own-entrance", 14)
		b.camera("kamera-4", "bibliotek", "safety", "2c", "road", 10)
		b.camera("kamera-5", "bibliotek", "other", "gdpr-6-1-e", "public-room", 0) // nobody has approved it
		b.camera("kamera-6", "center", "crime", "2d", "own-entrance", 14)          // another's
		r, err = b.Record(ctx, "lindeby")
		must(t, err)
		if len(r.Activities) != 2 {
			t.Fatalf("%d activities: %+v", len(r.Activities), r.Activities)
		}
		a := r.Activities[0]
		if a.Purpose != "crime" || a.Cameras != 3 || a.ShortestHours != 7*24 || a.LongestHours != 14*24 || !a.Workplaces || a.Sound || a.Basis != "tv-overvågningsloven § 2d" {
			t.Errorf("crime: %+v", a)
		}
		if len(a.Places) != 2 || a.Places[0].Name != "Biblioteket" || a.Places[1].Cameras != 2 || !slices.Equal(a.Places[1].Cases, []string{"2026-001", "2026-002"}) || !slices.Equal(a.Says, []string{"Hærværk"}) {
			t.Errorf("its places: %+v", a.Places)
		}
		if !slices.Contains(a.Recipients, "police") || !slices.Contains(a.Holds, "crime") {
			t.Errorf("its recipients %v and holds %v are not the law's", a.Recipients, a.Holds)
		}
		if s := r.Activities[1]; s.Purpose != "safety" || s.Cameras != 1 || len(s.Holds) != 0 {
			t.Errorf("safety: %+v", s)
		}
		again, err := b.Record(ctx, "lindeby")
		must(t, err)
		if len(again.Activities) != 2 || again.Activities[0].Places[0].ID != r.Activities[0].Places[0].ID {
			t.Error("the same facts made another record")
		}
		b.clk.Advance(366 * day)
		r, err = b.Record(ctx, "lindeby")
		must(t, err)
		if len(r.Activities) != 0 {
			t.Errorf("the permits have ended, and the record still says: %+v", r.Activities)
		}
	})
}

func TestProcessorsAndPeopleAreThoseOfNow(t *testing.T) {
	req.Shows(t, "GOV-7")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		for _, s := range []string{"nordsikring", "gammel"} {
			must(t, b.Register.AddSupplier(ctx, register.Supplier{ID: s, Controller: "lindeby", Name: s, CVR: "12345678"}, ""))
		}
		must(t, b.Register.AddAgreement(ctx, register.ServiceAgreement{ID: "a-1", Controller: "lindeby", Supplier: "nordsikring", What: "Eftersyn", Starts: start.Add(-day)}, ""))
		must(t, b.Register.AddAgreement(ctx, register.ServiceAgreement{ID: "a-2", Controller: "lindeby", Supplier: "gammel", What: "Opsætning", Starts: start.Add(-30 * day), Ends: start.Add(-day)}, ""))
		p, err := b.people.Create(ctx, identity.NewAccount{Login: "jonas", Name: "Jonas", Controller: "lindeby", Roles: []string{authorisation.Look}, Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		_, err = b.rights.InForce(ctx, "lindeby", p.ID, "skole", "bibliotek")
		must(t, err)
		r, err := b.Record(ctx, "lindeby")
		must(t, err)
		if len(r.Processors) != 1 || r.Processors[0].Name != "nordsikring" || !slices.Equal(r.Processors[0].What, []string{"Eftersyn"}) {
			t.Errorf("processors: %+v", r.Processors)
		}
		if r.Measures.MayLook != 1 || r.Measures.AtStorage != 0 || r.Measures.ReviewEvery != oversight.Week {
			t.Errorf("measures: %+v", r.Measures)
		}
	})
}
