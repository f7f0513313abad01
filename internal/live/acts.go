package live

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/second"
)

// Decide answers a request; seal is of what was read. Whoever asked is told.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (Request, error) {
	q, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return q, err
	}
	if err := r.Answers(ctx, q, who); err != nil {
		return q, r.Refused(ctx, "answer", q, who, err)
	}
	a, err := r.finder().Around(ctx, q.asked())
	if err != nil {
		return q, err
	}
	return r.change(ctx, "answer", id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.decide(who, yes, answer, seal, now)
		if err != nil {
			return q, err
		}
		kind := "live.refused"
		if yes {
			kind = "live.approved"
		}
		if err := r.enter(ctx, tx, kind, q, who, map[string]any{"answer": q.Answer, "seal": seal, "of": q.Person}); err != nil {
			return q, err
		}
		return q, r.tell(ctx, tx, tellAnswer, q, []identity.Person{a.Asker})
	})
}

// Begin uses a yes: from now on the engine shows the cameras to the person, and
// whoever answers for the place is told.
func (r *Room) Begin(ctx context.Context, id string, who Who) (q Request, err error) {
	if q, err = r.Get(ctx, who.Controller, id); err != nil {
		return q, err
	}
	if _, err := r.may(ctx, who); err != nil { // what the process allowed may be over
		return q, r.Refused(ctx, "begin", q, who, err)
	}
	a, err := r.finder().Around(ctx, q.asked())
	if err != nil {
		return q, err
	}
	return r.change(ctx, "begin", id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.begin(who, now)
		if err != nil {
			return q, err
		}
		for _, p := range a.Told {
			q.Told = append(q.Told, p.ID)
		}
		if q, err = r.show(ctx, tx, q, who, "live.begun"); err != nil {
			return q, err
		}
		return q, r.tell(ctx, tx, tellBegun, q, a.Told)
	})
}

// Alone begins at once, for ten minutes, without anybody's yes: fault.Denied
// live.alone.forbidden where the process does not open it, live.alone.overdue
// while an earlier one of the place is not reviewed in time, live.alone.nobody
// where there are not two others who could be told of it.
func (r *Room) Alone(ctx context.Context, w Wish, who Who) (q Request, err error) {
	defer func() {
		err = r.Refused(ctx, "alone", Request{Controller: who.Controller, Location: w.Location, Cameras: w.Cameras}, who, err)
	}()
	if err := r.MayAlone(ctx, w.Location, who); err != nil {
		return q, err
	}
	t, err := r.c.Terms(ctx, who.Controller)
	if err != nil {
		return q, err
	}
	w.Minutes = AloneMinutes
	if q, err = r.draft(ctx, t, w, who, true); err != nil {
		return q, err
	}
	a, err := r.finder().Around(ctx, q.asked())
	if err != nil {
		return q, err
	}
	told := everybody(a)
	for _, p := range told {
		q.Told = append(q.Told, p.ID)
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.insert(ctx, tx, &q); err != nil {
			return err
		}
		if q, err = r.show(ctx, tx, q.on(who, r.c.Clock.Now()), who, "live.alone"); err != nil {
			return err
		}
		if err := r.put(ctx, tx, q); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAlone, q, told)
	})
	r.c.Issuer.Wake()
	r.c.Mail.Wake()
	return q, err
}

// MayAlone says whether somebody may begin alone at a place, as Alone does.
func (r *Room) MayAlone(ctx context.Context, location string, who Who) error {
	no := func(key string) error { return fault.New(fault.Denied, key, "nobody looks alone at %s", location) }
	t, err := r.may(ctx, who)
	switch {
	case err != nil:
		return err
	case t.Allow != casework.LiveEmergency:
		return no("live.alone.forbidden")
	}
	late, err := r.find(ctx, `controller = ? AND location = ? AND alone = 1 AND reviewed = 0 AND started <= ?`, who.Controller, location, r.c.Clock.Now().Add(-ReviewWithin))
	if err != nil {
		return err
	}
	if len(late) > 0 {
		return no("live.alone.overdue")
	}
	a, err := r.finder().Around(ctx, second.Asked{Controller: who.Controller, Location: location, Person: who.Person, Name: who.Name})
	if err != nil {
		return err
	}
	if len(everybody(a)) < AloneTold {
		return no("live.alone.nobody")
	}
	return nil
}

// show gives the engine its statement and enters it: nothing is shown before.
func (r *Room) show(ctx context.Context, tx *db.Tx, q Request, who Who, kind string) (Request, error) {
	signed, err := r.c.Issuer.Ticket(ctx, tx, &permit.Live{Head: permit.Head{Controller: q.Controller, Engine: r.c.Engine, By: who.Person}, Person: q.Person, Approver: q.Decider,
		Purpose: line(q.Words), Case: q.Number, Cameras: q.Cameras, Expires: q.Ends, Text: line(q.Name)})
	if err != nil {
		return q, err
	}
	q.Ticket = signed.Encode()
	return q, r.enter(ctx, tx, kind, q, who, map[string]any{"approver": q.Decider, "purpose": q.Words, "reason": q.Reason, "minutes": q.Minutes,
		"from": q.Started.UTC(), "to": q.Ends.UTC(), "told": q.Told})
}

// End ends a live view before its time, at once: by one of the two, or by
// whoever answers for the place.
func (r *Room) End(ctx context.Context, id string, who Who) (Request, error) {
	q, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return q, err
	}
	if err := r.ends(ctx, q, who); err != nil {
		return q, r.Refused(ctx, "end", q, who, err)
	}
	return r.stop(ctx, id, who, "")
}

// Cut ends a live view because the right to it ended: why is a key of a text.
// One that is over already is no error.
func (r *Room) Cut(ctx context.Context, id, why string, who Who) error {
	q, err := r.Get(ctx, who.Controller, id)
	if err != nil || q.State(r.c.Clock.Now()) != Running {
		return err
	}
	_, err = r.stop(ctx, id, who, why)
	if strings.HasPrefix(fault.Key(err), "live.state.") {
		return nil // somebody was faster
	}
	return err
}

func (r *Room) stop(ctx context.Context, id string, who Who, why string) (Request, error) {
	return r.change(ctx, "end", id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.end(who, now)
		if err != nil {
			return q, err
		}
		q.Cut = why
		if err := r.c.Issuer.Withdraw(ctx, tx, q.Ticket, who.Person, "live.ended"); err != nil {
			return q, err
		}
		kind, more := "live.ended", map[string]any{"of": q.Person}
		if why != "" {
			kind, more = "live.cut", map[string]any{"of": q.Person, "why": why}
		}
		return q, r.enter(ctx, tx, kind, q, who, more)
	})
}

// Note writes down what it was for.
func (r *Room) Note(ctx context.Context, id, words string, who Who) (Request, error) {
	return r.change(ctx, "note", id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.note(who, words, now)
		if err != nil {
			return q, err
		}
		return q, r.enter(ctx, tx, "live.noted", q, who, map[string]any{"note": q.Note})
	})
}

// Review is another's word on what was begun alone.
func (r *Room) Review(ctx context.Context, id string, justified bool, words string, who Who) (Request, error) {
	q, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return q, err
	}
	if err := r.Reviews(ctx, q, who); err != nil {
		return q, r.Refused(ctx, "review", q, who, err)
	}
	return r.change(ctx, "review", id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.review(who, justified, words, now)
		if err != nil {
			return q, err
		}
		return q, r.enter(ctx, tx, "live.reviewed", q, who, map[string]any{"of": q.Person, "justified": justified, "review": q.Review})
	})
}

// line is a text as a statement takes it: on one line, and no longer than one.
func line(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for len(s) > permit.MaxLine {
		cut := strings.LastIndexByte(s[:permit.MaxLine-len("…")], ' ')
		if cut <= 0 {
			cut = permit.MaxLine - len("…")
		}
		s = strings.ToValidUTF8(s[:cut], "") + "…"
	}
	return s
}
