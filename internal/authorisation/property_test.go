package authorisation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

// said is what the ledger says of a form.
type said struct {
	at                time.Time
	kind              string
	Person, For, Form string
	Location          string
	Locations         []string
	Version           int64
	From, Until, Due  time.Time
}

func (w *world) said() (out []said) {
	w.t.Helper()
	all, err := w.ledger.Find(context.Background(), ledger.Filter{Kinds: []string{"authorisation.", "instruction."}})
	fatal(w.t, err)
	for _, e := range all {
		s := said{at: e.Time, kind: e.Kind}
		fatal(w.t, json.Unmarshal([]byte(e.Body), &s))
		out = append(out, s)
	}
	return out
}

// judge holds the rights in force against what the ledger says was done, and
// knows nothing of how the room decides.
func (w *world) judge() (wrong []string) {
	w.t.Helper()
	now, all := w.clk.Now(), w.said()
	demanded := int64(1)
	for _, s := range all {
		if s.kind == "instruction.published" && !now.Before(s.Due) {
			demanded = max(demanded, s.Version)
		}
	}
	it := []string{w.id["soeren"], w.id["ulla"], w.id["begge"]}
	for login, id := range w.id {
		has, err := w.Rights(context.Background(), id)
		fatal(w.t, err)
		for _, h := range has {
			say := func(what string) { wrong = append(wrong, fmt.Sprintf("%s at %s: %s", login, h.Location, what)) }
			var ask, approval, done, read said
			var stood time.Time
			for _, s := range all {
				if s.Form != h.Form {
					continue
				}
				switch s.kind {
				case "authorisation.asked":
					ask = s
				case "authorisation.approved", "authorisation.confirmed":
					if s.Location != h.Location {
						continue
					}
					if s.kind == "authorisation.approved" {
						approval = s
					}
					if s.Person == id {
						say("stood by by the one it is for")
					}
					stood = s.at
				case "authorisation.carried-out":
					done = s
				case "authorisation.read":
					read = s
				case "authorisation.ended", "authorisation.withdrawn":
					say("ended")
				}
			}
			switch {
			case ask.For != id || !slices.Contains(ask.Locations, h.Location):
				say("nobody asked")
			case now.Before(ask.From) || !now.Before(ask.Until):
				say("outside its period")
			case approval.Person == "" || approval.Person == ask.Person || approval.Person == id:
				say("not approved by another")
			case done.Person == id || !slices.Contains(it, done.Person):
				say("not carried out by IT")
			case done.at.Before(approval.at):
				say("carried out before it was approved")
			case read.Person != id || read.Version < demanded:
				say("not instructed")
			case !now.Before(stood.AddDate(0, 6, 0)):
				say("not confirmed for half a year")
			case slices.Contains(it, id):
				say("IT")
			}
		}
	}
	return wrong
}

// anybody does anything to anything.
func (w *world) step(t *rapid.T, forms *[]string) {
	ctx := context.Background()
	logins := []string{"jonas", "ida", "hanne", "karen", "mette", "birthe", "poul", "soeren", "ulla", "begge"}
	by := w.who(rapid.SampledFrom(logins).Draw(t, "by"))
	place := rapid.SampledFrom([]string{skole, gaard}).Draw(t, "place")
	form := ""
	if len(*forms) > 0 {
		form = rapid.SampledFrom(*forms).Draw(t, "form")
	}
	// What is refused is as good as what is done: the ledger says which.
	switch rapid.SampledFrom([]string{"ask", "ask", "approve", "approve", "approve", "refuse", "carry", "carry", "read", "read", "read", "confirm", "confirm", "end", "wait", "publish", "close", "tick", "course"}).Draw(t, "act") {
	case "ask":
		n := authorisation.New{Controller: of, Person: w.id[rapid.SampledFrom(logins).Draw(t, "for")], Role: authorisation.Look, Locations: []string{place}, From: w.clk.Now(),
			Until: w.clk.Now().AddDate(0, rapid.IntRange(0, 20).Draw(t, "months"), 0), Reason: "En god grund til det."}
		if rapid.IntRange(0, 5).Draw(t, "deputy") == 0 {
			n.DeputyFor = w.id[rapid.SampledFrom(logins).Draw(t, "deputy for")]
		}
		if f, err := w.Ask(ctx, n, by); err == nil {
			*forms = append(*forms, f.ID)
		}
	case "approve":
		_ = w.Decide(ctx, of, form, place, true, "", by)
	case "refuse":
		_ = w.Decide(ctx, of, form, place, false, "Det er ikke nødvendigt.", by)
	case "carry":
		_ = w.CarryOut(ctx, of, form, by)
	case "read":
		_ = w.Read(ctx, of, form, rapid.Int64Range(1, 3).Draw(t, "version"), by)
	case "confirm":
		_ = w.Confirm(ctx, of, []authorisation.Ref{{Form: form, Location: place}}, by)
	case "end":
		_ = w.End(ctx, of, form, "Skal ikke se mere.", by)
	case "publish":
		_, _ = w.Publish(ctx, authorisationtest.Instruction(of), by)
	case "close":
		if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
			_ = w.People.Close(ctx, by.Person, "")
		}
	case "tick":
		fatal(w.t, w.Tick(ctx))
	case "wait":
		w.clk.Advance(time.Duration(rapid.IntRange(0, 100*24).Draw(t, "hours")) * time.Hour)
	case "course": // the way a right comes about, so that there are some
		if f, err := w.Ask(ctx, authorisation.New{Controller: of, Person: by.Person, Role: authorisation.Look, Locations: []string{place}, From: w.clk.Now(),
			Until: w.clk.Now().AddDate(1, 0, 0), Reason: "En god grund til det."}, w.who("hanne")); err == nil {
			*forms = append(*forms, f.ID)
			_ = w.Decide(ctx, of, f.ID, place, true, "", w.who(map[string]string{skole: "birthe", gaard: "poul"}[place]))
			_ = w.CarryOut(ctx, of, f.ID, w.who("soeren"))
			all, err := w.Instructions(ctx, of)
			fatal(w.t, err)
			_ = w.Read(ctx, of, f.ID, all[0].Version, by)
		}
	}
}

func TestNoRightThatTheLedgerCannotAccountFor(t *testing.T) {
	req.Shows(t, "ID-2", "ID-3")
	inForce := 0
	rapid.Check(t, func(r *rapid.T) {
		w := open(t, dbtest.Open(t, dbtest.SQLite(t)), "herning")
		var forms []string
		for range 30 {
			w.step(r, &forms)
			if wrong := w.judge(); len(wrong) > 0 {
				r.Fatalf("%v", wrong)
			}
		}
		for _, id := range w.id {
			has, err := w.Rights(context.Background(), id)
			fatal(t, err)
			inForce += len(has)
		}
	})
	if inForce == 0 {
		t.Error("no right ever came into force: nothing was tried")
	}
}

// Each way past the rules that somebody with the database in hand could try is
// found by the judge, or refused by the room all the same.
func TestPlantedFaultsAreFound(t *testing.T) {
	req.Shows(t, "ID-2", "ID-3")
	for _, c := range []struct {
		name, query string
		arg         func(w *world) any
		clock       time.Duration
		found       string // empty: the room itself does not take it for a right
	}{
		{name: "nothing planted, nothing found"},
		{"a period that never ends", `UPDATE authorisations SET until_at = ?`, func(w *world) any {
			all, err := w.List(context.Background(), authorisation.Query{Controller: of})
			fatal(w.t, err)
			for range 2 {
				w.clk.Advance(170 * 24 * time.Hour)
				fatal(w.t, w.Confirm(context.Background(), of, []authorisation.Ref{{Form: all[0].ID, Location: skole}}, w.who("birthe")))
			}
			return start.AddDate(9, 0, 0)
		}, 30 * 24 * time.Hour, "outside its period"},
		{"a confirmation that nobody gave", `UPDATE authorisation_lines SET confirmed_at = ?`, func(w *world) any { return start.AddDate(0, 6, 1) }, 200 * 24 * time.Hour, "not confirmed"},
		{"another person", `UPDATE authorisations SET person = ?`, func(w *world) any { return w.id["ida"] }, 0, "nobody asked"},
		{"the right handed to IT", `UPDATE authorisations SET person = ?`, func(w *world) any { return w.id["soeren"] }, 0, ""},
		{"another place", `UPDATE authorisation_lines SET location = ?`, func(w *world) any { return gaard }, 0, "nobody asked"},
		{"an instruction that was not read", `UPDATE authorisations SET instruction = ?`, func(w *world) any {
			_, err := w.Publish(context.Background(), authorisationtest.Instruction(of), w.who("birthe"))
			fatal(w.t, err)
			return 2
		}, 20 * 24 * time.Hour, "not instructed"},
		{"an end undone", `UPDATE authorisations SET ended_at = ?`, func(w *world) any {
			all, err := w.List(context.Background(), authorisation.Query{Controller: of})
			fatal(w.t, err)
			fatal(w.t, w.End(context.Background(), of, all[0].ID, "Skal ikke se mere.", w.who("birthe")))
			return 0
		}, 0, "ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.Open(t, dbtest.SQLite(t))
			w := open(t, d, "herning")
			w.given()
			if c.query != "" {
				arg := c.arg(w)
				fatal(t, d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), c.query, arg)
					return err
				}))
			}
			w.clk.Advance(c.clock)
			wrong := fmt.Sprint(w.judge())
			if c.found == "" && wrong != "[]" || c.found != "" && !slices.ContainsFunc(w.judge(), func(s string) bool { return strings.Contains(s, c.found) }) {
				t.Errorf("found %s, want %q", wrong, c.found)
			}
		})
	}
}
