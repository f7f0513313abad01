package dossier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
)

// Reminding is what a running case has to remind of now.
type Reminding struct {
	Case    casework.Case
	Process *casework.Process
	Due     []casework.Reminder
}

// Reminders goes through the running cases that have something to remind of,
// one at a time (CASE-19). One that cannot be read does not keep the others
// from it: f is given the others, and the errors are returned together. An
// error of f ends it.
func (r *Room) Reminders(ctx context.Context, f func(Reminding) error) (err error) {
	defer fault.Wrap(&err, "dossier.Reminders")
	now := r.now()
	type row struct {
		Controller, ID string
		Licensed       bool
		Machine        string
	}
	var rows []row
	// No step is reminded of more than a year ahead, nor an end.
	horizon := now.AddDate(1, 0, 0)
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[row](ctx, tx, `SELECT controller, id, licensed, machine FROM cases WHERE status IN (?, ?) AND (licensed = 1 OR (valid_to > 0 AND valid_to <= ?)
			OR EXISTS (SELECT 1 FROM case_turns t WHERE t.controller = cases.controller AND t.case_id = cases.id AND t.due > 0 AND t.due <= ?))
			ORDER BY controller, id`, string(casework.Open), string(casework.Established), horizon, horizon)
		return err
	})
	if err != nil {
		return err
	}
	var bad []error
	for _, w := range rows {
		x, err := r.reminding(ctx, w.Controller, w.ID, w.Machine, w.Licensed, now)
		if err != nil {
			bad = append(bad, fmt.Errorf("case %s: %w", w.ID, err))
			continue
		}
		if len(x.Due) == 0 {
			continue
		}
		if err := f(x); err != nil {
			return err
		}
	}
	return errors.Join(bad...)
}

// reminding is what one case has to remind of. Of the facts only the end of a
// police permit matters to it, so that the others are not looked for.
func (r *Room) reminding(ctx context.Context, controller, id, machine string, licensed bool, now time.Time) (x Reminding, err error) {
	if x.Case, err = fromJSON[casework.Case](machine); err != nil {
		return x, err
	}
	if x.Process, err = r.Process(x.Case.Process, x.Case.Version); err != nil {
		return x, err
	}
	var facts casework.Facts
	if licensed {
		if facts, err = r.Facts(ctx, controller, id); err != nil {
			return x, err
		}
	}
	x.Due = x.Process.Due(x.Case, facts, now)
	return x, nil
}

// Holding lists who holds a body for a case now, deputies last: whoever reaches
// all its places, or where nobody does, whoever holds it for one of them. The
// applicant's body has no holder in the register.
func (r *Room) Holding(ctx context.Context, c casework.Case, body string) ([]register.Holder, error) {
	held, err := r.Register.Holders(ctx, c.Controller, body, "", "")
	if err != nil || body == "" {
		return nil, err
	}
	all := func(some bool) (out []register.Holder) {
		for _, h := range held {
			if reaches(h, c.Administration, c.Locations) || some && (h.Administration == "" || h.Administration == c.Administration) && slices.Contains(c.Locations, h.Location) {
				out = append(out, h)
			}
		}
		return out
	}
	if out := all(false); len(out) > 0 {
		return out, nil
	}
	return all(true), nil
}
