// Package register holds what is where: controllers, administrations,
// locations, areas and cameras, suppliers and their agreements, who acts for
// which body, what the police have said,
// and what is registered in POLCAM.
//
// What it promises: everything belongs to one controller and is found only
// with its id in hand; every change is an entry of the ledger in the same
// transaction, with what was and what is; of two people who edit the same
// thing the second is told (Conflict "register.changed"); ids are readable
// and never used twice.
//
// What it refuses: ids that would not stand in an address, and credentials:
// those are sealed to the engine's key and kept in its statements, never here, nor is a
// stream's address. Being in the register lets no camera record.
package register

import (
	"context"
	"embed"
	"regexp"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
	AppendAll(ctx context.Context, tx *db.Tx, entries []ledger.New) (first int64, err error)
}

// Register is the register in a database.
type Register struct {
	db     *db.DB
	ledger Ledger
	clock  clock.Clock
	// substantial says which changes the law wants in POLCAM; nil: all.
	substantial func(change string, at time.Time) bool
}

// Open makes the tables and returns the register.
func Open(ctx context.Context, d *db.DB, l Ledger, c clock.Clock) (*Register, error) {
	if err := db.Tables(ctx, d, "register", migrations); err != nil {
		return nil, err
	}
	r := &Register{db: d, ledger: l, clock: c}
	return r, r.mendSearch(ctx)
}

// WeighWith lets the law say which kinds of change are substantial (§ 2 e stk. 2).
// Without it all are.
func (r *Register) WeighWith(substantial func(change string, at time.Time) bool) {
	r.substantial = substantial
}

// mendSearch makes locations findable that were entered before there was a
// search over them.
func (r *Register) mendSearch(ctx context.Context) error {
	return r.db.Write(ctx, func(tx *db.Tx) error {
		old, err := db.All[Location](ctx, tx, `SELECT `+locationColumns+` FROM locations WHERE search = '' ORDER BY id`)
		if err != nil {
			return err
		}
		for _, l := range old {
			name, err := r.administrationName(ctx, tx, l)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE locations SET search = ? WHERE id = ?`, l.searchText(name), l.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Kinds of controller: the law tells them apart.
const (
	Municipality = "municipality"
	Authority    = "authority" // other public authority
	Business     = "business"
	Housing      = "housing"     // boligorganisation
	Sports       = "sports"      // owner of a sports ground
	Association  = "association" // forening
)

// Controller (dataansvarlig) is who answers for the surveillance.
type Controller struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Contact string `json:"contact"`
	DPO     string `json:"dpo" db:"dpo"` // contact of the data protection officer
	// PolcamDays is the "reasonable time" of § 2 e in days, 14 if nobody has
	// said otherwise; PolcamEvery has every change registered, not only the
	// substantial ones.
	PolcamDays  int   `json:"polcam_days"`
	PolcamEvery bool  `json:"polcam_every"`
	Version     int64 `json:"version"`
}

// Administration (forvaltning) is a part of a controller.
type Administration struct {
	ID         string `json:"id"`
	Controller string `json:"controller"`
	Name       string `json:"name"`
	Version    int64  `json:"version"`
}

var plain = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

func checkID(what, id string) error {
	if !plain.MatchString(id) {
		return fault.New(fault.Invalid, "register.id", "%s id %q: small letters, digits and hyphens, at most 64", what, id)
	}
	return nil
}

// usualPolcamDays is what the police call a reasonable time ("ca. to uger").
const usualPolcamDays = 14

func (c Controller) check() error {
	if err := checkID("controller", c.ID); err != nil {
		return err
	}
	if c.PolcamDays < 1 || c.PolcamDays > 60 {
		return fault.New(fault.Invalid, "controller.polcam", "%d days are no reasonable time", c.PolcamDays)
	}
	return nil
}

// AddController enters a controller. One without days for POLCAM gets 14 and
// registers every change.
func (r *Register) AddController(ctx context.Context, c Controller, by string) error {
	if c.PolcamDays == 0 {
		c.PolcamDays, c.PolcamEvery = usualPolcamDays, true
	}
	c.Version = 1
	if err := c.check(); err != nil {
		return err
	}
	return r.add(ctx, "controller.added", c.ID, c, by, func(tx *db.Tx) error {
		return insert(ctx, tx, "controllers", append(c.fields(), field{"id", c.ID}))
	})
}

func (c Controller) fields() []field {
	return []field{{"name", c.Name}, {"kind", c.Kind}, {"contact", c.Contact}, {"dpo", c.DPO}, {"polcam_days", c.PolcamDays}, {"polcam_every", c.PolcamEvery}}
}

// UpdateController changes a controller that is still c.Version; else it is a
// Conflict "register.changed".
func (r *Register) UpdateController(ctx context.Context, c Controller, by string) error {
	if err := c.check(); err != nil {
		return err
	}
	return edit(ctx, r, "controller.changed", c.ID, c.ID, c.Version, by,
		func(tx *db.Tx) (Controller, int64, error) {
			was, err := db.One[Controller](ctx, tx, `SELECT * FROM controllers WHERE id = ?`, c.ID)
			return was, was.Version, missing(err, "controller", c.ID)
		},
		func(tx *db.Tx, was Controller) (Controller, error) {
			if err := update(ctx, tx, "controllers", "id", c.ID, c.Version, c.fields()); err != nil || was.Name == c.Name {
				return c, err
			}
			return c, r.polcamOwner(ctx, tx, c.ID, was.Name+" → "+c.Name, by)
		})
}

// AddAdministration enters a part of a controller.
func (r *Register) AddAdministration(ctx context.Context, a Administration, by string) error {
	if err := checkID("administration", a.ID); err != nil {
		return err
	}
	a.Version = 1
	return r.add(ctx, "administration.added", a.Controller, a, by, func(tx *db.Tx) error {
		return insert(ctx, tx, "administrations", []field{{"id", a.ID}, {"controller", a.Controller}, {"name", a.Name}})
	})
}

// UpdateAdministration changes an administration that is still a.Version.
func (r *Register) UpdateAdministration(ctx context.Context, a Administration, by string) error {
	if a.Name == "" {
		return fault.New(fault.Invalid, "administration.name", "administration %s has no name", a.ID)
	}
	return edit(ctx, r, "administration.changed", a.Controller, a.ID, a.Version, by,
		func(tx *db.Tx) (Administration, int64, error) {
			was, err := db.One[Administration](ctx, tx, `SELECT * FROM administrations WHERE id = ? AND controller = ?`, a.ID, a.Controller)
			return was, was.Version, missing(err, "administration", a.ID)
		},
		func(tx *db.Tx, _ Administration) (Administration, error) {
			return a, update(ctx, tx, "administrations", "id", a.ID, a.Version, []field{{"name", a.Name}})
		})
}
