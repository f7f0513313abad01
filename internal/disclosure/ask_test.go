package disclosure_test

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/req"
)

func TestADisclosureWantsItsProof(t *testing.T) {
	req.Shows(t, "EVID-5", "EVID-7")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		i := b.incident(true)
		consent := func(x *disclosure.Draft) {
			x.Kind, x.Document, x.Read, x.Consenter = disclosure.ByConsent, "d", true, "Ida Holm"
		}
		for key, change := range map[string]func(*disclosure.Draft){
			"disclosure.kind":      func(x *disclosure.Draft) { x.Kind = "curious" },
			"disclosure.cameras":   func(x *disclosure.Draft) { x.Cameras = nil },
			"disclosure.interval":  func(x *disclosure.Draft) { x.To = x.From },
			"disclosure.beyond":    func(x *disclosure.Draft) { x.To = x.To.Add(20 * time.Minute) },
			"disclosure.journal":   func(x *disclosure.Draft) { x.Journal = " " },
			"disclosure.recipient": func(x *disclosure.Draft) { x.Recipient.Name = "" },
			"disclosure.words":     func(x *disclosure.Draft) { x.Words = "fordi" },
			"disclosure.consenter": func(x *disclosure.Draft) { consent(x); x.Consenter = "" },
			"disclosure.document":  func(x *disclosure.Draft) { consent(x); x.Document = "" },
			"disclosure.read":      func(x *disclosure.Draft) { consent(x); x.Read = false },
			"disclosure.law-name":  func(x *disclosure.Draft) { consent(x); x.Kind = disclosure.ByLaw },
			"disclosure.incident":  func(x *disclosure.Draft) { x.Incident = "" },
			"disclosure.copy":      func(x *disclosure.Draft) { x.Kind, x.Incident = disclosure.ToRegistered, ""; x.Location = "skole" },
		} {
			x := b.draft(i)
			change(&x)
			_, err := b.Open(ctx, x, b.who("jonas"))
			b.refused(key, err)
		}
		// An odd journal number is taken: the form warns, the room does not block.
		x := b.draft(i)
		x.Journal = "sagen om ruden"
		got, err := b.Open(ctx, x, b.who("jonas"))
		must(t, err)
		b.is(got, disclosure.Asked)

		x = b.draft(i)
		consent(&x)
		x.Document = b.paper()
		got, err = b.Open(ctx, x, b.who("jonas"))
		must(t, err)
		if kept, err := b.papers.Get(ctx, "lindeby", got.Document); err != nil || !kept.Kept {
			t.Errorf("the consent can be removed: %+v %v", kept, err)
		}
		if got.Journal != "" || got.Number != "U-2026-002" {
			t.Errorf("%+v", got)
		}
	})
}

// Footage under a § 2 stk. 4 permit goes to the police only: consent does not
// open it, nor does another law, nor a camera that was moved to another basis.
func TestWhatTheLawIsAgainstIsKeptAndSaysWhatToDo(t *testing.T) {
	req.Shows(t, "EVID-7")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		i := b.incident(true)
		for _, kind := range []disclosure.Kind{disclosure.ByConsent, disclosure.ByLaw} {
			x := b.draft(i)
			x.Kind, x.Cameras, x.Consenter, x.Law, x.Document, x.Read = kind, []string{"a", "trussel"}, "Ida Holm", "retsplejelovens § 804", b.paper(), true
			got, err := b.Open(t.Context(), x, b.who("jonas"))
			must(t, err)
			b.is(got, disclosure.Refused)
			f := got.Against[0]
			if f.Camera != "trussel" || !strings.Contains(f.Cite, "§ 2, stk. 4") || f.Text.DA == "" || f.Do.EN == "" {
				t.Errorf("%+v", got.Against)
			}
			if _, err := b.Decide(t.Context(), got.ID, true, "", got.Seal(), b.who("birthe")); err == nil {
				t.Error("somebody said yes to what the law is against")
			}
		}
		if n := len(b.entries("disclosure.refused")); n != 2 {
			t.Errorf("%d refusals in the ledger", n)
		}
		x := b.draft(i)
		x.Cameras = []string{"trussel"}
		got, err := b.Open(t.Context(), x, b.who("jonas"))
		must(t, err)
		b.is(got, disclosure.Asked)
	})
}

func TestNothingGoesOutBeforeTheStepsAreTaken(t *testing.T) {
	req.Shows(t, "EVID-3", "EVID-4", "EVID-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx, who := t.Context(), incident.Who(b.who("jonas"))
		i := b.incident(false)
		ask := func(kind disclosure.Kind, key string) {
			t.Helper()
			x := b.draft(i)
			x.Kind, x.Law, x.Document, x.Read = kind, "retsplejelovens § 804", b.paper(), true
			_, err := b.Open(ctx, x, b.who("jonas"))
			b.refused(key, err)
		}
		ask(disclosure.ToPolice, "steps.minors")
		ask(disclosure.ByLaw, "steps.minors")
		_, err := b.of.SayMinors(ctx, i.ID, true, time.Time{}, "", who)
		must(t, err)
		ask(disclosure.ToPolice, "steps.guardians")
		_, err = b.of.SayMinors(ctx, i.ID, true, b.clk.Now(), "Ringet til begge forældre", who)
		must(t, err)
		ask(disclosure.ToPolice, "steps.consult")
		ask(disclosure.ByLaw, "") // the consultation is before the police get it
		_, err = b.of.Consult(ctx, i.ID, incident.Consultation{Done: incident.Done{Words: "Vi er enige om det"}, With: "Skolelederen", On: b.clk.Now()}, who)
		must(t, err)
		ask(disclosure.ToPolice, "")
		if n := len(b.entries("disclosure.denied")); n != 4 {
			t.Errorf("%d denials in the ledger", n)
		}
		// It stands before the yes too: something was taken back meanwhile.
		got, err := b.Open(ctx, b.draft(i), b.who("jonas"))
		must(t, err)
		_, err = b.of.SayMinors(ctx, i.ID, true, time.Time{}, "", who)
		must(t, err)
		_, err = b.Decide(ctx, got.ID, true, "", got.Seal(), b.who("birthe"))
		b.refused("steps.guardians", err)
	})
}

func TestADisclosureTakesTwo(t *testing.T) {
	req.Shows(t, "EVID-5", "ID-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		got, err := b.Open(ctx, b.draft(b.incident(true)), b.who("birthe"))
		must(t, err)
		_, err = b.Decide(ctx, got.ID, true, "", got.Seal(), b.who("birthe"))
		b.refused("disclosure.own", err)
		_, err = b.Decide(ctx, got.ID, true, "", got.Seal(), b.who("poul"))
		b.refused("disclosure.answerer", err)
		_, err = b.Decide(ctx, got.ID, true, "", "another", b.who("karen"))
		b.refused("disclosure.changed", err)
		_, err = b.Decide(ctx, got.ID, false, "nej", got.Seal(), b.who("karen"))
		b.refused("disclosure.answer", err)
		stranger := b.who("karen")
		stranger.Controller = "naboby"
		_, err = b.Decide(ctx, got.ID, true, "", got.Seal(), stranger)
		b.refused("disclosure.unknown", err)
		got, err = b.Decide(ctx, got.ID, false, "Vælg kun de minutter, hvor ruden knuses", got.Seal(), b.who("karen"))
		must(t, err)
		b.is(got, disclosure.Declined)
		if made, err := b.Next(ctx); made || err != nil {
			t.Errorf("something was made: %v", err)
		}
		late, err := b.Open(ctx, b.draft(b.incident(true)), b.who("jonas"))
		must(t, err)
		b.clk.Advance(disclosure.AnswerWithin)
		b.is(late, disclosure.Lapsed)
		_, err = b.Decide(ctx, late.ID, true, "", late.Seal(), b.who("karen"))
		b.refused("disclosure.state.lapsed", err)
	})
}
