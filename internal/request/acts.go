package request

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
)

// Identify records how somebody made sure who asks: fault.Invalid request.check,
// request.proof.
func (r *Room) Identify(ctx context.Context, id string, how Check, words string, who Who) (Request, error) {
	words = tidy(words)
	return r.change(ctx, id, who, func(tx *db.Tx, q *Request, now time.Time) error {
		if !slices.Contains(Checks(), how) {
			return bad("request.check")
		}
		if err := texts(map[string]text{"request.proof": {words, 0, incident.LongLine}}); err != nil {
			return err
		}
		q.Identity = Identity{How: how, Words: words, At: now, Name: who.Name}
		return r.enter(ctx, tx, "request.identified", *q, who, map[string]any{"how": how})
	})
}

// Assess records what some minutes of a camera come to: see [Part.check].
func (r *Room) Assess(ctx context.Context, id string, p Part, who Who) (Request, error) {
	p.Words, p.From, p.To = tidy(p.Words), micro(p.From), micro(p.To)
	if p.Outcome != Refused {
		p.Ground = ""
	}
	return r.change(ctx, id, who, func(tx *db.Tx, q *Request, now time.Time) error {
		if q.Identity.At.IsZero() {
			return fault.New(fault.Conflict, "request.unidentified", "request %s", q.Number)
		}
		if err := p.check(*q); err != nil {
			return err
		}
		p.At, p.Name = now, who.Name
		// Said again, it replaces what was said of the same minutes.
		q.Parts = slices.DeleteFunc(q.Parts, func(o Part) bool { return o.Camera == p.Camera && o.From.Equal(p.From) && o.To.Equal(p.To) })
		q.Parts = append(q.Parts, p)
		return r.enter(ctx, tx, "request.assessed", *q, who, map[string]any{"camera": p.Camera, "from": p.From, "to": p.To, "outcome": p.Outcome, "ground": p.Ground})
	})
}

// letter checks one that is about to stand.
func letter(l Letter, who Who, now time.Time) (Letter, error) {
	l.Title, l.Text, l.How = tidy(l.Title), tidy(l.Text), tidy(l.How)
	l.At, l.Name = now, who.Name
	return l, texts(map[string]text{"request.letter": {l.Text, 3 * incident.Shortest, LongestLetter}, "request.sent": {l.How, 2, incident.LongLine}})
}

// Extend records that the person was told within the first month that it takes
// longer, and why (GDPR art. 12(3)): then there are three. Later it is
// fault.Conflict "request.extend-late"; a second time "request.extended".
func (r *Room) Extend(ctx context.Context, id string, l Letter, who Who) (Request, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, q *Request, now time.Time) (err error) {
		switch {
		case !q.Extended.IsZero():
			return fault.New(fault.Conflict, "request.extended", "request %s", q.Number)
		case now.After(q.FirstDue()):
			return fault.New(fault.Conflict, "request.extend-late", "request %s was to be answered by %s", q.Number, q.FirstDue())
		}
		l.Kind = LetterExtended
		if l, err = letter(l, who, now); err != nil {
			return err
		}
		q.Extended, q.Letters = now, append(q.Letters, l)
		return r.enter(ctx, tx, "request.extended", *q, who, map[string]any{"due": q.Due().UTC()})
	})
}

// Answer records the answer as it was sent, and ends the request. It is
// fault.Conflict "request.unassessed" before every camera is assessed, and
// fault.Invalid "request.guidance" for a letter that does not say how to
// complain. What is kept because of it is let go when all was given; after a
// refusal it stays to its own end, so that a complaint finds it.
func (r *Room) Answer(ctx context.Context, id string, l Letter, who Who) (Request, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, q *Request, now time.Time) (err error) {
		if q.State() != Assessed {
			return fault.New(fault.Conflict, "request.unassessed", "request %s is %s", q.Number, q.State())
		}
		l.Kind = LetterAnswer
		if l, err = letter(l, who, now); err != nil {
			return err
		}
		if l.Guidance == "" {
			return bad("request.guidance")
		}
		q.Answered, q.Letters = now, append(q.Letters, l)
		if !q.Refuses() {
			if err := r.letGo(ctx, tx, q, who, now); err != nil {
				return err
			}
		}
		return r.enter(ctx, tx, "request.answered", *q, who, map[string]any{"refused": q.Refuses(), "late": now.After(q.Due())})
	})
}

// Withdraw ends a request that the person took back, or that was none.
func (r *Room) Withdraw(ctx context.Context, id, why string, who Who) (Request, error) {
	why = tidy(why)
	return r.change(ctx, id, who, func(tx *db.Tx, q *Request, now time.Time) error {
		if err := texts(map[string]text{"request.why": {why, incident.Shortest, incident.Longest}}); err != nil {
			return err
		}
		q.Withdrawn, q.Why = now, why
		if err := r.letGo(ctx, tx, q, who, now); err != nil {
			return err
		}
		return r.enter(ctx, tx, "request.withdrawn", *q, who, nil)
	})
}

// letGo releases what is kept: what is past its time goes within the hour.
func (r *Room) letGo(ctx context.Context, tx *db.Tx, q *Request, who Who, now time.Time) error {
	if !q.Keeps(now) {
		return nil
	}
	q.Released = now
	_, err := r.c.Issuer.Issue(ctx, tx, &permit.Release{Head: permit.Head{Controller: q.Controller, Engine: r.c.Engine, By: who.Person}, Hold: q.Hold, Reason: q.Number})
	return err
}
