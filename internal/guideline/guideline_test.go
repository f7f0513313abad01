package guideline_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

// start lies after the last change of the law's data that is known.
var start = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type rig struct {
	*guideline.Room
	t      *testing.T
	clk    *clock.Fake
	log    *ledger.Log
	papers *document.Room
	book   *law.Book
	people map[string]string
}

func set(t *testing.T, d *db.DB) *rig {
	t.Helper()
	ctx := t.Context()
	r := &rig{t: t, clk: clock.NewFake(start), people: map[string]string{}}
	var err error
	r.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), r.clk)
	must(t, err)
	reg, err := register.Open(ctx, d, r.log, r.clk)
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby", Kind: register.Municipality}, ""))
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: r.log, Clock: r.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	for _, role := range []string{"it", "dpo", "coordinator", "operator"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: role, Name: role, Controller: "lindeby", Roles: []string{role}, Password: "en lang sætning om ænder"}, "")
		must(t, err)
		r.people[role] = p.ID
	}
	r.papers, err = document.Open(ctx, document.Config{DB: d, Ledger: r.log, Clock: r.clk, Dir: t.TempDir()})
	must(t, err)
	r.book, err = law.Read(lawdata.Files())
	must(t, err)
	r.Room, err = guideline.Open(ctx, guideline.Config{DB: d, Ledger: r.log, Clock: r.clk, Register: reg, People: people, Documents: r.papers, Law: r.book})
	must(t, err)
	return r
}

func (r *rig) as(role string) guideline.Who {
	return guideline.Who{Controller: "lindeby", Person: r.people[role], Name: role, Address: "192.0.2.1"}
}

func (r *rig) file(says string) string {
	r.t.Helper()
	d, err := r.papers.Add(r.t.Context(), document.New{Controller: "lindeby", Kind: guideline.Kind, Name: "fil.txt", By: r.people["it"]}, bytes.NewReader([]byte(says)))
	must(r.t, err)
	return d.ID
}

func (r *rig) version(note string) guideline.New {
	return guideline.New{Title: "Retningslinje", Note: note, Document: r.file(note), Decided: r.clk.Now().AddDate(0, 0, -1), DecidedBy: "Direktionen"}
}

func (r *rig) first() {
	r.t.Helper()
	_, err := r.Publish(r.t.Context(), r.version("Den første retningslinje"), r.as("it"))
	must(r.t, err)
}

// answerAll lets everybody who is asked answer, with no comment.
func (r *rig) answerAll(x guideline.Review) {
	r.t.Helper()
	for _, p := range x.Missing() {
		role := p.Name
		if p.Person == "" {
			role = "it"
		}
		_, err := r.Answer(r.t.Context(), x.ID, p.ID, "", true, r.as(role))
		must(r.t, err)
	}
}

func (r *rig) running() guideline.Review {
	r.t.Helper()
	g, err := r.Of(r.t.Context(), "lindeby")
	must(r.t, err)
	x, ok := g.Running()
	if !ok {
		r.t.Fatal("no review goes on")
	}
	return x
}

// Each year the guideline is reviewed, by itself, with those it concerns; what
// comes of it stands with minutes, and every version stays (H 11).
func TestTheGuidelineIsReviewedEachYear(t *testing.T) {
	req.Shows(t, "GOV-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, r := t.Context(), set(t, d)
		must(t, r.Tick(ctx))
		if _, err := r.Begin(ctx, guideline.Start{Cause: guideline.Other, Reason: "Der mangler noget", Due: start.AddDate(0, 1, 0), Bodies: []string{"MED-udvalget"}}, r.as("it")); fault.Key(err) != "guideline.none" {
			t.Errorf("a review of nothing: %v", err)
		}
		r.first()
		if _, err := r.Publish(ctx, r.version("En til, uden gennemgang"), r.as("it")); fault.Key(err) != "guideline.review" {
			t.Errorf("a version without a review: %v", err)
		}
		g, err := r.Of(ctx, "lindeby")
		must(t, err)
		r.clk.Advance(g.Next().Add(-guideline.Ahead - time.Hour).Sub(r.clk.Now()))
		must(t, r.Tick(ctx))
		if g, _ = r.Of(ctx, "lindeby"); len(g.Reviews) != 0 {
			t.Fatal("begun too early")
		}
		r.clk.Advance(2 * time.Hour)
		must(t, r.Tick(ctx))
		must(t, r.Tick(ctx))
		x := r.running()
		var asked []string
		for _, p := range x.Parties {
			asked = append(asked, p.Name)
		}
		slices.Sort(asked)
		if x.Cause != guideline.Yearly || !x.Due.Equal(g.Next()) || !slices.Equal(asked, []string{"coordinator", "dpo", "it"}) {
			t.Errorf("begun by itself: %s, due %s, asks %v", x.Cause, x.Due, asked)
		}
		if _, err := r.Begin(ctx, guideline.Start{Cause: guideline.Reorganisation, Reason: "To forvaltninger bliver til én", Due: x.Due, Bodies: []string{"MED"}}, r.as("it")); fault.Key(err) != "guideline.open" {
			t.Errorf("two reviews at once: %v", err)
		}
		if x, err = r.Ask(ctx, x.ID, nil, []string{"MED-udvalget"}, r.as("it")); err != nil || len(x.Parties) != 4 {
			t.Fatalf("MED is asked: %v", err)
		}
		i := slices.IndexFunc(x.Parties, func(p guideline.Party) bool { return p.Name == "dpo" })
		if _, err := r.Answer(ctx, x.ID, x.Parties[i].ID, "", true, r.as("it")); fault.Key(err) != "guideline.party" {
			t.Errorf("somebody else answers for whoever has an account: %v", err)
		}
		end := guideline.End{Words: "Vi har skrevet afsnit 5 om", Minutes: r.file("Referat")}
		if _, err := r.Conclude(ctx, x.ID, end, r.as("it")); fault.Key(err) != "guideline.unheard" {
			t.Errorf("concluded before all are heard: %v", err)
		}
		r.answerAll(x)
		n := r.version("Afsnit 5 er nyt")
		end.New = &n
		x, err = r.Conclude(ctx, x.ID, end, r.as("it"))
		must(t, err)
		if x.Outcome != guideline.Changed || x.New != 2 {
			t.Errorf("concluded: %+v", x)
		}
		g, err = r.Of(ctx, "lindeby")
		must(t, err)
		v, _ := g.InForce(r.clk.Now())
		if len(g.Versions) != 2 || v.Version.Version != 2 || v.Review != x.ID || v.DecidedBy != "Direktionen" || g.Versions[1].Note != "Den første retningslinje" {
			t.Errorf("versions: %+v", g.Versions)
		}
		if want := x.Concluded.AddDate(1, 0, 0); g.Next().Before(want) || g.Next().Sub(want) > 24*time.Hour {
			t.Errorf("next %s, want a year after %s", g.Next(), x.Concluded)
		}
	})
}

// Who has not answered when the day has passed does not stop the review, and is
// on record; and people are told at each stage once.
func TestAReviewEndsWithoutWhoStaysSilent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, r := t.Context(), set(t, d)
		r.first()
		x, err := r.Begin(ctx, guideline.Start{Cause: guideline.Reorganisation, Reason: "To forvaltninger bliver til én", Due: start.AddDate(0, 0, 21), People: []string{r.people["dpo"]}, Bodies: []string{"MED-udvalget", "med-udvalget", ""}}, r.as("it"))
		must(t, err)
		if len(x.Parties) != 2 {
			t.Errorf("parties: %+v", x.Parties)
		}
		for _, day := range []int{14, 20, 21, 28} {
			r.clk.Advance(start.AddDate(0, 0, day).Sub(r.clk.Now()))
			must(t, r.Tick(ctx))
			must(t, r.Tick(ctx))
		}
		all, err := r.log.Find(ctx, ledger.Filter{Kinds: []string{"guideline.reminded"}})
		must(t, err)
		if len(all) != 4 {
			t.Errorf("told %d times", len(all))
		}
		x, err = r.Conclude(ctx, x.ID, guideline.End{Words: "MED holdt ikke møde i perioden", Minutes: r.file("Referat")}, r.as("it"))
		must(t, err)
		if x.Outcome != guideline.Unchanged || len(x.Missing()) != 2 {
			t.Errorf("concluded: %+v", x)
		}
		if _, err := r.Answer(ctx, x.ID, x.Parties[0].ID, "For sent", false, r.as("dpo")); fault.Key(err) != "guideline.over" {
			t.Errorf("answered afterwards: %v", err)
		}
	})
}

// A rule that begins, ends or says something else begins a review by itself; one
// that changes while a review goes on is added to it.
func TestNewLawBeginsAReview(t *testing.T) {
	req.Shows(t, "GOV-1", "LAW-12")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, r := t.Context(), set(t, d)
		r.first()
		must(t, r.Tick(ctx))
		r.book.Rules = append(r.book.Rules, law.Rule{ID: "ny", Cite: "tv-overvågningsloven § 2 f", From: start.AddDate(0, 1, 0)})
		must(t, r.Tick(ctx))
		if g, err := r.Of(ctx, "lindeby"); err != nil || len(g.Reviews) != 0 {
			t.Fatalf("before it is in force: %v %v", g.Reviews, err)
		}
		r.clk.Advance(32 * 24 * time.Hour)
		must(t, r.Tick(ctx))
		x := r.running()
		if x.Cause != guideline.Law || !slices.Equal(x.Rules, []string{"tv-overvågningsloven § 2 f"}) {
			t.Errorf("begun by the law: %s %v", x.Cause, x.Rules)
		}
		r.book.Rules = append(r.book.Rules, law.Rule{ID: "nyere", Cite: "tv-overvågningsloven § 2 g", From: start})
		must(t, r.Tick(ctx))
		must(t, r.Tick(ctx))
		if x = r.running(); !slices.Equal(x.Rules, []string{"tv-overvågningsloven § 2 f", "tv-overvågningsloven § 2 g"}) {
			t.Errorf("and then: %v", x.Rules)
		}
	})
}
