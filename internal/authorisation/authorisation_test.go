package authorisation_test

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/processes"

	"context"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// The world of the tests: one municipality with two places, people by login.
type world struct {
	authorisationtest.Rig
	t      testing.TB
	clk    *clock.Fake
	ledger *ledger.Log
	id     map[string]string
	terms  casework.Rights
}

const (
	of    = "lindeby"
	skole = "skole"
	gaard = "gaard"
)

func terms(t testing.TB, process string) casework.Rights {
	t.Helper()
	all, err := casework.Read(processes.Files())
	fatal(t, err)
	for _, p := range all.All() {
		if p.ID == process {
			return p.Rights
		}
	}
	t.Fatalf("no process %s", process)
	return casework.Rights{}
}

func open(t testing.TB, d *db.DB, process string) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, clk: clock.NewFake(start), id: map[string]string{}, terms: terms(t, process)}
	var err error
	w.ledger, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), w.clk)
	fatal(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: w.ledger, Clock: w.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	fatal(t, err)
	reg, err := register.Open(ctx, d, w.ledger, w.clk)
	fatal(t, err)
	room, err := authorisation.Open(ctx, authorisation.Config{DB: d, Ledger: w.ledger, Clock: w.clk, Register: reg, People: people,
		Terms: func(context.Context, string) (casework.Rights, error) { return w.terms, nil }})
	fatal(t, err)
	w.Rig = authorisationtest.Rig{Room: room, People: people, Register: reg, Clock: w.clk}
	fatal(t, reg.AddController(ctx, register.Controller{ID: of, Name: "Lindeby", Kind: register.Municipality}, ""))
	fatal(t, reg.AddController(ctx, register.Controller{ID: "kadence", Name: "Kadence", Kind: register.Business}, ""))
	for _, l := range []string{skole, gaard} {
		fatal(t, reg.AddLocation(ctx, register.Location{ID: l, Controller: of, Name: l}, ""))
	}
	for _, p := range []struct{ login, role, holds, at string }{
		{"jonas", "", "", ""}, {"ida", "", "", ""}, {"hanne", "applicant", "", ""}, {"karen", "coordinator", "", ""}, {"mette", "dpo", "", ""},
		{"birthe", "manager", "manager", skole}, {"poul", "manager", "manager", gaard}, {"soeren", "it", "it", ""}, {"ulla", "it", "", ""},
		{"begge", "it", "manager", skole},
	} {
		var roles []string
		if p.role != "" {
			roles = []string{p.role}
		}
		a, err := people.Create(ctx, identity.NewAccount{Login: p.login, Name: "Navn " + p.login, Controller: of, Roles: roles, Password: "en lang sætning om ænder"}, "")
		fatal(t, err)
		w.id[p.login] = a.ID
		if p.holds != "" {
			fatal(t, reg.Hold(ctx, register.Holder{ID: "h-" + p.login, Controller: of, Body: p.holds, Location: p.at, Person: a.ID, Name: a.Name}))
		}
	}
	_, err = w.Publish(ctx, authorisationtest.Instruction(of), w.who("karen"))
	fatal(t, err)
	return w
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) who(login string) authorisation.Who {
	return authorisation.Who{Person: w.id[login], Address: "192.0.2.7"}
}

// ask asks as hanne, for jonas unless change says otherwise.
func (w *world) ask(change ...func(*authorisation.New)) (authorisation.Form, error) {
	n := authorisation.New{Controller: of, Person: w.id["jonas"], Role: authorisation.Look, Locations: []string{skole}, From: w.clk.Now(), Until: w.clk.Now().AddDate(1, 0, 0),
		Reason: "Tager over efter pedellen."}
	for _, f := range change {
		f(&n)
	}
	return w.Ask(context.Background(), n, w.who("hanne"))
}

// given is a form in force: asked by hanne, approved by birthe, carried out by
// soeren, read by jonas.
func (w *world) given() authorisation.Form {
	w.t.Helper()
	ctx := context.Background()
	f, err := w.ask()
	fatal(w.t, err)
	fatal(w.t, w.Decide(ctx, of, f.ID, skole, true, "", w.who("birthe")))
	fatal(w.t, w.CarryOut(ctx, of, f.ID, w.who("soeren")))
	fatal(w.t, w.Read(ctx, of, f.ID, 1, w.who("jonas")))
	return f
}

func (w *world) state(f authorisation.Form) authorisation.State {
	w.t.Helper()
	s, err := w.Get(context.Background(), of, f.ID)
	fatal(w.t, err)
	return s.State
}

func (w *world) looks(login string) string {
	w.t.Helper()
	has, err := w.Rights(context.Background(), w.id[login])
	fatal(w.t, err)
	var at []string
	for _, h := range has {
		at = append(at, h.Location)
	}
	return strings.Join(at, " ")
}

func (w *world) refused(what string, err error, key string) {
	w.t.Helper()
	if fault.Key(err) != key {
		w.t.Errorf("%s: %v, want %s", what, err, key)
	}
}

func (w *world) kinds() (out []string) {
	w.t.Helper()
	all, err := w.ledger.Find(context.Background(), ledger.Filter{Kinds: []string{"authorisation."}})
	fatal(w.t, err)
	for _, e := range all {
		out = append(out, strings.TrimPrefix(e.Kind, "authorisation."))
	}
	return out
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, open(t, d, "herning")) })
}

func TestARightTakesEffectStepByStep(t *testing.T) {
	req.Shows(t, "ID-2", "ID-3", "VIEW-5")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		f, err := w.ask(func(n *authorisation.New) { n.Locations = []string{skole, gaard} })
		fatal(t, err)
		step := func(want authorisation.State, err error) {
			t.Helper()
			fatal(t, err)
			if got := w.state(f); got != want || w.looks("jonas") != "" && want != authorisation.InForce {
				t.Errorf("it is %s and not %s, and he sees %q", got, want, w.looks("jonas"))
			}
		}
		step(authorisation.Asked, nil)
		w.refused("carried out before it is approved", w.CarryOut(ctx, of, f.ID, w.who("soeren")), "rights.undecided")
		w.refused("the asker", w.Decide(ctx, of, f.ID, skole, true, "", w.who("hanne")), "access.own")
		w.refused("the one it is for", w.Decide(ctx, of, f.ID, skole, true, "", w.who("jonas")), "access.own")
		w.refused("another place's management", w.Decide(ctx, of, f.ID, skole, true, "", w.who("poul")), "rights.manager")
		w.refused("the coordinator", w.Decide(ctx, of, f.ID, skole, true, "", w.who("karen")), "rights.manager")
		w.refused("management that is IT", w.Decide(ctx, of, f.ID, skole, true, "", w.who("begge")), "rights.duties")
		w.refused("a refusal without a reason", w.Decide(ctx, of, f.ID, skole, false, "nej", w.who("birthe")), "rights.reason")
		step(authorisation.Asked, w.Decide(ctx, of, f.ID, skole, true, "", w.who("birthe")))
		w.refused("one of two places", w.CarryOut(ctx, of, f.ID, w.who("soeren")), "rights.undecided")
		w.refused("read before it is carried out", w.Read(ctx, of, f.ID, 1, w.who("jonas")), "rights.over")
		step(authorisation.Approved, w.Decide(ctx, of, f.ID, gaard, false, "Her er der nok, der kan se.", w.who("poul")))
		w.refused("twice", w.Decide(ctx, of, f.ID, gaard, true, "", w.who("poul")), "rights.decided")
		w.refused("a manager carries out", w.CarryOut(ctx, of, f.ID, w.who("birthe")), "access.role")
		step(authorisation.Granted, w.CarryOut(ctx, of, f.ID, w.who("soeren")))
		w.refused("read by another", w.Read(ctx, of, f.ID, 1, w.who("hanne")), "rights.person")
		w.refused("read a version that is not there", w.Read(ctx, of, f.ID, 2, w.who("jonas")), "rights.newer")
		step(authorisation.InForce, w.Read(ctx, of, f.ID, 1, w.who("jonas")))
		if got := w.looks("jonas"); got != skole {
			t.Errorf("he sees %q", got)
		}
		at, err := w.At(ctx, of, skole)
		fatal(t, err)
		if len(at) != 1 || at[0].Number != 1 || at[0].Name != "Navn jonas" || !at[0].Since.Equal(start) || !at[0].Lapses || !at[0].Until.Equal(start.AddDate(0, 6, 0)) {
			t.Errorf("at the school: %+v", at)
		}
		if got := fmt.Sprint(w.kinds()); got != "[asked approved refused carried-out read]" {
			t.Errorf("the ledger has %s", got)
		}
		if ok, err := w.Get(ctx, "kadence", f.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's: %+v, %v", ok, err)
		}
	})
}

func TestARightEndsByItself(t *testing.T) {
	req.Shows(t, "ID-2")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		f := w.given()
		half := start.AddDate(0, 6, 0)
		w.clk.Advance(half.Add(-24 * time.Hour).Sub(start))
		if w.looks("jonas") != skole {
			t.Error("lapsed before half a year")
		}
		w.refused("confirmed by the one it is for", w.Confirm(ctx, of, []authorisation.Ref{{Form: f.ID, Location: skole}}, w.who("jonas")), "access.own")
		w.refused("by another place's", w.Confirm(ctx, of, []authorisation.Ref{{Form: f.ID, Location: skole}}, w.who("poul")), "rights.manager")
		fatal(t, w.Confirm(ctx, of, []authorisation.Ref{{Form: f.ID, Location: skole}}, w.who("birthe")))
		w.clk.Advance(48 * time.Hour)
		if w.looks("jonas") != skole {
			t.Error("lapsed though it was confirmed")
		}
		second := w.clk.Now()
		// Nobody confirms it again: it lapses by the clock, before anything runs.
		w.clk.Advance(half.Add(-24*time.Hour).AddDate(0, 6, 0).Sub(second))
		if got := w.state(f); got != authorisation.Lapsed && got != authorisation.Expired || w.looks("jonas") != "" {
			t.Errorf("after another half a year it is %s", got)
		}
		fatal(t, w.Tick(ctx))
		fatal(t, w.Tick(ctx))
		w.refused("confirmed too late", w.Confirm(ctx, of, []authorisation.Ref{{Form: f.ID, Location: skole}}, w.who("birthe")), "rights.over")
		n := 0
		for _, k := range w.kinds() {
			if k == "lapsed" || k == "expired" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d entries say that it ended: %v", n, w.kinds())
		}
	})
}

func TestTheEndOfThePeriodEndsIt(t *testing.T) {
	req.Shows(t, "ID-2")
	each(t, func(t *testing.T, w *world) {
		f, err := w.ask(func(n *authorisation.New) { n.From, n.Until = start.Add(24*time.Hour), start.Add(72*time.Hour) })
		ctx := t.Context()
		fatal(t, err)
		fatal(t, w.Decide(ctx, of, f.ID, skole, true, "", w.who("birthe")))
		fatal(t, w.CarryOut(ctx, of, f.ID, w.who("soeren")))
		fatal(t, w.Read(ctx, of, f.ID, 1, w.who("jonas")))
		if w.state(f) != authorisation.Coming || w.looks("jonas") != "" {
			t.Error("in force before its period")
		}
		w.clk.Advance(24 * time.Hour)
		if w.looks("jonas") != skole {
			t.Error("not in force in its period")
		}
		w.clk.Advance(48 * time.Hour)
		if w.looks("jonas") != "" || w.state(f) != authorisation.Expired {
			t.Error("in force after its period")
		}
		fatal(t, w.Tick(ctx))
		if k := w.kinds(); k[len(k)-1] != "expired" {
			t.Errorf("%v", k)
		}
	})
}

func TestWhatIsNotAskedFor(t *testing.T) {
	req.Shows(t, "ID-2", "ID-3")
	each(t, func(t *testing.T, w *world) {
		try := func(what, key string, change func(*authorisation.New)) {
			t.Helper()
			_, err := w.ask(change)
			w.refused(what, err, key)
		}
		try("no reason", "rights.reason", func(n *authorisation.New) { n.Reason = "fordi" })
		try("a role that no form gives", "rights.role", func(n *authorisation.New) { n.Role = "it" })
		try("no place", "rights.locations", func(n *authorisation.New) { n.Locations = nil })
		try("no such place", "rights.locations", func(n *authorisation.New) { n.Locations = []string{"maanen"} })
		try("backwards", "rights.until", func(n *authorisation.New) { n.Until = n.From })
		try("no end", "rights.until", func(n *authorisation.New) { n.Until = time.Time{} })
		try("too long", "rights.long", func(n *authorisation.New) { n.Until = n.From.AddDate(0, 0, 731) })
		try("for IT", "access.it", func(n *authorisation.New) { n.Person = w.id["soeren"] })
		try("for nobody", "rights.nobody", func(n *authorisation.New) { n.Person = "ingen" })
		try("for themselves as deputy", "rights.deputy", func(n *authorisation.New) { n.DeputyFor, n.Until = n.Person, n.From.AddDate(0, 0, 14) })
		try("a deputy for somebody without a right", "rights.deputy", func(n *authorisation.New) { n.DeputyFor, n.Until = w.id["ida"], n.From.AddDate(0, 0, 14) })
		_, err := w.ask()
		fatal(t, err)
		try("the same twice", "rights.twice", func(*authorisation.New) {})
		w.terms = casework.Rights{}
		try("where the process gives none", "rights.none", func(*authorisation.New) {})
	})
}

func TestADeputyHasAnEnd(t *testing.T) {
	req.Shows(t, "ID-2")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.given()
		deputy := func(days int) (authorisation.Form, error) {
			return w.ask(func(n *authorisation.New) {
				n.Person, n.DeputyFor, n.Until = w.id["ida"], w.id["jonas"], n.From.AddDate(0, 0, days)
			})
		}
		_, err := deputy(91)
		w.refused("for more than 90 days", err, "rights.long")
		f, err := deputy(14)
		fatal(t, err)
		fatal(t, w.Decide(ctx, of, f.ID, skole, true, "", w.who("birthe")))
		fatal(t, w.CarryOut(ctx, of, f.ID, w.who("ulla")))
		fatal(t, w.Read(ctx, of, f.ID, 1, w.who("ida")))
		if w.looks("ida") != skole {
			t.Error("the deputy does not see")
		}
		_, err = w.ask(func(n *authorisation.New) {
			n.Person, n.DeputyFor, n.Until = w.id["mette"], w.id["ida"], n.From.AddDate(0, 0, 7)
		})
		w.refused("a deputy's deputy", err, "rights.deputy")
		w.clk.Advance(14 * 24 * time.Hour)
		if w.looks("ida") != "" || w.looks("jonas") != skole {
			t.Errorf("after a fortnight: %q and %q", w.looks("ida"), w.looks("jonas"))
		}
	})
}

func TestANewInstructionIsRead(t *testing.T) {
	req.Shows(t, "ID-2")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		f := w.given()
		_, err := w.Publish(ctx, authorisationtest.Instruction(of), w.who("jonas"))
		w.refused("published by whoever looks", err, "access.role")
		thin := authorisationtest.Instruction(of)
		thin.Passwords = ""
		_, err = w.Publish(ctx, thin, w.who("birthe"))
		w.refused("without a word on passwords", err, "instruction.part")
		v, err := w.Publish(ctx, authorisationtest.Instruction(of), w.who("birthe"))
		fatal(t, err)
		reading, err := w.ToRead(ctx, of, w.id["jonas"])
		fatal(t, err)
		if len(reading.Forms) != 1 || reading.Instruction.Version != 2 || w.looks("jonas") != skole {
			t.Errorf("%+v", reading)
		}
		w.clk.Advance(14 * 24 * time.Hour)
		if w.state(f) != authorisation.Resting || w.looks("jonas") != "" {
			t.Errorf("after a fortnight it is %s", w.state(f))
		}
		w.refused("the old one again", w.Read(ctx, of, f.ID, 1, w.who("jonas")), "rights.newer")
		fatal(t, w.Read(ctx, of, f.ID, v, w.who("jonas")))
		if w.looks("jonas") != skole {
			t.Error("it rests though the instruction is read")
		}
	})
}

func TestAnAccountThatClosesHasNoRights(t *testing.T) {
	req.Shows(t, "ID-1", "ID-2")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		f := w.given()
		waits, err := w.ask(func(n *authorisation.New) { n.Locations = []string{gaard} })
		fatal(t, err)
		fatal(t, w.People.Close(ctx, w.id["jonas"], "karen"))
		if w.state(f) != authorisation.Ended || w.state(waits) != authorisation.Ended || w.looks("jonas") != "" {
			t.Errorf("%s, %s, sees %q", w.state(f), w.state(waits), w.looks("jonas"))
		}
		if n := len(slices.DeleteFunc(w.kinds(), func(k string) bool { return k != "withdrawn" })); n != 2 {
			t.Errorf("%d entries", n)
		}
		w.refused("approved afterwards", w.Decide(ctx, of, waits.ID, gaard, true, "", w.who("poul")), "rights.nobody")
	})
}

func TestEnding(t *testing.T) {
	req.Shows(t, "ID-2")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		for _, by := range []string{"jonas", "hanne", "birthe", "soeren", "karen", "mette"} {
			f := w.given()
			w.refused("without a reason", w.End(ctx, of, f.ID, "", w.who(by)), "rights.reason")
			w.refused("by whoever has no part in it", w.End(ctx, of, f.ID, "Skal ikke se mere.", w.who("ida")), "rights.manager")
			fatal(t, w.End(ctx, of, f.ID, "Skal ikke se mere.", w.who(by)))
			if w.looks("jonas") != "" || w.state(f) != authorisation.Ended {
				t.Errorf("ended by %s it is %s", by, w.state(f))
			}
			w.refused("twice", w.End(ctx, of, f.ID, "Skal ikke se mere.", w.who(by)), "rights.over")
		}
	})
}

// In a small business one person may answer for a place and run the system;
// what is their own they neither approve nor carry out there either.
func TestOneHandInASmallBusiness(t *testing.T) {
	req.Shows(t, "ID-3", "ID-4")
	d := dbtest.Open(t, dbtest.SQLite(t))
	w := open(t, d, "virksomhed")
	ctx := t.Context()
	f, err := w.ask()
	fatal(t, err)
	fatal(t, w.Decide(ctx, of, f.ID, skole, true, "", w.who("begge")))
	fatal(t, w.CarryOut(ctx, of, f.ID, w.who("begge")))
	fatal(t, w.Read(ctx, of, f.ID, 1, w.who("jonas")))
	if w.looks("jonas") != skole || w.looks("begge") != "" {
		t.Errorf("%q and %q", w.looks("jonas"), w.looks("begge"))
	}
	_, err = w.ask(func(n *authorisation.New) { n.Person = w.id["begge"] })
	w.refused("their own", err, "access.it")
}
