package guideline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
)

// The lengths of what is written, in characters.
const (
	LongLine = 200
	LongText = 4000
	Shortest = 10 // a reason
)

func within(key, s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return bad(key)
	}
	return nil
}

// New is a version that is to be kept: its file is among the documents already.
type New struct {
	Title, Note string
	Document    string
	InForce     time.Time // zero: now
	Decided     time.Time
	DecidedBy   string
}

// Publish keeps a controller's first guideline. Each version after it comes of a
// review: fault.Conflict "guideline.review".
func (r *Room) Publish(ctx context.Context, n New, who Who) (v Version, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		g, err := r.of(ctx, tx, who.Controller)
		if err != nil {
			return err
		}
		if len(g.Versions) > 0 {
			return fault.New(fault.Conflict, "guideline.review", "%s has version %d", who.Controller, g.Versions[0].Version.Version)
		}
		v, err = r.publish(ctx, tx, n, "", who)
		if err == nil {
			err = r.see(ctx, tx, who.Controller, r.rules())
		}
		return err
	})
	return v, err
}

func (r *Room) publish(ctx context.Context, tx *db.Tx, n New, review string, who Who) (v Version, err error) {
	now := micro(r.c.Clock.Now())
	n.Title, n.Note, n.DecidedBy, n.Decided = tidy(n.Title), tidy(n.Note), tidy(n.DecidedBy), micro(n.Decided)
	if n.InForce.Before(now) {
		n.InForce = time.Time{} // now, by the clock of whoever keeps versions, which has gone on since
	}
	if err := errors.Join(within("guideline.title", n.Title, 2, LongLine), within("guideline.note", n.Note, Shortest, LongText), within("guideline.decidedby", n.DecidedBy, 2, LongLine)); err != nil {
		return v, err
	}
	if n.Decided.IsZero() || n.Decided.After(now) {
		return v, bad("guideline.decided")
	}
	if n.Document == "" {
		return v, bad("guideline.document")
	}
	v = Version{Decided: n.Decided, DecidedBy: n.DecidedBy, Review: review}
	v.Version, err = r.c.Documents.PublishIn(ctx, tx, document.Version{Controller: who.Controller, Kind: Kind, Title: n.Title, Note: n.Note, Document: n.Document, InForce: n.InForce, By: who.Person})
	if err != nil {
		return v, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO guideline_decisions (controller, version, decided, decided_by, review) VALUES (?, ?, ?, ?, ?)`,
		who.Controller, v.Version.Version, v.Decided, v.DecidedBy, review); err != nil {
		return v, err
	}
	_, err = r.c.Ledger.Append(ctx, tx, now, "guideline.published", map[string]any{"controller": who.Controller, "version": v.Version.Version, "document": v.Document, "decided": v.Decided,
		"decided_by": v.DecidedBy, "in_force": v.InForce, "review": review, "person": who.Person, "name": who.Name, "address": who.Address})
	return v, err
}

// Start is a review that somebody begins.
type Start struct {
	Cause  Cause
	Reason string
	Due    time.Time
	People []string // accounts that are asked
	Bodies []string // names of those without an account
}

// Begin begins a review and asks its parties: fault.Conflict "guideline.none"
// where there is nothing to review, "guideline.open" while one goes on.
func (r *Room) Begin(ctx context.Context, s Start, who Who) (x Review, err error) {
	now := micro(r.c.Clock.Now())
	s.Reason = tidy(s.Reason)
	if !slices.Contains(Causes(), s.Cause) {
		return x, bad("guideline.cause")
	}
	if err := within("guideline.reason", s.Reason, Shortest, LongText); err != nil {
		return x, err
	}
	if s.Due.IsZero() || deadline.EndOf(s.Due).Before(now) {
		return x, bad("guideline.due")
	}
	parties, err := r.parties(ctx, who.Controller, s.People, s.Bodies, now)
	if err != nil {
		return x, err
	}
	if len(parties) == 0 {
		return x, bad("guideline.parties")
	}
	return r.begin(ctx, Review{Controller: who.Controller, Cause: s.Cause, Reason: s.Reason, Due: deadline.EndOf(s.Due), Parties: parties}, who)
}

// begin keeps a new review and asks its parties.
func (r *Room) begin(ctx context.Context, x Review, who Who) (Review, error) {
	now := micro(r.c.Clock.Now())
	told, err := r.people(ctx, x)
	if err != nil {
		return x, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		g, err := r.of(ctx, tx, x.Controller)
		if err != nil {
			return err
		}
		v, ok := g.InForce(now)
		if !ok {
			return fault.New(fault.Conflict, "guideline.none", "%s has no guideline", x.Controller)
		}
		if open, ok := g.Running(); ok {
			return fault.New(fault.Conflict, "guideline.open", "review %s goes on", open.Number)
		}
		x.ID, x.Version, x.Began, x.By = db.NewID(), v.Version.Version, now, who.Name
		if err := r.add(ctx, tx, &x); err != nil {
			return err
		}
		if err := r.see(ctx, tx, x.Controller, r.rules()); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "guideline.begun", x, who, map[string]any{"version": x.Version, "due": x.Due, "reason": x.Reason, "rules": x.Rules, "parties": names(x.Parties)}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "asked", x, "", told)
	})
	if err == nil {
		r.c.Mail.Wake()
	}
	return x, err
}

func names(all []Party) (out []string) {
	for _, p := range all {
		out = append(out, p.Name)
	}
	return out
}

// parties are those that are to be asked, each once.
func (r *Room) parties(ctx context.Context, controller string, people, bodies []string, now time.Time) (out []Party, err error) {
	all, err := r.c.People.People(ctx, controller)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		i := slices.IndexFunc(all, func(p person) bool { return p.ID == id && !p.Closed })
		if i < 0 {
			return nil, fault.New(fault.Invalid, "guideline.person", "no person %.40q", id)
		}
		if !slices.ContainsFunc(out, func(p Party) bool { return p.Person == id }) {
			out = append(out, Party{ID: db.NewID(), Person: id, Name: all[i].Name, As: strings.Join(all[i].Roles, ","), Asked: now})
		}
	}
	for _, b := range bodies {
		b = tidy(b)
		if b == "" || slices.ContainsFunc(out, func(p Party) bool { return p.Person == "" && strings.EqualFold(p.Name, b) }) {
			continue
		}
		if err := within("guideline.body", b, 2, LongLine); err != nil {
			return nil, err
		}
		out = append(out, Party{ID: db.NewID(), Name: b, Asked: now})
	}
	return out, nil
}

// Ask adds parties to a review that goes on, who are asked.
func (r *Room) Ask(ctx context.Context, id string, people, bodies []string, who Who) (Review, error) {
	now := micro(r.c.Clock.Now())
	more, err := r.parties(ctx, who.Controller, people, bodies, now)
	if err != nil {
		return Review{}, err
	}
	told, err := r.people(ctx, Review{Controller: who.Controller, Parties: more})
	if err != nil {
		return Review{}, err
	}
	return r.change(ctx, id, who, func(tx *db.Tx, x *Review, now time.Time) error {
		more := slices.DeleteFunc(more, func(p Party) bool {
			return slices.ContainsFunc(x.Parties, func(o Party) bool {
				return p.Person != "" && o.Person == p.Person || p.Person == "" && o.Person == "" && strings.EqualFold(o.Name, p.Name)
			})
		})
		if len(more) == 0 {
			return bad("guideline.parties")
		}
		x.Parties = append(x.Parties, more...)
		if err := r.enter(ctx, tx, "guideline.asked", *x, who, map[string]any{"parties": names(more)}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "asked", *x, "-"+now.Format("20060102150405"), told)
	})
}

// Answer records what a party says: with no comment, nothing. A party with an
// account answers itself: fault.Denied "guideline.party" for others; for a body
// whoever runs the review does (runs). Answered twice, the later counts.
func (r *Room) Answer(ctx context.Context, id, party, comment string, runs bool, who Who) (Review, error) {
	comment = tidy(comment)
	return r.change(ctx, id, who, func(tx *db.Tx, x *Review, now time.Time) error {
		i := slices.IndexFunc(x.Parties, func(p Party) bool { return p.ID == party })
		if i < 0 {
			return fault.New(fault.NotFound, "guideline.unknown", "no party %.40q", party)
		}
		p := &x.Parties[i]
		if p.Person != who.Person && (p.Person != "" || !runs) {
			return fault.New(fault.Denied, "guideline.party", "%s is asked, not %s", p.Name, who.Name)
		}
		if err := within("guideline.comment", comment, 0, LongText); err != nil {
			return err
		}
		p.Answered, p.Comment, p.By = now, comment, who.Name
		return r.enter(ctx, tx, "guideline.answered", *x, who, map[string]any{"party": p.Name, "comment": comment})
	})
}

// End is how a review ends.
type End struct {
	Words   string
	Minutes string // document
	New     *New   // nil: the guideline stays as it is
}

// Conclude ends a review. It is fault.Conflict "guideline.unheard" while a party
// has not answered and its day has not passed.
func (r *Room) Conclude(ctx context.Context, id string, e End, who Who) (Review, error) {
	e.Words = tidy(e.Words)
	return r.change(ctx, id, who, func(tx *db.Tx, x *Review, now time.Time) error {
		if len(x.Missing()) > 0 && !x.Late(now) {
			return fault.New(fault.Conflict, "guideline.unheard", "%d of %d parties have not answered", len(x.Missing()), len(x.Parties))
		}
		if err := within("guideline.words", e.Words, Shortest, LongText); err != nil {
			return err
		}
		if e.Minutes == "" {
			return bad("guideline.minutes")
		}
		if err := r.c.Documents.Keep(ctx, tx, x.Controller, e.Minutes); err != nil {
			return err
		}
		x.Outcome = Unchanged
		if e.New != nil {
			v, err := r.publish(ctx, tx, *e.New, x.ID, who)
			if err != nil {
				return err
			}
			x.Outcome, x.New = Changed, v.Version.Version
		}
		x.Concluded, x.ConcludedBy, x.Words, x.Minutes = now, who.Name, e.Words, e.Minutes
		return r.enter(ctx, tx, "guideline.concluded", *x, who, map[string]any{"outcome": x.Outcome, "version": x.New, "minutes": x.Minutes, "unheard": names(x.Missing()), "reason": x.Words})
	})
}
