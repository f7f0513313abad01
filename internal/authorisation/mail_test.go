package authorisation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/req"
)

// Who must act is told by mail, each once; nobody reads in a mail whom or which
// place a form is about.
func TestWhoMustActIsTold(t *testing.T) {
	req.Shows(t, "ID-2")
	d := dbtest.Open(t, dbtest.SQLite(t))
	w := open(t, d, "herning")
	ctx := t.Context()
	out, err := notify.Open(ctx, d, w.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: 1, From: "vidne@example.dk", Plain: true}})
	fatal(t, err)
	room, err := authorisation.Open(ctx, authorisation.Config{DB: d, Ledger: w.ledger, Clock: w.clk, Register: w.Register, People: w.People,
		Terms: func(context.Context, string) (casework.Rights, error) { return w.terms, nil },
		Mail: &notify.Letters{Out: out, BaseURL: "https://vidne.example.dk", Words: func(_, key string, args ...any) string {
			return key
		}}})
	fatal(t, err)
	w.Rig = authorisationtest.Rig{Room: room, People: w.People, Register: w.Register, Clock: w.clk}
	for _, login := range []string{"jonas", "hanne", "birthe", "poul", "soeren"} {
		fatal(t, w.People.SetEmail(ctx, w.id[login], login+"@example.dk", ""))
	}
	seen := 0
	told := func(want ...string) {
		t.Helper()
		fatal(t, w.Tick(ctx))
		fatal(t, w.Tick(ctx)) // each once
		type mail struct{ Target, Kind, Subject, Body string }
		var all []mail
		fatal(t, d.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = db.All[mail](ctx, tx, `SELECT target, kind, subject, body FROM notify_outbox ORDER BY seq`)
			return err
		}))
		var got []string
		for _, m := range all[seen:] {
			got = append(got, strings.TrimSuffix(m.Target, "@example.dk")+" "+strings.TrimPrefix(m.Kind, "rights."))
			for _, secret := range []string{"Navn jonas", "pedellen", w.id["jonas"]} {
				if strings.Contains(m.Subject+m.Body, secret) {
					t.Errorf("a mail says %q", secret)
				}
			}
		}
		seen = len(all)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	}
	f, err := w.ask()
	fatal(t, err)
	told("birthe asked")
	fatal(t, w.Decide(ctx, of, f.ID, skole, true, "", w.who("birthe")))
	told("soeren approved")
	fatal(t, w.CarryOut(ctx, of, f.ID, w.who("soeren")))
	told("jonas granted")
	fatal(t, w.Read(ctx, of, f.ID, 1, w.who("jonas")))
	told()
	lapse := start.AddDate(0, 6, 0)
	w.clk.Advance(lapse.AddDate(0, 0, -29).Sub(w.clk.Now()))
	told("birthe lapsing")
	w.clk.Advance(23 * 24 * time.Hour)
	told("birthe lapsing")
	w.clk.Advance(7 * 24 * time.Hour)
	told("jonas lapsed")
}
