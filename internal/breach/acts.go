package breach

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

func bad(key string) error { return fault.New(fault.Invalid, key, "breach: %s", key) }

// text refuses what is too short, too long, or holds a civil registration
// number: fault.Invalid with its key, or breach.cpr.
func text(key, s string, shortest, longest int) error {
	err := incident.CheckText(s, shortest, longest)
	if fault.Key(err) == "text.cpr" {
		return bad("breach.cpr")
	}
	if err != nil {
		return bad(key)
	}
	return nil
}

func tidy(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func (in Call) tidy(now time.Time) Call {
	in.Words = tidy(in.Words)
	in.Since, in.Known = micro(in.Since), micro(in.Known)
	if in.Known.IsZero() {
		in.Known = now
	}
	in.Cameras = slices.Compact(slices.Sorted(slices.Values(in.Cameras)))
	return in
}

// check says what a call lacks: fault.Invalid breach.kind, .finder, .known,
// .since, .words, .cpr, .no-camera.
func (in Call) check(now time.Time) error {
	switch {
	case !slices.Contains(Kinds(), in.Kind):
		return bad("breach.kind")
	case !slices.Contains([]Finder{Owner, Other, Public}, in.Finder):
		return bad("breach.finder")
	case in.Known.After(now):
		return bad("breach.known")
	case in.Since.After(in.Known):
		return bad("breach.since")
	case in.Stop && in.Location == "":
		return bad("breach.no-camera")
	}
	return text("breach.words", in.Words, incident.Shortest, incident.Longest)
}

// Stop ends recording and all use of the cameras at once: fault.Invalid
// breach.no-camera where it is about none, fault.Conflict breach.stopped.
func (r *Room) Stop(ctx context.Context, id string, who Who) (Breach, error) {
	b, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return b, err
	}
	halt := r.running(ctx, b.Cameras)
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		if !b.Stopped.IsZero() {
			return fault.New(fault.Conflict, "breach.stopped", "breach %s", b.Number)
		}
		return r.halt(ctx, tx, b, halt, who, now)
	})
}

// Tell records that a person told the data protection officer: fault.Invalid
// breach.how, .told.
func (r *Room) Tell(ctx context.Context, id string, c Contact, who Who) (Breach, error) {
	c.Words, c.At = tidy(c.Words), micro(c.At)
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		switch {
		case !slices.Contains(Ways(), c.How):
			return bad("breach.how")
		case c.At.IsZero() || c.At.After(now) || c.At.Before(b.Known.Truncate(time.Minute)):
			return bad("breach.told")
		}
		if err := text("breach.words", c.Words, 0, incident.Longest); err != nil {
			return err
		}
		c.Whom, c.Name = DPO, who.Name
		b.Contacts = append(b.Contacts, c)
		return r.enter(ctx, tx, "breach.contacted", *b, who, map[string]any{"whom": c.Whom, "how": c.How, "told": c.At})
	})
}

// Judge decides whether it is a breach and whether it is notified: fault.Invalid
// breach.risk, .reason. Surveillance that was no breach may be looked at again. A
// judgement is not changed once something was sent on it that it would take back:
// fault.Conflict breach.sent.
func (r *Room) Judge(ctx context.Context, id string, j Judgement, who Who) (Breach, error) {
	j.Words = tidy(j.Words)
	if !j.Breach {
		j.Risk = ""
	}
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		switch {
		case j.Breach && !slices.Contains(Risks(), j.Risk):
			return bad("breach.risk")
		case len(b.Sent) > 0 && (!j.Breach || j.Risk == Unlikely):
			return fault.New(fault.Conflict, "breach.sent", "breach %s is notified", b.Number)
		}
		if err := text("breach.reason", j.Words, 2*incident.Shortest, incident.Longest); err != nil {
			return err
		}
		j.At, j.Name = now, who.Name
		b.Judgement = j
		barred := b.Kind == Unlawful && j.Breach
		if _, err := tx.Exec(ctx, `UPDATE breach_cameras SET barred = ? WHERE breach = ?`, barred, b.ID); err != nil {
			return err
		}
		if barred {
			if err := r.withdraw(ctx, tx, *b, b.Since, who); err != nil {
				return err
			}
		}
		return r.enter(ctx, tx, "breach.judged", *b, who, map[string]any{"breach_is": j.Breach, "risk": j.Risk, "reason": j.Words})
	})
}

// Fill writes down what is known for the notification: fault.Invalid breach.form,
// .cpr. What is not known stays empty.
func (r *Room) Fill(ctx context.Context, id string, f Form, who Who) (Breach, error) {
	for _, s := range []*string{&f.Nature, &f.PeopleCount, &f.Records, &f.Contact, &f.Consequences, &f.Measures, &f.Planned} {
		*s = tidy(*s)
	}
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		for _, s := range []string{f.Nature, f.Consequences, f.Measures, f.Planned} {
			if err := text("breach.form", s, 0, 2*incident.Longest); err != nil {
				return err
			}
		}
		for _, s := range []string{f.PeopleCount, f.Records, f.Contact} {
			if err := text("breach.form", s, 0, incident.LongLine); err != nil {
				return err
			}
		}
		for _, x := range []struct{ has, of []string }{{f.Aspects, Aspects()}, {f.People, People()}, {f.Data, Data()}} {
			if slices.ContainsFunc(x.has, func(s string) bool { return !slices.Contains(x.of, s) }) {
				return bad("breach.form")
			}
		}
		f.At, f.Name = now, who.Name
		b.Form = f
		return r.enter(ctx, tx, "breach.filled", *b, who, map[string]any{"missing": f.Missing()})
	})
}

// Sent records that a person has sent a part of the notification, with the form
// as text: fault.Invalid breach.when, .reference, .delay, .cpr; fault.Conflict
// breach.unjudged, breach.needless.
func (r *Room) Sent(ctx context.Context, id string, s Sent, who Who) (Breach, error) {
	s.Reference, s.Delay, s.Sent = tidy(s.Reference), tidy(s.Delay), micro(s.Sent)
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		switch {
		case b.Judgement.At.IsZero():
			return fault.New(fault.Conflict, "breach.unjudged", "breach %s", b.Number)
		case !b.Judgement.Breach || b.Judgement.Risk == Unlikely:
			return fault.New(fault.Conflict, "breach.needless", "breach %s", b.Number)
		case s.Sent.IsZero() || s.Sent.After(now) || s.Sent.Before(b.Known.Truncate(time.Minute)):
			return bad("breach.when")
		}
		if err := text("breach.reference", s.Reference, 2, incident.LongLine); err != nil {
			return err
		}
		// Only the first part has the 72 hours; the rest follow without undue delay.
		least := 0
		if len(b.Sent) == 0 && s.Sent.After(b.Limit()) {
			least = 2 * incident.Shortest
		}
		if err := text("breach.delay", s.Delay, least, incident.Longest); err != nil {
			return err
		}
		s.Missing, s.At, s.Name = b.Form.Missing(), now, who.Name
		b.Sent = append(b.Sent, s)
		return r.enter(ctx, tx, "breach.notified", *b, who, map[string]any{"sent": s.Sent, "reference": s.Reference, "document": s.Document, "late": least > 0, "missing": s.Missing})
	})
}

// Telling decides whether those it is about are told (art. 34): fault.Invalid
// breach.exception, .reason, .letter, .how, .told, .cpr; fault.Conflict
// breach.unjudged.
func (r *Room) Telling(ctx context.Context, id string, t Telling, who Who) (Breach, error) {
	t.Words, t.Text, t.How, t.Told = tidy(t.Words), tidy(t.Text), tidy(t.How), micro(t.Told)
	if t.Tell {
		t.Why = ""
	} else {
		t.Text, t.How, t.Told = "", "", time.Time{}
	}
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		switch {
		case b.Judgement.At.IsZero():
			return fault.New(fault.Conflict, "breach.unjudged", "breach %s", b.Number)
		case !t.Tell && b.Judgement.Risk == High && !slices.Contains(Exceptions(), t.Why):
			return bad("breach.exception")
		case t.Told.After(now):
			return bad("breach.told")
		}
		if err := text("breach.reason", t.Words, incident.Shortest, incident.Longest); err != nil {
			return err
		}
		if t.Tell {
			if err := text("breach.letter", t.Text, 3*incident.Shortest, 2*incident.Longest); err != nil {
				return err
			}
			if err := text("breach.how", t.How, 3, incident.LongLine); err != nil {
				return err
			}
		}
		t.At, t.Name = now, who.Name
		b.Telling = t
		return r.enter(ctx, tx, "breach.telling", *b, who, map[string]any{"tell": t.Tell, "exception": t.Why, "reason": t.Words, "told": t.Told})
	})
}

// Restart decides whether the cameras go on, and on what: fault.Invalid
// breach.on, .reason; fault.Conflict breach.unjudged, breach.running. It can be
// decided otherwise afterwards, also of one that is closed. The cameras go on by
// a restart of their own, which is refused before this.
func (r *Room) Restart(ctx context.Context, id string, d Restart, who Who) (Breach, error) {
	d.On, d.Words = tidy(d.On), tidy(d.Words)
	return r.change(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		switch {
		case b.Stopped.IsZero():
			return fault.New(fault.Conflict, "breach.running", "breach %s", b.Number)
		case b.Judgement.At.IsZero():
			return fault.New(fault.Conflict, "breach.unjudged", "breach %s", b.Number)
		}
		if d.Allow {
			if err := text("breach.on", d.On, 3, incident.LongLine); err != nil {
				return err
			}
		} else {
			d.On = ""
		}
		if err := text("breach.reason", d.Words, incident.Shortest, incident.Longest); err != nil {
			return err
		}
		d.At, d.Name = now, who.Name
		b.Restart = d
		// What is recorded from now on is as it should be; what was, stays barred.
		if _, err := tx.Exec(ctx, `UPDATE breach_cameras SET held = ?, until = ? WHERE breach = ?`, !d.Allow, b.Stopped, b.ID); err != nil {
			return err
		}
		return r.enter(ctx, tx, "breach.restart", *b, who, map[string]any{"allow": d.Allow, "on": d.On, "reason": d.Words})
	})
}

// Undone names what must be done before it can be closed, in the order in which
// it is done.
func (b Breach) Undone() (out []string) {
	add := func(name string, missing bool) {
		if missing {
			out = append(out, name)
		}
	}
	add("dpo", !b.Spoken())
	add("judge", b.Judgement.At.IsZero())
	notify := b.Judgement.Breach && b.Judgement.Risk != Unlikely
	add("notify", notify && len(b.Sent) == 0)
	add("rest", notify && len(b.Sent) > 0 && len(b.Sent[len(b.Sent)-1].Missing) > 0)
	add("telling", notify && b.Telling.At.IsZero())
	add("told", b.Telling.Tell && b.Telling.Told.IsZero())
	add("restart", !b.Stopped.IsZero() && b.Restart.At.IsZero())
	return out
}

// Close ends it, with what it taught: fault.Invalid breach.outcome, fault.Conflict
// "breach.undone" while something is.
func (r *Room) Close(ctx context.Context, id, outcome string, who Who) (Breach, error) {
	outcome = tidy(outcome)
	return r.open(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		if left := b.Undone(); len(left) > 0 {
			return fault.New(fault.Conflict, "breach.undone", "breach %s: %v", b.Number, left)
		}
		if err := text("breach.outcome", outcome, incident.Shortest, incident.Longest); err != nil {
			return err
		}
		b.Closed, b.Outcome = now, outcome
		return r.enter(ctx, tx, "breach.closed", *b, who, map[string]any{"outcome": outcome})
	})
}
