package agenda_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"vidne.dk/vidne/internal/agenda"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var start = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is overdue stays, what comes later or has no day is left out, and the
// earliest is first whichever room has it; a room that fails is not passed over.
func TestTheYearIsInOrder(t *testing.T) {
	of := func(items ...agenda.Item) agenda.Source {
		return agenda.SourceFunc(func(context.Context, string, time.Time, time.Time) ([]agenda.Item, error) { return items, nil })
	}
	item := func(id string, days int) agenda.Item {
		return agenda.Item{ID: id, At: start.Add(time.Duration(days) * day)}
	}
	r := agenda.New(of(item("late", -9), item("b", 3), item("end", 30)), of(agenda.Item{ID: "some day"}, item("a", 3), item("first", 1)))
	got, err := r.Due(t.Context(), "lindeby", start, start.Add(30*day))
	must(t, err)
	var ids string
	for _, i := range got {
		ids += i.ID + " "
	}
	if ids != "late first a b " {
		t.Errorf("%s", ids)
	}
	broken := errors.New("away")
	r = agenda.New(of(item("a", 1)), agenda.SourceFunc(func(context.Context, string, time.Time, time.Time) ([]agenda.Item, error) { return nil, broken }))
	if got, err := r.Due(t.Context(), "lindeby", start, start.Add(day)); !errors.Is(err, broken) || got != nil {
		t.Errorf("%v %v", got, err)
	}
}

// Items come of what the rooms have, keep their id when their day moves, and are
// gone when the thing is done; another controller's are not there.
func TestItemsFollowTheRooms(t *testing.T) {
	req.Shows(t, "GOV-1", "GOV-3", "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clk := t.Context(), clock.NewFake(start)
		key := ed25519.NewKeyFromSeed(make([]byte, 32))
		l, err := ledger.Open(ctx, d, "portal", key, clk)
		must(t, err)
		signer, err := permit.NewSigner(key)
		must(t, err)
		is, err := issuer.Open(ctx, d, l, signer, clk, func(context.Context, string, []byte) error { return nil })
		must(t, err)
		reg, err := register.Open(ctx, d, l, clk)
		must(t, err)
		people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: l, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
		must(t, err)
		book, err := law.Read(lawdata.Files())
		must(t, err)
		papers, err := document.Open(ctx, document.Config{DB: d, Ledger: l, Clock: clk, Dir: t.TempDir()})
		must(t, err)
		rules, err := guideline.Open(ctx, guideline.Config{DB: d, Ledger: l, Clock: clk, Register: reg, People: people, Documents: papers, Law: book})
		must(t, err)
		letters, err := letter.Open(ctx, letter.Config{DB: d, Ledger: l, Clock: clk, Register: reg, People: people, Documents: papers})
		must(t, err)
		for _, c := range []string{"lindeby", "motion"} {
			must(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		}
		must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen"}, ""))
		dpo, err := people.Create(ctx, identity.NewAccount{Login: "mette", Name: "Mette", Controller: "lindeby", Roles: []string{"dpo"}, Password: "en lang sætning om ænder"}, "")
		must(t, err)
		file := func(kind string) string {
			f, err := papers.Add(ctx, document.New{Controller: "lindeby", Kind: kind, Name: kind + ".txt", By: dpo.ID}, bytes.NewReader([]byte("Tekst")))
			must(t, err)
			return f.ID
		}
		year := agenda.Of(agenda.Rooms{Clock: clk, Register: reg, Issuer: is, Guideline: rules, Letters: letters})
		find := func(controller, key string) (agenda.Item, int) {
			t.Helper()
			all, err := year.Due(ctx, controller, clk.Now(), clk.Now().AddDate(1, 0, 1))
			must(t, err)
			for _, i := range all {
				if i.Key == key {
					return i, len(all)
				}
			}
			return agenda.Item{}, len(all)
		}
		if i, n := find("lindeby", "letter"); n != 0 {
			t.Fatalf("an empty year has %d: %+v", n, i)
		}

		who := letter.Who{Controller: "lindeby", Person: dpo.ID, Name: "Mette"}
		x, err := letters.Receive(ctx, letter.Intake{From: letter.Datatilsynet, Dated: start, Received: start, Subject: "Kameraer", Asks: "Hvor mange?", Due: start.Add(20 * day), Locations: []string{"skole"}, Document: file("letter"), Answerer: dpo.ID}, who)
		must(t, err)
		first, _ := find("lindeby", "letter")
		if !first.At.Equal(x.Due) || first.Area != agenda.Letters || first.Location != "skole" || first.Name != x.Number || first.Href != "/breve/"+x.ID {
			t.Errorf("a letter: %+v", first)
		}
		x, err = letters.Move(ctx, x.ID, start.Add(40*day), "Datatilsynet gav tre uger mere", who)
		must(t, err)
		if moved, n := find("lindeby", "letter"); moved.ID != first.ID || !moved.At.Equal(x.Due) || n != 1 {
			t.Errorf("it moved: %+v of %d", moved, n)
		}
		clk.Advance(41 * day)
		if late, _ := find("lindeby", "letter"); late.ID != first.ID {
			t.Error("what is overdue is gone")
		}
		_, err = letters.Reply(ctx, x.ID, letter.Answer{Sent: clk.Now(), How: "Digital Post", Document: file("answer")}, who)
		must(t, err)
		if i, n := find("lindeby", "letter"); n != 0 {
			t.Errorf("what is answered is there: %+v", i)
		}

		_, err = rules.Publish(ctx, guideline.New{Title: "Retningslinje", Note: "Den første", Document: file(guideline.Kind), Decided: clk.Now().Add(-310 * day), DecidedBy: "Direktionen"}, guideline.Who{Controller: "lindeby", Person: dpo.ID, Name: "Mette"})
		must(t, err)
		g, err := rules.Of(ctx, "lindeby")
		must(t, err)
		if next, _ := find("lindeby", "guideline.next"); !next.At.Equal(g.Next()) || next.Href != "/retningslinje" {
			t.Errorf("the guideline: %+v", next)
		}
		must(t, rules.Tick(ctx)) // a review begins by itself
		if open, _ := find("lindeby", "guideline.open"); open.Name == "" || open.At.IsZero() {
			t.Errorf("its review: %+v", open)
		}

		must(t, reg.AddSupplier(ctx, register.Supplier{ID: "nord", Controller: "lindeby", Name: "Nord"}, ""))
		must(t, reg.AddAgreement(ctx, register.ServiceAgreement{ID: "a-1", Controller: "lindeby", Supplier: "nord", What: "Eftersyn", Locations: register.List{"skole"}, Starts: start, Ends: clk.Now().Add(100 * day)}, ""))
		if a, _ := find("lindeby", "agreement"); a.Name != "Eftersyn" || a.Location != "skole" || a.Href != "/leverandoerer/nord" {
			t.Errorf("an agreement: %+v", a)
		}
		if _, n := find("motion", "agreement"); n != 0 {
			t.Errorf("another controller has %d", n)
		}
	})
}
