package hold

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/second"
)

// Longer (forlængelse) is that a lock is asked to last longer than was said yes
// to.
type Longer struct {
	Until        time.Time
	Words        string
	Person, Name string // who asks, not always the owner
	Asked        time.Time
}

// Change (ændring) is that a lock was made longer or narrower.
type Change struct {
	At      time.Time
	Name    string // who said yes, or made it narrower
	Words   string
	Was     Terms  // before
	Refused string // key of why the engine kept to what was before; empty: it did not
}

// Waits reports whether a lengthening waits for the second person.
func (h Hold) Waits(now time.Time) bool {
	return h.Longer != nil && h.State(now) == Standing && now.Before(h.Longer.Asked.Add(AnswerWithin)) && now.Before(h.Longer.Until)
}

// AskLonger asks for a lock to last longer. Nothing changes by it: another person
// says yes or no. fault.Conflict hold.untold for a dispute whose person is not
// told, fault.Invalid hold.until, hold.words, fault.Denied hold.law for footage
// whose class has no exception.
func (r *Room) AskLonger(ctx context.Context, id string, until time.Time, words string, who Who) (Hold, error) {
	words, until = strings.TrimSpace(words), until.UTC().Truncate(time.Microsecond)
	h, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return h, err
	}
	longer := h
	if longer.Reason != permit.HoldDispute {
		longer.Until = until
	}
	if err := r.lawful(ctx, longer); err != nil {
		return h, r.refused(ctx, "longer", h, who, err)
	}
	a, err := r.around(ctx, h)
	if err != nil {
		return h, err
	}
	can := slices.DeleteFunc(a.Can, func(p identity.Person) bool { return p.ID == who.Person })
	return r.change(ctx, "longer", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		if err := h.in(Standing, now); err != nil {
			return h, err
		}
		switch {
		case h.Reason == permit.HoldDispute && h.Told.IsZero():
			return h, fault.New(fault.Conflict, "hold.untold", "evidence lock %s", h.Number)
		case h.Former != "":
			return h, fault.New(fault.Conflict, "hold.changing", "evidence lock %s", h.Number)
		case !until.After(h.Ends()) || until.Sub(now) > Longest:
			return h, fault.New(fault.Invalid, "hold.until", "until %s", until)
		case incident.CheckText(words, incident.Shortest, incident.Longest) != nil:
			return h, fault.New(fault.Invalid, "hold.words", "why longer")
		}
		h.Longer = &Longer{Until: until, Words: words, Person: who.Person, Name: who.Name, Asked: now}
		if err := r.enter(ctx, tx, "lock.longer-asked", h, who, map[string]any{"until": until, "words": words}); err != nil {
			return h, err
		}
		return h, r.tell(ctx, tx, tellAsked, h, "-longer-"+until.Format(time.DateOnly), can)
	})
}

// Lengthens says whether somebody may answer a lengthening: as [Room.Answers],
// seen from who asks for it, and never the owner.
func (r *Room) Lengthens(ctx context.Context, h Hold, who Who) error {
	if h.Longer == nil {
		return fault.New(fault.Conflict, "hold.changed", "evidence lock %s", h.Number)
	}
	if h.same(who) {
		return denied("hold.own", h)
	}
	of := second.Asked{Controller: h.Controller, Location: h.Location, Person: h.Longer.Person, Name: h.Longer.Name}
	return r.finder().Refuses(ctx, of, who.Person, who.Name, "hold", func(a second.Around) []identity.Person { return a.Can })
}

// DecideLonger is the second person's answer to a lengthening. With a yes the
// engine gets a lock like the first with the later end, and the first is let go
// when it has it; of a dispute it gets another notice.
func (r *Room) DecideLonger(ctx context.Context, id string, yes bool, answer string, until time.Time, who Who) (Hold, error) {
	answer = strings.TrimSpace(answer)
	h, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return h, err
	}
	if err := r.Lengthens(ctx, h, who); err != nil {
		return h, r.refused(ctx, "longer", h, who, err)
	}
	longer := h
	longer.Until = h.Longer.Until
	if yes && h.Reason != permit.HoldDispute {
		if err := r.lawful(ctx, longer); err != nil {
			return h, r.refused(ctx, "longer", h, who, err)
		}
	}
	return r.change(ctx, "longer", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		switch {
		case !h.Waits(now) || !h.Longer.Until.Equal(until):
			return h, fault.New(fault.Conflict, "hold.changed", "evidence lock %s", h.Number)
		case !yes && incident.CheckText(answer, incident.Shortest, incident.Longest) != nil:
			return h, fault.New(fault.Invalid, "hold.answer", "evidence lock %s is not lengthened, without a reason", h.Number)
		}
		x := *h.Longer
		h.Longer = nil
		if !yes {
			return h, r.enter(ctx, tx, "lock.longer-declined", h, who, map[string]any{"until": x.Until, "answer": answer})
		}
		if h.Reason == permit.HoldDispute {
			h.Changes, h.Extended = append(h.Changes, Change{At: now, Name: who.Name, Words: x.Words, Was: h.Terms}), x.Until
			if _, err := r.c.Issuer.Issue(ctx, tx, &permit.Notice{Head: r.head(h, who.Person), Hold: h.Statement, Given: h.Told, Until: x.Until}); err != nil {
				return h, err
			}
		} else {
			terms := h.Terms
			terms.Until = x.Until
			if h, err = r.replace(ctx, tx, h, terms, x.Words, who, who.Person, now); err != nil {
				return h, err
			}
		}
		return h, r.enter(ctx, tx, "lock.lengthened", h, who, map[string]any{"until": x.Until, "words": x.Words, "of": x.Person, "statement": h.Statement})
	})
}

// Narrow keeps less than was said yes to: fewer cameras, or minutes within those
// that are locked. What it lets go of is deleted when it has had its time.
// fault.Invalid hold.narrower, hold.words; fault.Conflict hold.narrow-late for a
// dispute past the limit, which the engine could not lock anew.
func (r *Room) Narrow(ctx context.Context, id string, cameras []string, from, to time.Time, words string, who Who) (Hold, error) {
	words = strings.TrimSpace(words)
	return r.change(ctx, "narrow", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		if err := h.in(Standing, now); err != nil {
			return h, err
		}
		t := h.Terms
		t.Cameras, t.From, t.To = cameras, from, to
		until := t.Until // tidy would count a dispute's from its new beginning
		t = t.tidy()
		t.Until = until
		less := len(t.Cameras) > 0 && t.From.Before(t.To) && !t.From.Before(h.From) && !t.To.After(h.To) &&
			!slices.ContainsFunc(t.Cameras, func(c string) bool { return !slices.Contains(h.Cameras, c) })
		switch {
		case !less || slices.Equal(t.Cameras, h.Cameras) && t.From.Equal(h.From) && t.To.Equal(h.To):
			return h, fault.New(fault.Invalid, "hold.narrower", "%s to %s", t.From, t.To)
		case incident.CheckText(words, incident.Shortest, incident.Longest) != nil:
			return h, fault.New(fault.Invalid, "hold.words", "why narrower")
		case h.Former != "":
			return h, fault.New(fault.Conflict, "hold.changing", "evidence lock %s", h.Number)
		case !now.Before(h.Until):
			return h, fault.New(fault.Conflict, "hold.narrow-late", "evidence lock %s", h.Number)
		}
		h, err := r.replace(ctx, tx, h, t, words, who, h.Decider, now)
		if err != nil {
			return h, err
		}
		if !h.Extended.IsZero() {
			if _, err := r.c.Issuer.Issue(ctx, tx, &permit.Notice{Head: r.head(h, who.Person), Hold: h.Statement, Given: h.Told, Until: h.Extended}); err != nil {
				return h, err
			}
		}
		return h, r.enter(ctx, tx, "lock.narrowed", h, who, map[string]any{"from": h.From, "to": h.To, "words": words, "statement": h.Statement})
	})
}

// replace signs a lock with other terms in a lock's place. The one before is let
// go in [Room.Tick], when the engine has this one: never is there none.
func (r *Room) replace(ctx context.Context, tx *db.Tx, h Hold, t Terms, words string, who Who, by string, now time.Time) (Hold, error) {
	review := h.ReviewDue()
	if !now.Before(review) || review.Sub(now) > permit.LongestReview {
		return h, fault.New(fault.Conflict, "hold.review-first", "evidence lock %s", h.Number)
	}
	st := &permit.Hold{Head: r.head(h, who.Person), Cameras: t.Cameras, From: t.From, To: t.To, Reason: t.Reason, Reference: t.reference(), Owner: h.Person, Second: by, Review: review, Until: t.Until}
	if _, err := r.c.Issuer.Issue(ctx, tx, st); err != nil {
		return h, err
	}
	h.Changes = append(h.Changes, Change{At: now, Name: who.Name, Words: words, Was: h.Terms})
	h.Former, h.Statement, h.Terms = h.Statement, st.ID, t
	return h, nil
}

// settle lets the lock before go when the engine has the one in its place, and
// goes back to it when the engine would not have that.
func (r *Room) settle(ctx context.Context, h Hold) error {
	if h.Former == "" {
		return nil
	}
	rec, err := r.c.Issuer.Get(ctx, h.Statement)
	if err != nil || rec.State != issuer.Accepted && rec.State != issuer.Refused {
		return err
	}
	system := Who{Controller: h.Controller, Person: "vidne", Name: "Vidne"}
	_, err = r.change(ctx, "settle", h.ID, system, func(tx *db.Tx, h Hold, _ time.Time) (Hold, error) {
		if h.Former == "" || h.Statement != rec.ID || len(h.Changes) == 0 {
			return h, nil // somebody was faster
		}
		if rec.State == issuer.Refused {
			last := &h.Changes[len(h.Changes)-1]
			last.Refused = rec.Why
			h.Statement, h.Former, h.Terms = h.Former, "", last.Was
			return h, r.enter(ctx, tx, "lock.kept-as-was", h, system, map[string]any{"why": rec.Why})
		}
		_, err := r.c.Issuer.Issue(ctx, tx, &permit.Release{Head: r.head(h, system.Person), Hold: h.Former, Reason: h.Number})
		h.Former = ""
		return h, err
	})
	return err
}
