package live_test

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// Alone, where the process opens it: at once, ten minutes, told to the others,
// reviewed by one of them; and shut while that is late.
func TestAloneIsShortToldAndReviewed(t *testing.T) {
	req.Shows(t, "VIEW-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		refused := func(key string, err error) {
			t.Helper()
			if fault.Key(err) != key {
				t.Errorf("%v, not %s", err, key)
			}
		}
		_, err := b.Alone(ctx, wish(), b.who("jonas"))
		refused("live.alone.forbidden", err)
		b.terms.Allow = casework.LiveEmergency
		w := wish()
		w.Reason = "fire"
		_, err = b.Alone(ctx, w, b.who("jonas"))
		refused("live.reason", err)
		w = wish()
		w.Minutes = 60
		q, err := b.Alone(ctx, w, b.who("jonas"))
		must(t, err)
		if q.State(b.clk.Now()) != live.Running || !q.Ends.Equal(start.Add(10*time.Minute)) || len(q.Told) != 3 {
			t.Fatalf("%+v", q)
		}
		signed, err := permit.DecodeSigned(q.Ticket)
		must(t, err)
		s, err := signed.Read()
		must(t, err)
		if l, ok := s.(*permit.Live); !ok || l.Approver != "" || !l.Expires.Equal(q.Ends) {
			t.Errorf("%+v", s)
		}
		_, err = b.Review(ctx, q.ID, true, words, b.who("birthe"))
		refused("live.reviewed", err) // it is still on
		b.clk.Advance(10 * time.Minute)
		_, err = b.Note(ctx, q.ID, words, b.who("jonas"))
		must(t, err)
		_, err = b.Review(ctx, q.ID, true, words, b.who("jonas"))
		refused("live.own", err)
		_, err = b.Review(ctx, q.ID, true, words, b.who("poul"))
		refused("live.answerer", err)

		// Late: nobody looks alone there, and elsewhere they do.
		b.clk.Advance(live.ReviewWithin - 10*time.Minute - time.Second)
		must(t, b.MayAlone(ctx, "lindeby-skole", b.who("jonas")))
		b.clk.Advance(time.Second)
		_, err = b.Alone(ctx, wish(), b.who("jonas"))
		refused("live.alone.overdue", err)
		must(t, b.MayAlone(ctx, "lindeby-gaard", b.who("jonas")))
		late, err := b.Unreviewed(ctx, "lindeby")
		must(t, err)
		if len(late) != 1 {
			t.Errorf("%d are not reviewed", len(late))
		}
		_, err = b.Review(ctx, q.ID, false, words, b.who("mette"))
		must(t, err)
		_, err = b.Review(ctx, q.ID, true, words, b.who("birthe"))
		refused("live.reviewed", err)
		_, err = b.Alone(ctx, wish(), b.who("jonas"))
		must(t, err)

		denied, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"live.denied"}})
		must(t, err)
		if len(denied) != 6 {
			t.Errorf("%d refusals are entered", len(denied))
		}
	})
}

func TestAloneNeedsTwoWhoAreTold(t *testing.T) {
	req.Shows(t, "VIEW-2")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.terms.Allow = casework.LiveEmergency
	for _, login := range []string{"karen", "mette"} {
		must(t, b.accounts.Close(t.Context(), b.people[login].ID, ""))
	}
	if err := b.MayAlone(t.Context(), "lindeby-skole", b.who("jonas")); fault.Key(err) != "live.alone.nobody" {
		t.Errorf("one other is enough: %v", err)
	}
}

// A person's other account is no second person, whatever it is called.
func TestAnotherAccountIsNoSecondPerson(t *testing.T) {
	req.Shows(t, "VIEW-2", "ID-3")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	twin, err := b.accounts.Create(ctx, identity.NewAccount{Login: "jl", Name: "J. Lund", Controller: "lindeby", Roles: []string{"coordinator"}, Email: "Jonas@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
	must(t, err)
	q, err := b.Ask(ctx, wish(), b.who("jonas"))
	must(t, err)
	if _, err := b.Decide(ctx, q.ID, true, "", q.Seal(), live.Who{Controller: "lindeby", Person: twin.ID, Name: twin.Name}); fault.Key(err) != "live.own" {
		t.Errorf("answered by the same person: %v", err)
	}
}

// What ends the right ends the view, once, and says why.
func TestARightThatEndsCutsIt(t *testing.T) {
	req.Shows(t, "VIEW-2", "VIEW-1")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	q := b.approved(t)
	must(t, b.Cut(ctx, q.ID, "session.ended", b.who("jonas"))) // nothing is on
	q, err := b.Begin(ctx, q.ID, b.who("jonas"))
	must(t, err)
	if q.Session != "s-jonas" {
		t.Errorf("session %q", q.Session)
	}
	for range 2 {
		must(t, b.Cut(ctx, q.ID, "session.ended", b.who("jonas")))
	}
	q, err = b.Get(ctx, "lindeby", q.ID)
	must(t, err)
	if q.State(b.clk.Now()) != live.Over || q.Cut != "session.ended" {
		t.Errorf("%+v", q)
	}
	cut, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"live.cut"}})
	must(t, err)
	if len(cut) != 1 || !strings.Contains(string(cut[0].Body), "session.ended") {
		t.Errorf("%d entries", len(cut))
	}
}

func TestAnglesAreCheckedSeldomAndForAReason(t *testing.T) {
	req.Shows(t, "VIEW-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		check := func(key, camera, reason, login string) {
			t.Helper()
			if _, err := b.Check(ctx, camera, reason, b.who(login)); (key != "" || err != nil) && fault.Key(err) != key {
				t.Errorf("%s of %s by %s: %v, not %q", reason, camera, login, err, key)
			}
		}
		check("live.check.reason", "lindeby-0", "curious", "jonas")
		check("camera.unknown", "kadence-0", "technician", "jonas")
		check("", "lindeby-0", "technician", "jonas")
		check("", "lindeby-0", "technician", "jonas")
		check("live.check.many", "lindeby-0", "technician", "jonas")
		check("", "lindeby-1", "technician", "jonas")
		check("", "lindeby-0", "technician", "birthe")
		b.clk.Advance(24 * time.Hour)
		check("", "lindeby-0", "technician", "jonas")
		b.terms.ChecksADay = 0
		check("live.check.forbidden", "lindeby-0", "technician", "jonas")
		all, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"still.check"}})
		must(t, err)
		if len(all) != 5 {
			t.Errorf("%d are entered", len(all))
		}
	})
}
