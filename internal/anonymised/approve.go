package anonymised

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

// Seen is which seconds of the film the second person has seen.
type Seen struct {
	Person  string
	Film    string // SHA-256
	Last    time.Time
	Seconds []bool
}

// Left is how many seconds are not seen.
func (s Seen) Left() (n int) {
	for _, seen := range s.Seconds {
		if !seen {
			n++
		}
	}
	return n
}

// Watch begins the seeing of a film, or goes on with it: what this person has
// seen of this very film. Another's is theirs.
func (r *Room) Watch(ctx context.Context, c Copy, who Who) (s Seen, err error) {
	if c.Given == nil {
		return s, fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if s, err = r.seen(ctx, tx, c, who); err != nil {
			return err
		}
		s.Last = r.c.Clock.Now()
		return keep(ctx, tx, c.ID, s)
	})
	return s, err
}

type seenRow struct {
	Person, Film, Seconds string
	Last                  time.Time
}

// seen reads what a person has seen; of another film, or by another, nothing.
func (r *Room) seen(ctx context.Context, tx *db.Tx, c Copy, who Who) (Seen, error) {
	s := Seen{Person: who.Person, Film: c.Given.SHA256, Last: r.c.Clock.Now(), Seconds: make([]bool, c.Given.Whole())}
	row, err := db.One[seenRow](ctx, tx, `SELECT person, film, seconds, last FROM anonymised_seen WHERE copy = ?`, c.ID)
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if err != nil || row.Person != who.Person || row.Film != s.Film {
		return s, err
	}
	s.Last = row.Last
	for i := range min(len(row.Seconds), len(s.Seconds)) {
		s.Seconds[i] = row.Seconds[i] == '1'
	}
	return s, nil
}

func keep(ctx context.Context, tx *db.Tx, id string, s Seen) error {
	b := make([]byte, len(s.Seconds))
	for i, seen := range s.Seconds {
		b[i] = '0'
		if seen {
			b[i] = '1'
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO anonymised_seen (copy, person, film, last, seconds) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (copy) DO UPDATE SET person = excluded.person, film = excluded.film, last = excluded.last, seconds = excluded.seconds`,
		id, s.Person, s.Film, s.Last, string(b))
	return err
}

// See takes in what a player says that it showed: whole seconds of the film. No
// more of them count than could be shown in the time since it told last. When
// the last is seen, that is in the ledger.
func (r *Room) See(ctx context.Context, id string, seconds []int, who Who) (s Seen, err error) {
	c, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return s, err
	}
	if c.State() != Asked {
		return s, fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
	}
	if err := r.Answers(ctx, c, who); err != nil {
		return s, r.refused(ctx, "see", c, who, err)
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if s, err = r.seen(ctx, tx, c, who); err != nil {
			return err
		}
		now, before := r.c.Clock.Now(), s.Left()
		room := int(mostSpeed*now.Sub(s.Last).Seconds()) + mostSpeed
		for _, n := range seconds {
			if n >= 0 && n < len(s.Seconds) && !s.Seconds[n] && room > 0 {
				s.Seconds[n] = true
				room--
			}
		}
		s.Last = now
		if err := keep(ctx, tx, c.ID, s); err != nil || before == 0 || s.Left() > 0 {
			return err
		}
		return r.enter(ctx, tx, "copy.seen", c, who, map[string]any{"sha256": s.Film, "seconds": len(s.Seconds)})
	})
	return s, err
}

// Decide is the second person's answer to exactly the film that they have seen:
// a yes takes every second of it, Denied "copy.unseen" before.
func (r *Room) Decide(ctx context.Context, id string, yes bool, words, seal string, who Who) (Copy, error) {
	words = strings.TrimSpace(words)
	c, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return c, err
	}
	if err := r.Answers(ctx, c, who); err != nil {
		return c, r.refused(ctx, "answer", c, who, err)
	}
	around, err := r.finder().Around(ctx, c.asked())
	if err != nil {
		return c, err
	}
	return r.change(ctx, "answer", id, who, func(tx *db.Tx, c *Copy, now time.Time) error {
		switch {
		case c.State() != Asked:
			return fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
		case seal != c.Seal():
			return fault.New(fault.Conflict, "copy.changed", "copy %s is not what was seen", c.Number)
		case !yes && utf8.RuneCountInString(words) < incident.Shortest, incident.CheckText(words, 0, incident.Longest) != nil:
			return fault.New(fault.Invalid, "copy.answer", "copy %s is declined without a reason", c.Number)
		}
		s, err := r.seen(ctx, tx, *c, who)
		if err != nil {
			return err
		}
		if yes && s.Left() > 0 {
			return fault.New(fault.Denied, "copy.unseen", "copy %s: %d seconds are not seen", c.Number, s.Left())
		}
		if yes && (c.Engine == nil || c.Engine.Film == nil || c.Engine.Film.SHA256 != c.Given.SHA256) {
			return fault.New(fault.Conflict, "copy.changed", "the engine does not have the film of copy %s", c.Number)
		}
		a := Answer{Yes: yes, Words: words, SHA256: c.Given.SHA256, Seconds: len(s.Seconds) - s.Left(), At: now, Person: who.Person, Name: who.Name}
		c.Answers = append(c.Answers, a)
		kind := "copy.approved"
		if !yes {
			kind, c.Given = "copy.declined", nil
		}
		if err := r.enter(ctx, tx, kind, *c, who, map[string]any{"answer": words, "sha256": a.SHA256, "seconds": a.Seconds}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAnswer, *c, a.SHA256, "", around.Asker)
	})
}
