package letter_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type rig struct {
	*letter.Room
	t       *testing.T
	clk     *clock.Fake
	log     *ledger.Log
	papers  *document.Room
	dpo, it string
}

func set(t *testing.T, d *db.DB) *rig {
	t.Helper()
	ctx := t.Context()
	r := &rig{t: t, clk: clock.NewFake(start)}
	var err error
	r.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), r.clk)
	must(t, err)
	reg, err := register.Open(ctx, d, r.log, r.clk)
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby", Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen"}, ""))
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: r.log, Clock: r.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	for _, role := range []string{"dpo", "it"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: role, Name: "Navn " + role, Controller: "lindeby", Roles: []string{role}, Password: "en lang sætning om ænder"}, "")
		must(t, err)
		if role == "dpo" {
			r.dpo = p.ID
		} else {
			r.it = p.ID
		}
	}
	r.papers, err = document.Open(ctx, document.Config{DB: d, Ledger: r.log, Clock: r.clk, Dir: t.TempDir()})
	must(t, err)
	r.Room, err = letter.Open(ctx, letter.Config{DB: d, Ledger: r.log, Clock: r.clk, Register: reg, People: people, Documents: r.papers})
	must(t, err)
	return r
}

func (r *rig) who() letter.Who {
	return letter.Who{Controller: "lindeby", Person: r.dpo, Name: "Navn dpo", Address: "192.0.2.1"}
}

func (r *rig) file(says string) string {
	r.t.Helper()
	d, err := r.papers.Add(r.t.Context(), document.New{Controller: "lindeby", Kind: "letter", Name: "brev.txt", By: r.dpo}, bytes.NewReader([]byte(says)))
	must(r.t, err)
	return d.ID
}

func (r *rig) intake() letter.Intake {
	return letter.Intake{From: letter.Datatilsynet, Dated: start.AddDate(0, 0, -2), Received: start, Subject: "Tv-overvågning", Asks: "Hvilke steder overvåges?", Due: start.AddDate(0, 0, 21), Locations: []string{"skole"}, Document: r.file("Brevet"), Answerer: r.dpo}
}

func (r *rig) kinds(kind string) int {
	r.t.Helper()
	all, err := r.log.Find(r.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(r.t, err)
	return len(all)
}

// A letter has its day, is told of four times, is answered with proof, and stays
// as it is when it is closed.
func TestALetterIsAnsweredWithProof(t *testing.T) {
	req.Shows(t, "GOV-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, r := t.Context(), set(t, d)
		l, err := r.Receive(ctx, r.intake(), r.who())
		must(t, err)
		if l.Number != "T-2026-001" || l.State() != letter.Waiting || !l.Waits() || l.AnswererName != "Navn dpo" {
			t.Fatalf("received: %+v", l)
		}
		for _, day := range []int{14, 20, 21, 28} { // seven days before, the day before, on it, seven after
			before := r.kinds("letter.reminded")
			r.clk.Advance(start.AddDate(0, 0, day).Sub(r.clk.Now()))
			must(t, r.Tick(ctx))
			must(t, r.Tick(ctx))
			if n := r.kinds("letter.reminded") - before; n != 1 {
				t.Errorf("day %d: told %d times", day, n)
			}
		}
		if l, err = r.Get(ctx, "lindeby", l.ID); err != nil || !l.Late(r.clk.Now()) {
			t.Errorf("its day has passed: %v %v", l.Late(r.clk.Now()), err)
		}
		if _, err := r.Move(ctx, l.ID, start.AddDate(0, 0, 40), "ja", r.who()); fault.Key(err) != "letter.move" {
			t.Errorf("moved without the authority's word: %v", err)
		}
		l, err = r.Move(ctx, l.ID, start.AddDate(0, 0, 40), "Datatilsynet gav tre uger mere i telefonen", r.who())
		must(t, err)
		if l.Late(r.clk.Now()) || len(l.Moves) != 1 {
			t.Errorf("moved: %+v", l)
		}
		answer := letter.Answer{Sent: r.clk.Now(), How: "Digital Post", Document: r.file("Svaret"), Part: true}
		l, err = r.Reply(ctx, l.ID, answer, r.who())
		must(t, err)
		if l.State() != letter.Partly || !l.Waits() {
			t.Errorf("a part is not the whole: %s", l.State())
		}
		answer.Part, answer.Document = false, r.file("Resten")
		l, err = r.Reply(ctx, l.ID, answer, r.who())
		must(t, err)
		if l.State() != letter.Answered || l.Unproved() != 2 {
			t.Errorf("answered: %s, %d without receipt", l.State(), l.Unproved())
		}
		for i := range 2 {
			l, err = r.Prove(ctx, l.ID, i, r.file("Kvittering"), r.who())
			must(t, err)
		}
		if _, err := r.Prove(ctx, l.ID, 0, r.file("En anden"), r.who()); fault.Key(err) != "letter.receipt" {
			t.Errorf("a receipt is exchanged: %v", err)
		}
		if err := r.papers.Remove(ctx, "lindeby", l.Answers[0].Receipt, r.dpo); fault.Key(err) != "document.kept" {
			t.Errorf("a receipt can be removed: %v", err)
		}
		l, err = r.Close(ctx, l.ID, "Sagen er afsluttet uden bemærkninger", r.who())
		must(t, err)
		if _, err := r.Reply(ctx, l.ID, answer, r.who()); fault.Key(err) != "letter.over" {
			t.Errorf("a closed letter changes: %v", err)
		}
		if open, err := r.Room.Open(ctx, "lindeby"); err != nil || len(open) != 0 {
			t.Errorf("open: %v %v", open, err)
		}
		if _, err := r.Get(ctx, "kadence", l.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's: %v", err)
		}
	})
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := set(t, d)
		for key, change := range map[string]func(*letter.Intake){
			"letter.from":      func(in *letter.Intake) { in.From = "nabo" },
			"letter.sender":    func(in *letter.Intake) { in.From = letter.Other },
			"letter.received":  func(in *letter.Intake) { in.Received = start.AddDate(0, 0, 1) },
			"letter.due":       func(in *letter.Intake) { in.Due = start.AddDate(0, 0, -9) },
			"letter.document":  func(in *letter.Intake) { in.Document = "" },
			"letter.subject":   func(in *letter.Intake) { in.Subject = " " },
			"letter.asks":      func(in *letter.Intake) { in.Asks = strings.Repeat("x", letter.LongText+1) },
			"letter.answerer":  func(in *letter.Intake) { in.Answerer = r.it },
			"document.unknown": func(in *letter.Intake) { in.Document = "findes-ikke" },
		} {
			in := r.intake()
			change(&in)
			if _, err := r.Receive(t.Context(), in, r.who()); fault.Key(err) != key {
				t.Errorf("%s: %v", key, err)
			}
		}
	})
}
