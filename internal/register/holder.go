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

// Designation (udpegning) lets a person look at a location's footage, within
// what internal/access asks beyond it.
type Designation struct {
	ID         string    `json:"id"`
	Location   string    `json:"location"`
	Person     string    `json:"person"`
	Name       string    `json:"name"`
	Contact    string    `json:"contact"`    // telephone or e-mail (H 9)
	Instructed time.Time `json:"instructed"` // when the person was instructed
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until,omitzero"` // zero: until ended
	By         string    `json:"by"`
}

// Designate lets a person look at a location's footage from now on.
func (r *Register) Designate(ctx context.Context, d Designation) error {
	if d.Instructed.IsZero() {
		return fault.New(fault.Invalid, "designation.instruction", "nobody is designated before the instruction is on record")
	}
	d.Since = r.clock.Now()
	controller, err := r.controllerOf(ctx, d.Location)
	if err != nil {
		return err
	}
	return r.add(ctx, "designation.begun", controller, d, d.By, func(tx *db.Tx) error {
		return insert(ctx, tx, "designations", []field{{"id", d.ID}, {"location", d.Location}, {"person", d.Person}, {"name", d.Name},
			{"contact", d.Contact}, {"instructed", d.Instructed}, {"since", d.Since}, {"until", d.Until}, {"by", d.By}})
	})
}

// EndDesignation ends one at once.
func (r *Register) EndDesignation(ctx context.Context, id, by string) error {
	now := r.clock.Now()
	var d Designation
	err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		d, err = db.One[Designation](ctx, tx, `SELECT * FROM designations WHERE id = ?`, id)
		return missing(err, "designation", id)
	})
	if err != nil {
		return err
	}
	controller, err := r.controllerOf(ctx, d.Location)
	if err != nil {
		return err
	}
	return r.add(ctx, "designation.ended", controller, d, by, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE designations SET until = ? WHERE id = ? AND (until = 0 OR until > ?)`, now, id, now)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "designation.unknown", "no designation %s in force", id)
		}
		return err
	})
}

func (r *Register) controllerOf(ctx context.Context, location string) (controller string, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		controller, err = db.One[string](ctx, tx, `SELECT controller FROM locations WHERE id = ?`, location)
		return missing(err, "location", location)
	})
	return controller, err
}

// Designated lists who is designated for a location now, by name (VIEW-5).
func (r *Register) Designated(ctx context.Context, location string) (all []Designation, err error) {
	now := r.clock.Now()
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Designation](ctx, tx, `SELECT * FROM designations WHERE location = ? AND since <= ? AND (until = 0 OR until > ?) ORDER BY name, id`, location, now, now)
		return err
	})
	return all, err
}

// DesignatedFor lists the locations that a person is designated for now.
func (r *Register) DesignatedFor(ctx context.Context, person string) (locations []string, err error) {
	now := r.clock.Now()
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		locations, err = db.All[string](ctx, tx, `SELECT DISTINCT location FROM designations WHERE person = ? AND since <= ? AND (until = 0 OR until > ?) ORDER BY location`, person, now, now)
		return err
	})
	return locations, err
}
