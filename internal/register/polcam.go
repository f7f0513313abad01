package register

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Whether a location's cameras are registered in POLCAM (§ 2 e).
const (
	PolcamRequired  = "required"
	PolcamVoluntary = "voluntary"
	PolcamNot       = "not"
)

// The changes that POLCAM may have to be told of (§ 2 e stk. 2). The law asks
// for substantial ones, which lawdata/polcam.toml lists, Herning for every one.
const (
	PolcamAdded   = "camera.added"
	PolcamRemoved = "camera.removed"
	PolcamMoved   = "moved" // a camera, or the address
	// PolcamView is what a camera sees: direction, angle, or what is masked.
	PolcamView      = "view"
	PolcamOwner     = "owner"     // who surveils
	PolcamContact   = "contact"   // whom the police reach
	PolcamRetention = "retention" // how long footage is kept
	// PolcamShut ends the registration: nothing is surveilled there any more.
	PolcamShut = "location.shut"
)

// Polcam (POLCAM-registrering) is the registration of one address in the
// police's register, as people enter it there by hand: the register has no
// interface for machines, and nothing here claims to have submitted anything.
type Polcam struct {
	Location   string `json:"location"`
	Controller string `json:"controller"`
	Duty       string `json:"duty"`
	Why        string `json:"why"`       // the law's reason for the duty
	Cameras    List   `json:"cameras"`   // that the registration covers
	Placement  string `json:"placement"` // where they sit, as the form asks
	// Contact, Phone and Email reach somebody outside opening hours too.
	Contact string `json:"contact"`
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Remarks string `json:"remarks"`
	// Commissioned is when the first of the cameras was taken into use, Due the
	// end of the "reasonable time" of § 2 e, by the controller's days.
	Commissioned time.Time `json:"commissioned,omitzero"`
	Due          time.Time `json:"due,omitzero"`
	Registered   time.Time `json:"registered,omitzero"`
	RegisteredBy string    `json:"registered_by"`
	Receipt      string    `json:"receipt"` // document
	Version      int64     `json:"version"`
}

// PolcamChange is one change since the registration.
type PolcamChange struct {
	ID         int64     `json:"id"`
	Controller string    `json:"controller"`
	Location   string    `json:"location"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Camera     string    `json:"camera"`
	What       string    `json:"what"`
	By         string    `json:"by"`
	Due        time.Time `json:"due"`
	// Settled is when it was registered, or found not to be substantial; How
	// says which, with the reason.
	Settled    time.Time `json:"settled,omitzero"`
	SettledHow string    `json:"settled_how"`
}

// PolcamState is where a registration stands.
type PolcamState string

// The states.
const (
	PolcamNeedless      PolcamState = "not-required"
	PolcamWaiting       PolcamState = "waiting" // nothing is taken into use yet
	PolcamDue           PolcamState = "due"
	PolcamOverdue       PolcamState = "overdue"
	PolcamRegistered    PolcamState = "registered"
	PolcamChangeDue     PolcamState = "change-due"
	PolcamChangeOverdue PolcamState = "change-overdue"
	// PolcamLeave and PolcamLeaveLate are a registration that is to be deleted with
	// the police, PolcamLeft one that was.
	PolcamLeave     PolcamState = "leave-due"
	PolcamLeaveLate PolcamState = "leave-overdue"
	PolcamLeft      PolcamState = "left"
)

// State says where it stands at a time, with the changes since.
func (p Polcam) State(changes []PolcamChange, now time.Time) PolcamState {
	open := slices.DeleteFunc(slices.Clone(changes), func(c PolcamChange) bool { return !c.Settled.IsZero() })
	for _, c := range open {
		if c.Kind == PolcamShut && !now.Before(c.Due) {
			return PolcamLeaveLate
		} else if c.Kind == PolcamShut {
			return PolcamLeave
		}
	}
	switch {
	case p.Duty == PolcamNot:
		return PolcamNeedless
	case !p.Registered.IsZero() && len(p.Cameras) == 0 && len(open) == 0:
		return PolcamLeft
	case p.Registered.IsZero() && p.Commissioned.IsZero():
		return PolcamWaiting
	case p.Registered.IsZero() && now.Before(p.Due):
		return PolcamDue
	case p.Registered.IsZero():
		return PolcamOverdue
	}
	state := PolcamRegistered
	for _, c := range open {
		if !now.Before(c.Due) {
			return PolcamChangeOverdue
		}
		state = PolcamChangeDue
	}
	return state
}

func (p Polcam) check() error {
	switch p.Duty {
	case PolcamNot:
		return nil
	case PolcamRequired, PolcamVoluntary:
	default:
		return fault.New(fault.Invalid, "polcam.duty", "duty %q", p.Duty)
	}
	if p.Contact == "" || p.Phone == "" && p.Email == "" {
		return fault.New(fault.Invalid, "polcam.contact", "%s: whom the police reach, and how", p.Location)
	}
	return nil
}

func (p Polcam) fields() []field {
	return []field{{"duty", p.Duty}, {"why", p.Why}, {"cameras", asJSON(p.Cameras)}, {"placement", p.Placement}, {"contact", p.Contact},
		{"phone", p.Phone}, {"email", p.Email}, {"remarks", p.Remarks}}
}

// SetPolcam says whether and how a location is registered: version 0 begins,
// any other changes the one that is still p.Version. The dates are kept by
// [Register.Commission] and [Register.RegisterPolcam].
func (r *Register) SetPolcam(ctx context.Context, p Polcam, by string) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Version > 0 {
		return edit(ctx, r, "polcam.changed", p.Controller, p.Location, p.Version, by,
			func(tx *db.Tx) (Polcam, int64, error) {
				was, err := r.polcamIn(ctx, tx, p.Controller, p.Location)
				return was, was.Version, err
			},
			func(tx *db.Tx, was Polcam) (Polcam, error) {
				p.Commissioned, p.Due, p.Registered, p.RegisteredBy, p.Receipt = was.Commissioned, was.Due, was.Registered, was.RegisteredBy, was.Receipt
				if err := update(ctx, tx, "polcam", "location", p.Location, p.Version, p.fields()); err != nil {
					return p, err
				}
				switch {
				case p.Duty == PolcamNot && was.Duty != PolcamNot:
					return p, r.polcamEnds(ctx, tx, was, p.Why, by)
				case p.Duty != PolcamNot && was.Duty == PolcamNot: // it stays after all
					if _, err := tx.Exec(ctx, `UPDATE polcam_changes SET settled = ?, settled_how = ? WHERE location = ? AND kind = ? AND settled = 0`, r.clock.Now(), "stays", p.Location, PolcamShut); err != nil {
						return p, err
					}
				}
				if p.Contact != was.Contact || p.Phone != was.Phone || p.Email != was.Email {
					return p, r.polcamChange(ctx, tx, p.Controller, p.Location, PolcamContact, "", p.Contact, by)
				}
				return p, nil
			})
	}
	p.Version = 1
	return r.add(ctx, "polcam.begun", p.Controller, p, by, func(tx *db.Tx) error {
		if _, err := r.LocationIn(ctx, tx, p.Controller, p.Location); err != nil {
			return err
		}
		first, err := db.One[int64](ctx, tx, `SELECT COALESCE(MIN(commissioned), 0) FROM cameras WHERE location = ? AND commissioned > 0 AND removed = 0`, p.Location)
		if err != nil {
			return err
		}
		days, _, err := r.polcamRule(ctx, tx, p.Controller)
		if err != nil {
			return err
		}
		p.Commissioned = db.Time(first)
		p.Due = dueAfter(p.Commissioned, days)
		return insert(ctx, tx, "polcam", append(p.fields(), field{"location", p.Location}, field{"controller", p.Controller},
			field{"commissioned", p.Commissioned}, field{"due", p.Due}, field{"registered", 0}, field{"registered_by", ""}, field{"receipt", ""}, field{"version", 1}))
	})
}

// dueAfter is whole days after a moment; none after none.
func dueAfter(from time.Time, days int) time.Time {
	if from.IsZero() {
		return from
	}
	return from.AddDate(0, 0, days)
}

// polcamRule is the controller's days, and whether every change counts.
func (r *Register) polcamRule(ctx context.Context, tx *db.Tx, controller string) (days int, every bool, err error) {
	c, err := db.One[Controller](ctx, tx, `SELECT * FROM controllers WHERE id = ?`, controller)
	return c.PolcamDays, c.PolcamEvery, missing(err, "controller", controller)
}

// RegisterPolcam records that somebody has registered a location, or its
// changes, with the receipt: what was open until then is settled.
func (r *Register) RegisterPolcam(ctx context.Context, controller, location string, version int64, at time.Time, receipt, by string) error {
	now := r.clock.Now()
	if at.IsZero() || at.After(now) || receipt == "" {
		return fault.New(fault.Invalid, "polcam.receipt", "%s: registered when, with what receipt", location)
	}
	return edit(ctx, r, "polcam.registered", controller, location, version, by,
		func(tx *db.Tx) (Polcam, int64, error) {
			was, err := r.polcamIn(ctx, tx, controller, location)
			return was, was.Version, err
		},
		func(tx *db.Tx, p Polcam) (Polcam, error) {
			leaves, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM polcam_changes WHERE location = ? AND kind = ? AND settled = 0`, location, PolcamShut)
			if err != nil {
				return p, err
			}
			if p.Duty == PolcamNot && leaves == 0 {
				return p, fault.New(fault.Invalid, "polcam.duty", "%s is not to be registered", location)
			}
			here, err := db.All[string](ctx, tx, `SELECT id FROM cameras WHERE location = ? AND removed = 0 AND commissioned > 0 ORDER BY id`, location)
			if err != nil {
				return p, err
			}
			if leaves > 0 {
				here = []string{}
			}
			p.Cameras, p.Registered, p.RegisteredBy, p.Receipt = here, at, by, receipt
			err = update(ctx, tx, "polcam", "location", location, version, []field{{"cameras", asJSON(p.Cameras)},
				{"registered", at}, {"registered_by", by}, {"receipt", receipt}})
			if err != nil {
				return p, err
			}
			_, err = tx.Exec(ctx, `UPDATE polcam_changes SET settled = ?, settled_how = ? WHERE location = ? AND settled = 0 AND at <= ?`, now, "registered", location, at)
			return p, err
		})
}

// WaivePolcam settles a change that is not substantial, with the reason. A
// controller that registers every change cannot, and nobody that a registration
// ends.
func (r *Register) WaivePolcam(ctx context.Context, controller string, change int64, reason, by string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "polcam.reason", "change %d is left out without a reason", change)
	}
	now := r.clock.Now()
	what := map[string]any{"change": change, "reason": reason}
	return r.add(ctx, "polcam.waived", controller, what, by, func(tx *db.Tx) error {
		_, every, err := r.polcamRule(ctx, tx, controller)
		if err != nil {
			return err
		}
		if every {
			return fault.New(fault.Denied, "polcam.every", "%s registers every change", controller)
		}
		n, err := tx.Exec(ctx, `UPDATE polcam_changes SET settled = ?, settled_how = ? WHERE id = ? AND controller = ? AND settled = 0 AND kind <> ?`, now, reason, change, controller, PolcamShut)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "polcam.change", "no open change %d", change)
		}
		return err
	})
}

func (r *Register) polcamIn(ctx context.Context, tx *db.Tx, controller, location string) (Polcam, error) {
	p, err := db.One[Polcam](ctx, tx, `SELECT * FROM polcam WHERE location = ? AND controller = ?`, location, controller)
	return p, missing(err, "polcam", location)
}

// Polcam finds the registration of one location, with the changes since, the
// last first.
func (r *Register) Polcam(ctx context.Context, controller, location string) (p Polcam, changes []PolcamChange, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if p, err = r.polcamIn(ctx, tx, controller, location); err != nil {
			return err
		}
		changes, err = db.All[PolcamChange](ctx, tx, `SELECT * FROM polcam_changes WHERE location = ? ORDER BY id DESC`, location)
		return err
	})
	return p, changes, err
}

// Polcams lists a controller's registrations by location, and the changes
// that are still open.
func (r *Register) Polcams(ctx context.Context, controller string) (all []Polcam, open []PolcamChange, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if all, err = db.All[Polcam](ctx, tx, `SELECT * FROM polcam WHERE controller = ? ORDER BY location`, controller); err != nil {
			return err
		}
		open, err = db.All[PolcamChange](ctx, tx, `SELECT * FROM polcam_changes WHERE controller = ? AND settled = 0 ORDER BY due, id`, controller)
		return err
	})
	return all, open, err
}
