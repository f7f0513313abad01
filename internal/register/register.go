// Package register holds what is where: controllers, administrations,
// locations, cameras, and who is designated for a location.
//
// What it promises: everything belongs to one controller and is found only
// with its id in hand; every change is an entry of the ledger in the same
// transaction; ids are readable and never used twice.
//
// What it refuses: ids that would not stand in an address, a designation
// without an instruction on record (D 3.5.6), and credentials: those are
// sealed to the engine's key and kept in its statements, never here. Being in
// the register lets no camera record.
package register

import (
	"context"
	"embed"
	"io/fs"
	"regexp"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Register is the register in a database.
type Register struct {
	db     *db.DB
	ledger Ledger
	clock  clock.Clock
}

// Open makes the tables and returns the register.
func Open(ctx context.Context, d *db.DB, l Ledger, c clock.Clock) (*Register, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if err := db.Migrate(ctx, d, "register", files); err != nil {
		return nil, err
	}
	return &Register{d, l, c}, nil
}

// Kind of controller.
const (
	Municipality = "municipality"
	Business     = "business"
)

// Controller (dataansvarlig) is who answers for the surveillance.
type Controller struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Contact string `json:"contact"`
	DPO     string `json:"dpo" db:"dpo"` // contact of the data protection officer
}

// Administration (forvaltning) is a part of a controller.
type Administration struct {
	ID         string `json:"id"`
	Controller string `json:"controller"`
	Name       string `json:"name"`
}

// Location (sted) is a property with cameras.
type Location struct {
	ID             string `json:"id"`
	Controller     string `json:"controller"`
	Administration string `json:"administration"`
	Name           string `json:"name"`
	Address        string `json:"address"`
	Cadastre       string `json:"cadastre"` // matrikel
	Manager        string `json:"manager"`  // responsible manager
	ManagerContact string `json:"manager_contact"`
}

// Camera is one camera as the register knows it.
type Camera struct {
	ID         string    `json:"id"` // also the engine's reference to it
	Controller string    `json:"controller"`
	Location   string    `json:"location"`
	Name       string    `json:"name"`
	Make       string    `json:"make"`
	Model      string    `json:"model"`
	Place      string    `json:"place"`     // kind of place: entrance, facade, corridor
	Mounting   string    `json:"mounting"`  // where it hangs
	Direction  string    `json:"direction"` // what it looks at
	Purpose    string    `json:"purpose"`
	Basis      string    `json:"basis"` // legal basis, as shown
	Engine     string    `json:"engine"`
	Added      time.Time `json:"added"`
	Removed    time.Time `json:"removed,omitzero"`
	// Where is the name of the location, filled when read.
	Where string `json:"-"`
}

// Designation (udpegning) lets a person look at a location's footage, within
// what internal/access asks beyond it.
type Designation struct {
	ID         string    `json:"id"`
	Location   string    `json:"location"`
	Person     string    `json:"person"`
	Name       string    `json:"name"`
	Instructed time.Time `json:"instructed"` // when the person was instructed
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until,omitzero"` // zero: until ended
	By         string    `json:"by"`
}

var plain = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

func checkID(what, id string) error {
	if !plain.MatchString(id) {
		return fault.New(fault.Invalid, "register.id", "%s id %q: small letters, digits and hyphens, at most 64", what, id)
	}
	return nil
}

// AddController enters a controller.
func (r *Register) AddController(ctx context.Context, c Controller, by string) error {
	if err := checkID("controller", c.ID); err != nil {
		return err
	}
	return r.add(ctx, "controller.added", c.ID, c, by, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO controllers (id, name, kind, contact, dpo) VALUES (?, ?, ?, ?, ?)`,
			c.ID, c.Name, c.Kind, c.Contact, c.DPO)
		return err
	})
}

// AddAdministration enters a part of a controller.
func (r *Register) AddAdministration(ctx context.Context, a Administration, by string) error {
	if err := checkID("administration", a.ID); err != nil {
		return err
	}
	return r.add(ctx, "administration.added", a.Controller, a, by, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO administrations (id, controller, name) VALUES (?, ?, ?)`, a.ID, a.Controller, a.Name)
		return err
	})
}

// AddLocation enters a location.
func (r *Register) AddLocation(ctx context.Context, l Location, by string) error {
	if err := checkID("location", l.ID); err != nil {
		return err
	}
	return r.add(ctx, "location.added", l.Controller, l, by, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO locations (id, controller, administration, name, address, cadastre, manager, manager_contact)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, l.ID, l.Controller, l.Administration, l.Name, l.Address, l.Cadastre, l.Manager, l.ManagerContact)
		return err
	})
}

// AddCamera enters a camera at a location of the same controller. It records
// nothing until a permit is in force.
func (r *Register) AddCamera(ctx context.Context, c Camera, by string) error {
	if err := checkID("camera", c.ID); err != nil {
		return err
	}
	c.Added = r.clock.Now()
	return r.add(ctx, "camera.added", c.Controller, c, by, func(tx *db.Tx) error {
		l, err := db.One[Location](ctx, tx, `SELECT * FROM locations WHERE id = ? AND controller = ?`, c.Location, c.Controller)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Invalid, "register.location", "camera %s: %s has no location %s", c.ID, c.Controller, c.Location)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO cameras (id, controller, location, name, make, model, place, mounting, direction, purpose, basis, engine, added, removed, search)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
			c.ID, c.Controller, c.Location, c.Name, c.Make, c.Model, c.Place, c.Mounting, c.Direction, c.Purpose, c.Basis, c.Engine, c.Added,
			searchText(c.ID, c.Name, c.Make, c.Model, c.Mounting, l.Name, l.Address))
		return err
	})
}

// RemoveCamera takes a camera out of service. Its footage is still deleted on
// time: the engine has that from the footage itself.
func (r *Register) RemoveCamera(ctx context.Context, controller, id, by string) error {
	now := r.clock.Now()
	return r.add(ctx, "camera.removed", controller, map[string]any{"camera": id}, by, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE cameras SET removed = ? WHERE id = ? AND controller = ? AND removed = 0`, now, id, controller)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "camera.unknown", "no camera %s", id)
		}
		return err
	})
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
		_, err := tx.Exec(ctx, `INSERT INTO designations (id, location, person, name, instructed, since, until, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			d.ID, d.Location, d.Person, d.Name, d.Instructed, d.Since, d.Until, d.By)
		return err
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

// add makes a change and its entry in one transaction. The entry names the
// controller, since several share the ledger and each reads only its own.
func (r *Register) add(ctx context.Context, kind, controller string, what any, by string, f func(tx *db.Tx) error) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		_, err := r.ledger.Append(ctx, tx, r.clock.Now(), kind, map[string]any{"controller": controller, "what": what, "by": by})
		return err
	})
}
