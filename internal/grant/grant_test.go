package grant

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

func night() Grant {
	return Grant{ID: "g", Controller: "lindeby", Location: "skole", Incident: "h", Number: "H-2026-001", Person: "jonas", Name: "Jonas Lund", Ground: access.GroundCrime,
		Purpose: "Ruden er knust", Cameras: []string{"indgang", "port"}, From: start.Add(-3 * time.Hour), To: start.Add(-time.Hour), Given: start, Expires: start.Add(Life)}
}

func TestAGrantAllowsWhatItSaysAndNothingElse(t *testing.T) {
	req.Shows(t, "VIEW-1")
	g := night()
	for name, c := range map[string]struct {
		change func(*Grant, *Use)
		key    string
	}{
		"what it says":           {func(*Grant, *Use) {}, ""},
		"to its last moment":     {func(g *Grant, u *Use) { u.To, u.Now = g.To, g.Expires.Add(-1) }, ""},
		"another person":         {func(_ *Grant, u *Use) { u.Person = "birthe" }, "grant.person"},
		"nobody's grant":         {func(g *Grant, u *Use) { g.Person, u.Person = "", "" }, "grant.person"},
		"another controller":     {func(_ *Grant, u *Use) { u.Controller = "kadence" }, "grant.person"},
		"another camera":         {func(_ *Grant, u *Use) { u.Camera = "hal" }, "grant.camera"},
		"a second before":        {func(g *Grant, u *Use) { u.From = g.From.Add(-time.Second) }, "grant.interval"},
		"a second after":         {func(g *Grant, u *Use) { u.To = g.To.Add(time.Second) }, "grant.interval"},
		"turned round":           {func(_ *Grant, u *Use) { u.From, u.To = u.To, u.From }, "grant.interval"},
		"no time at all":         {func(_ *Grant, u *Use) { u.To = u.From }, "grant.interval"},
		"run out":                {func(g *Grant, u *Use) { u.Now = g.Expires }, "grant.expired"},
		"a clock that went back": {func(g *Grant, u *Use) { u.Now = g.Given.Add(-2 * time.Hour) }, "grant.expired"},
		"ended":                  {func(g *Grant, _ *Use) { g.Ended, g.Why = start, EndIncident }, "grant.ended"},
	} {
		g := g
		u := Use{Controller: "lindeby", Person: "jonas", Camera: "port", From: g.From, To: g.From.Add(time.Hour), Now: start.Add(time.Hour)}
		c.change(&g, &u)
		err := g.Allows(u)
		if (err == nil) != (c.key == "") || err != nil && (fault.Key(err) != c.key || !fault.Is(err, fault.Denied)) {
			t.Errorf("%s: %v, want %q", name, err, c.key)
		}
	}
}

// Whatever is asked: what is allowed lies within all of the grant's bounds.
func TestNoUseBeyondItsBounds(t *testing.T) {
	req.Shows(t, "VIEW-1")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"", "a", "b"})
		at := func(name string) time.Time {
			return start.Add(time.Duration(rapid.IntRange(-6, 8).Draw(t, name)) * time.Hour)
		}
		g := Grant{ID: "g", Controller: word.Draw(t, "controller"), Person: word.Draw(t, "person"), Cameras: rapid.SliceOf(word).Draw(t, "cameras"),
			From: at("from"), To: at("to"), Given: start, Expires: start.Add(Life)}
		if rapid.Bool().Draw(t, "ended") {
			g.Ended = start.Add(time.Minute)
		}
		u := Use{Controller: word.Draw(t, "of"), Person: word.Draw(t, "who"), Camera: word.Draw(t, "camera"), From: at("a"), To: at("b"), Now: at("now")}
		if g.Allows(u) != nil {
			return
		}
		if u.Person == "" || u.Person != g.Person || u.Controller != g.Controller || !slices.Contains(g.Cameras, u.Camera) ||
			u.From.Before(g.From) || u.To.After(g.To) || !u.To.After(u.From) || !g.Ended.IsZero() || u.Now.Sub(start) >= Life || u.Now.Before(start.Add(-maxSkew)) {
			t.Fatalf("%+v allows %+v", g, u)
		}
	})
}

// faulty is a ledger that fails when it is told to.
type faulty struct {
	*ledger.Log
	fails bool
}

func (f *faulty) Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error) {
	if f.fails {
		return 0, errors.New("the ledger is full")
	}
	return f.Log.Append(ctx, tx, at, kind, body)
}

func TestGivenAndEndedWithTheirEntries(t *testing.T) {
	req.Shows(t, "VIEW-1", "LOG-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		clk := clock.NewFake(start)
		l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
		ok(err)
		book := &faulty{Log: l}
		r, err := Open(ctx, Config{DB: d, Ledger: book, Clock: clk})
		ok(err)
		by := By{Person: "jonas", Name: "Jonas Lund", Address: "192.0.2.1"}
		give := func(change func(*Grant)) (g Grant, err error) {
			n := night()
			n.Expires = start.AddDate(10, 0, 0) // what is asked for does not count
			change(&n)
			err = d.Write(ctx, func(tx *db.Tx) error { g, err = r.GiveIn(ctx, tx, n, by); return err })
			return g, err
		}
		count := func(kind string) int {
			all, err := l.Find(ctx, ledger.Filter{Kinds: []string{kind}})
			ok(err)
			return len(all)
		}
		g, err := give(func(*Grant) {})
		ok(err)
		if g.ID == "" || g.ID == "g" || !g.Expires.Equal(start.Add(Life)) {
			t.Errorf("%+v", g)
		}
		back, err := r.Get(ctx, "lindeby", g.ID)
		ok(err)
		if !back.From.Equal(g.From) || !slices.Equal(back.Cameras, g.Cameras) || back.Ground != access.GroundCrime || back.Name != "Jonas Lund" {
			t.Errorf("%+v comes back as %+v", g, back)
		}
		if _, err := r.Get(ctx, "kadence", g.ID); fault.Key(err) != "grant.unknown" {
			t.Errorf("another controller's: %v", err)
		}
		for name, change := range map[string]func(*Grant){
			"nobody": func(g *Grant) { g.Person = "" }, "no incident": func(g *Grant) { g.Incident = "" }, "no ground": func(g *Grant) { g.Ground = "curiosity" },
			"no need": func(g *Grant) { g.Purpose = " " }, "no camera": func(g *Grant) { g.Cameras = nil }, "no time": func(g *Grant) { g.To = g.From },
			"safety without a statement": func(g *Grant) { g.Ground = access.GroundSafety },
		} {
			if _, err := give(change); fault.Key(err) != "grant.incomplete" {
				t.Errorf("%s: %v", name, err)
			}
		}
		other, err := give(func(g *Grant) { g.Person, g.Name = "birthe", "Birthe Kjær" })
		ok(err)
		end := func(w Which) (out []Grant) {
			ok(d.Write(ctx, func(tx *db.Tx) (err error) { out, err = r.EndIn(ctx, tx, w, EndStopped, by); return err }))
			return out
		}
		if len(end(Which{})) != 0 || len(end(Which{Incident: "h", Person: "karen"})) != 0 {
			t.Error("something ended that nothing named")
		}
		// A ledger that does not take the entry keeps the act from happening.
		book.fails = true
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := r.EndIn(ctx, tx, Which{Incident: "h"}, EndIncident, by); return err }); err == nil {
			t.Error("ended without an entry")
		}
		if _, err := give(func(*Grant) {}); err == nil {
			t.Error("given without an entry")
		}
		book.fails = false
		if all, err := r.Of(ctx, "lindeby", "h"); err != nil || len(all) != 2 || !all[0].InForce(start) || !all[1].InForce(start) {
			t.Fatalf("%+v, %v", all, err)
		}
		if out := end(Which{Person: "jonas", Incident: "h"}); len(out) != 1 || out[0].ID != g.ID {
			t.Errorf("ended: %+v", out)
		}
		if len(end(Which{ID: g.ID})) != 0 {
			t.Error("it ended twice")
		}
		left, err := r.Get(ctx, "lindeby", other.ID)
		ok(err)
		if !left.InForce(start) || count("grant.given") != 2 || count("grant.ended") != 1 {
			t.Errorf("%+v, %d given, %d ended", left, count("grant.given"), count("grant.ended"))
		}
		clk.Advance(Life)
		if len(end(Which{ID: other.ID})) != 0 {
			t.Error("what had run out was ended")
		}
	})
}
