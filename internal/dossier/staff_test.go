package dossier_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/staff"
)

// staffed is the bench with the room of notices to staff.
func staffed(t *testing.T, d *db.DB) (*bench, *staff.Room) {
	t.Helper()
	b := set(t, d)
	room, err := staff.Open(t.Context(), staff.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Register: b.register, Issuer: b.issuer, Law: b.Law, Plans: b.Plans,
		Live: func(context.Context, string) (string, error) { return casework.LiveExtraordinary, nil }})
	must(t, err)
	b.Staff = room
	return b, room
}

// complete does a step without what the player sees to beforehand.
func (b *bench) complete(id, step, day string) error {
	b.t.Helper()
	a := casework.Act{Kind: casework.ActComplete, Step: step, Remarks: "Gjort.", Answers: casework.Answers{}}
	_, p, err := b.Get(b.t.Context(), herning, id)
	must(b.t, err)
	s, _ := p.Step(step)
	for _, f := range s.Needs.Fields {
		a.Answers[f.ID] = casework.Answer{Text: "Alle på stedet."}
		if f.Kind == casework.FieldDate {
			a.Answers[f.ID] = casework.Answer{Text: day}
		}
	}
	for _, c := range s.Needs.Confirm {
		a.Confirmed = append(a.Confirmed, c.ID)
	}
	_, _, err = b.Act(b.t.Context(), herning, id, a, b.herning.Cast[s.Body])
	return err
}

// refusedFor demands a reason of a refusal.
func refusedFor(t *testing.T, err error, key string) {
	t.Helper()
	var r *casework.Refusal
	if errors.As(err, &r) {
		for _, m := range r.Why {
			if m.Key == key {
				return
			}
		}
	}
	t.Errorf("%v, want %s", err, key)
}

// Cameras are not put up before everybody who works there has confirmed the
// notice, which is made of the approval; the six weeks begin when the last of
// them was told; whoever comes meanwhile must have it too; nobody lifts it.
func TestInstallationWaitsForEverybodyToBeTold(t *testing.T) {
	req.Shows(t, "INFO-3", "SITE-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, room := staffed(t, d)
		ctx, who := t.Context(), staff.Who{Controller: herning, Person: "p-leder", Name: "Leder"}
		day := func() string { return b.clk.Now().In(clock.Denmark()).Format(time.DateOnly) }
		id := b.apply("skole-1", "skole-2")
		must(t, b.herning.Until(ctx, id, "staff-notice"))
		refusedFor(t, b.complete(id, "staff-notice", day()), "staff.notice")
		must(t, room.Tick(ctx))
		n, err := room.Notice(ctx, herning, "skole", 0)
		must(t, err)
		if !n.Council || len(n.Areas) != 2 || n.Areas[0].Cameras != 1 || n.Days() != 14 || len(n.Reasons) != 1 || n.Reasons[0].Purpose != said()["purpose.text"] || n.Reasons[0].Necessity == "" {
			t.Errorf("the notice says %+v", n)
		}
		refusedFor(t, b.complete(id, "staff-notice", day()), "staff.roll")

		one, err := room.Add(ctx, "skole", staff.Line{Kind: staff.Employee, Name: "Anders Møller", Since: b.clk.Now().AddDate(-2, 0, 0)}, who)
		must(t, err)
		firm, err := room.Add(ctx, "skole", staff.Line{Kind: staff.Firm, Name: "Nordrent ApS", Since: b.clk.Now().AddDate(-1, 0, 0)}, who)
		must(t, err)
		_, err = room.Add(ctx, "skole", staff.Line{Kind: staff.Employee, Name: "Begynder Senere", Since: b.clk.Now().AddDate(0, 3, 0)}, who)
		must(t, err)
		refusedFor(t, b.complete(id, "staff-notice", day()), "staff.lacking")
		write := func(m staff.Member, how staff.How) {
			t.Helper()
			must(t, room.Write(ctx, "skole", staff.Note{Members: []string{m.ID}, Version: n.Version, Told: b.clk.Now(), How: how, Words: "Givet på et personalemøde."}, who))
		}
		write(one, staff.InPerson)
		b.clk.Advance(5 * 24 * time.Hour)
		refusedFor(t, b.complete(id, "staff-notice", day()), "staff.lacking")
		early := b.clk.Now().AddDate(0, 0, -3).Format(time.DateOnly)
		write(firm, staff.ByStatement)
		refusedFor(t, b.complete(id, "staff-notice", early), "case.told")
		must(t, b.complete(id, "staff-notice", day()))

		// Six weeks later somebody new works there.
		b.herning.Pass = nil
		for range 41 {
			b.clk.Advance(24 * time.Hour)
		}
		for _, step := range []string{"talk-management", "talk-staff", "talk-board", "talk-citizens"} {
			_, _, err := b.Act(ctx, herning, id, casework.Act{Kind: casework.ActOmit, Step: step, Remarks: "Ikke relevant her."}, b.herning.Cast["manager"])
			must(t, err)
		}
		for _, step := range []string{"med", "signs"} {
			must(t, b.herning.Step(ctx, id, step))
		}
		refusedFor(t, b.complete(id, "install", day()), "case.wait")
		b.clk.Advance(24 * time.Hour)
		late, err := room.Add(ctx, "skole", staff.Line{Kind: staff.Substitute, Name: "Vikar Vester", Since: b.clk.Now()}, who)
		must(t, err)
		refusedFor(t, b.complete(id, "install", day()), "staff.lacking")
		write(late, staff.InPerson)
		up := b.clk.Now().AddDate(0, 0, -1).In(clock.Denmark()).Format(time.DateOnly)
		must(t, b.complete(id, "install", up))
		// Putting a camera up counts as using it (L § 1 stk. 2): nobody ticks a box.
		for _, c := range []string{"skole-1", "skole-2"} {
			cam, err := b.register.Camera(ctx, herning, c)
			must(t, err)
			if cam.Use != register.Mounted || cam.Commissioned.In(clock.Denmark()).Format(time.DateTime) != up+" 00:00:00" {
				t.Errorf("%s was taken into use %s by %q", c, cam.Commissioned, cam.Use)
			}
		}

		// The permits say what the notice said: no new version comes of them.
		must(t, b.herning.Until(ctx, id, "follow-up"))
		b.deliver()
		must(t, room.Tick(ctx))
		if again, err := room.Notice(ctx, herning, "skole", 0); err != nil || again.Version != n.Version {
			t.Errorf("version %d after the permits, %v", again.Version, err)
		}
	})
}

// Where nobody works, somebody says so by name; the player of the tests is bound
// as everybody is.
func TestAPlaceWithoutStaffIsSaidToBe(t *testing.T) {
	req.Shows(t, "INFO-3")
	b, room := staffed(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	id := b.apply("skole-1")
	must(t, b.herning.Until(ctx, id, ""))
	r, err := room.Of(ctx, herning, "skole")
	must(t, err)
	if r.Nobody == nil || r.Nobody.SaidBy != b.herning.Cast["manager"].Name {
		t.Errorf("nobody says that nobody works there: %+v", r.Nobody)
	}
	var _ dossier.Staff = room
}
