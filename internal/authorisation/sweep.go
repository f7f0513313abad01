package authorisation

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Tick enters in the ledger what ended by itself since the last one, and tells
// people what waits for them and what ends soon. Nothing hangs on it: rights
// end when their time is over, whether it runs or not.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "authorisation.Tick")
	if err := r.note(ctx); err != nil {
		return err
	}
	return r.tell(ctx)
}

// note enters lapses and ends.
func (r *Room) note(ctx context.Context) error {
	now := r.c.Clock.Now()
	type key struct{ ID, Controller string }
	var open []key
	err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		open, err = db.All[key](ctx, tx, `SELECT id, controller FROM authorisations WHERE ended_at = 0 AND (noted = 0 AND until_at <= ?
			OR id IN (SELECT form FROM authorisation_lines WHERE approved = 1 AND noted = 0 AND confirmed_at <= ?)) ORDER BY number`,
			now, now.AddDate(0, -1, 0))
		return err
	})
	for _, k := range open {
		if err == nil {
			err = r.noteOne(ctx, k.Controller, k.ID, now)
		}
	}
	return err
}

func (r *Room) noteOne(ctx context.Context, controller, id string, now time.Time) error {
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		changed := false
		enter := func(kind string, more map[string]any) {
			if err == nil {
				changed = true
				_, err = r.c.Ledger.Append(ctx, tx, now, kind, entry(f, Who{}, more))
			}
		}
		for i := range f.Lines {
			l := &f.Lines[i]
			if by, lapse := f.Ends(*l); l.Approved && !l.Noted && f.EndedAt.IsZero() && lapse && !now.Before(by) {
				l.Noted = true
				enter("authorisation.lapsed", map[string]any{"location": l.Location, "when": by})
			}
		}
		if !f.Noted && !now.Before(f.UntilAt) {
			f.Noted = true
			if f.State(now, 0) == Expired {
				enter("authorisation.expired", map[string]any{"when": f.UntilAt})
			} else {
				changed = true // refused or lapsed before: that is in the ledger
			}
		}
		if err != nil || !changed {
			return err
		}
		return save(ctx, tx, f)
	})
}

// Warning is a right that ends soon by itself.
type Warning struct {
	Form     Form
	Location string
	At       time.Time
	Lapse    bool // the management can stand by it again
}

// Soon lists the locations at which the right ends by itself before a moment.
func (s Standing) Soon(before time.Time) (out []Warning) {
	for i, state := range s.LineStates() {
		if state != InForce && state != Resting && state != Coming && state != Granted && state != Approved {
			continue
		}
		if at, lapse := s.Ends(s.Lines[i]); at.Before(before) {
			out = append(out, Warning{s.Form, s.Lines[i].Location, at, lapse})
		}
	}
	return out
}
