package live_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/req"
)

// play is what is known of the requests of one random play.
type play struct {
	*bench
	rt    *rapid.T
	ids   []string
	yes   map[string]time.Time // when another said yes
	begun map[string]time.Time // when it was begun
	alone map[string]bool
}

// Whatever people do in whatever order, and whenever the ledger fails: nobody
// sees live without another's yes to it that was given in time, or alone where
// that is open and nothing of the place is left unreviewed; never for longer;
// and what could not be entered did not happen.
func TestRandomActs(t *testing.T) {
	req.Shows(t, "VIEW-2", "ID-3", "LOG-1")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.terms.Allow = casework.LiveEmergency
	rapid.Check(t, func(rt *rapid.T) {
		p := &play{bench: b, rt: rt, yes: map[string]time.Time{}, begun: map[string]time.Time{}, alone: map[string]bool{}}
		p.clear(t)
		for range rapid.IntRange(5, 40).Draw(rt, "acts") {
			who, id := rapid.SampledFrom([]string{"jonas", "birthe", "karen"}).Draw(rt, "who"), ""
			if len(p.ids) > 0 {
				id = rapid.SampledFrom(p.ids).Draw(rt, "request")
			}
			before := p.all(t)
			b.fails = rapid.IntRange(0, 5).Draw(rt, "fault") == 0
			waited := p.act(t, rapid.IntRange(0, 7).Draw(rt, "act"), who, id)
			if b.fails && !waited && !reflect.DeepEqual(before, p.all(t)) {
				rt.Fatalf("something happened that is not entered")
			}
			b.fails = false
			for _, q := range p.all(t) {
				at, ok := p.begun[q.ID]
				if on := q.State(b.clk.Now()) == live.Running; on && (!ok || b.clk.Now().Sub(at) >= time.Duration(q.Minutes)*time.Minute) {
					rt.Fatalf("it is on: %+v", q)
				}
			}
		}
	})
}

// clear ends what an earlier play left open.
func (p *play) clear(t *testing.T) {
	ctx := t.Context()
	p.clk.Advance(live.AnswerWithin)
	for _, login := range []string{"jonas", "birthe", "karen"} {
		owed, err := p.Owed(ctx, "lindeby", p.people[login].ID)
		must(p.rt, err)
		for _, q := range owed {
			_, err := p.Note(ctx, q.ID, words, p.who(login))
			must(p.rt, err)
		}
	}
	late, err := p.Unreviewed(ctx, "lindeby")
	must(p.rt, err)
	for _, q := range late {
		_, err := p.Review(ctx, q.ID, true, words, p.who("mette"))
		must(p.rt, err)
	}
}

// all are the play's requests as they are now.
func (p *play) all(t *testing.T) (out []live.Request) {
	for _, id := range p.ids {
		q, err := p.Get(t.Context(), "lindeby", id)
		must(p.rt, err)
		out = append(out, q)
	}
	return out
}

// act lets somebody do something, and holds what comes of it against what is
// known. It reports whether time alone passed.
func (p *play) act(t *testing.T, act int, who, id string) (waited bool) {
	ctx, rt, now := t.Context(), p.rt, p.clk.Now()
	q := live.Request{}
	if id != "" {
		q, _ = p.Get(ctx, "lindeby", id)
	}
	me := p.people[who].ID
	switch act {
	case 0:
		w := wish()
		w.Minutes = rapid.IntRange(0, 70).Draw(rt, "minutes")
		if q, err := p.Ask(ctx, w, p.who(who)); err == nil {
			p.ids = append(p.ids, q.ID)
		}
	case 1:
		ok := rapid.Bool().Draw(rt, "yes")
		if _, err := p.Decide(ctx, id, ok, words, q.Seal(), p.who(who)); err == nil {
			if _, twice := p.yes[id]; twice || q.Person == me || q.Alone || now.Sub(q.Asked) >= live.AnswerWithin {
				rt.Fatalf("%s answered %+v", who, q)
			}
			if ok {
				p.yes[id] = now
			}
		}
	case 2:
		if q, err := p.Begin(ctx, id, p.who(who)); err == nil {
			at, ok := p.yes[id]
			if _, twice := p.begun[id]; !ok || twice || q.Person != me || now.Sub(at) >= live.BeginWithin || q.Ends.Sub(now) > time.Hour {
				rt.Fatalf("%s began %+v", who, q)
			}
			p.begun[id] = now
		}
	case 3:
		_, _ = p.End(ctx, id, p.who(who))
	case 4:
		_, _ = p.Note(ctx, id, words, p.who(who))
	case 5:
		p.clk.Advance(time.Duration(rapid.SampledFrom([]int{1, 9, 20, 29, 31, 60, 239, 241, 1439, 1441, 4300}).Draw(rt, "wait")) * time.Minute)
		return true
	case 6:
		if q, err := p.Alone(ctx, wish(), p.who(who)); err == nil {
			for _, x := range p.all(t) {
				if due := x.ReviewDue(); !due.IsZero() && !now.Before(due) {
					rt.Fatalf("%s began alone while %s is not reviewed", who, x.Number)
				}
			}
			if q.Ends.Sub(now) > 10*time.Minute || len(q.Told) < live.AloneTold {
				rt.Fatalf("alone: %+v", q)
			}
			p.ids, p.begun[q.ID], p.alone[q.ID] = append(p.ids, q.ID), now, true
		}
	case 7:
		if _, err := p.Review(ctx, id, true, words, p.who(who)); err == nil && (q.Person == me || !p.alone[id] || q.State(now) != live.Over) {
			rt.Fatalf("%s reviewed %+v", who, q)
		}
	}
	return false
}
