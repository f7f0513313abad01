package register

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Holder (rolleindehaver) is who acts for a body of the process: the risk
// coordinator, the data protection officer, the director of an
// administration. A body is an id of the process's data.
type Holder struct {
	ID             string    `json:"id"`
	Controller     string    `json:"controller"`
	Body           string    `json:"body"`
	Administration string    `json:"administration"` // empty: of all
	Location       string    `json:"location"`       // empty: of all
	Person         string    `json:"person"`
	Name           string    `json:"name"`
	Email          string    `json:"email"`
	Since          time.Time `json:"since"`
	Until          time.Time `json:"until,omitzero"` // zero: until ended
	Deputy         bool      `json:"deputy"`         // steps in for the others
	By             string    `json:"by"`
}

// Hold makes a person act for a body from h.Since, or from now.
func (r *Register) Hold(ctx context.Context, h Holder) error {
	if err := checkID("holder", h.ID); err != nil {
		return err
	}
	if h.Body == "" || h.Person == "" {
		return fault.New(fault.Invalid, "holder.person", "holder %s: who holds what", h.ID)
	}
	if h.Since.IsZero() {
		h.Since = r.clock.Now()
	}
	if !earlier(h.Since, h.Until) {
		return fault.New(fault.Invalid, "holder.until", "holder %s ends before it begins", h.ID)
	}
	return r.add(ctx, "holder.begun", h.Controller, h, h.By, func(tx *db.Tx) error {
		for _, of := range []struct{ table, id string }{{"administrations", h.Administration}, {"locations", h.Location}} {
			if of.id == "" {
				continue
			}
			n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM `+of.table+` WHERE id = ? AND controller = ?`, of.id, h.Controller)
			if err != nil {
				return err
			}
			if n == 0 {
				return fault.New(fault.Invalid, "holder.of", "%s has no %q in %s", h.Controller, of.id, of.table)
			}
		}
		return insert(ctx, tx, "holders", []field{{"id", h.ID}, {"controller", h.Controller}, {"body", h.Body}, {"administration", h.Administration},
			{"location", h.Location}, {"person", h.Person}, {"name", h.Name}, {"email", h.Email}, {"since", h.Since}, {"until", h.Until},
			{"deputy", h.Deputy}, {"by", h.By}})
	})
}

// EndHold ends one at once.
func (r *Register) EndHold(ctx context.Context, controller, id, by string) error {
	now := r.clock.Now()
	return r.add(ctx, "holder.ended", controller, map[string]any{"holder": id}, by, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE holders SET until = ? WHERE id = ? AND controller = ? AND (until = 0 OR until > ?)`, now, id, controller, now)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "holder.unknown", "no holder %s in force", id)
		}
		return err
	})
}

// Holders lists who acts for a body now, deputies last: for an
// administration and a location those who hold it there or for all of them.
// An empty body lists all bodies.
func (r *Register) Holders(ctx context.Context, controller, body, administration, location string) (all []Holder, err error) {
	now := r.clock.Now()
	where, args := `controller = ? AND since <= ? AND (until = 0 OR until > ?)`, []any{controller, now, now}
	for _, c := range []struct{ column, is string }{{"administration", administration}, {"location", location}} {
		if c.is != "" {
			where, args = where+` AND `+c.column+` IN ('', ?)`, append(args, c.is)
		}
	}
	if body != "" {
		where, args = where+` AND body = ?`, append(args, body)
	}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Holder](ctx, tx, `SELECT * FROM holders WHERE `+where+` ORDER BY body, deputy, name, id`, args...)
		return err
	})
	return all, err
}

// BodiesOf lists what a person acts for now.
func (r *Register) BodiesOf(ctx context.Context, controller, person string) (all []Holder, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = r.BodiesIn(ctx, tx, controller, person)
		return err
	})
	return all, err
}

// BodiesIn is [Register.BodiesOf] in a transaction of the caller.
func (r *Register) BodiesIn(ctx context.Context, tx *db.Tx, controller, person string) ([]Holder, error) {
	now := r.clock.Now()
	return db.All[Holder](ctx, tx, `SELECT * FROM holders WHERE controller = ? AND person = ? AND since <= ? AND (until = 0 OR until > ?) ORDER BY body, deputy, id`,
		controller, person, now, now)
}

// Reaches says whether the holder acts for the body at a location.
func (h Holder) Reaches(l Location) bool {
	return (h.Administration == "" || h.Administration == l.Administration) && (h.Location == "" || h.Location == l.ID)
}
