package register

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// notSubstantial is how a change is settled that neither the law nor the
// controller's process wants in POLCAM.
const notSubstantial = "not-substantial"

// polcamChange notes a change at a location that is registered.
func (r *Register) polcamChange(ctx context.Context, tx *db.Tx, controller, location, kind, camera, what, by string) error {
	p, err := r.polcamIn(ctx, tx, controller, location)
	if fault.Is(err, fault.NotFound) || (err == nil && (p.Registered.IsZero() || p.Duty == PolcamNot)) {
		return nil
	}
	if err != nil {
		return err
	}
	if kind == PolcamRemoved {
		left, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM cameras WHERE location = ? AND removed = 0 AND commissioned > 0`, location)
		if err != nil {
			return err
		}
		if left == 0 {
			return r.polcamEnds(ctx, tx, p, what, by)
		}
	}
	if kind == PolcamShut {
		return r.polcamEnds(ctx, tx, p, what, by)
	}
	return r.polcamNote(ctx, tx, PolcamChange{Controller: controller, Location: location, Kind: kind, Camera: camera, What: what, By: by}, r.clock.Now())
}

// polcamEnds notes that a registration is to be deleted with the police, once.
func (r *Register) polcamEnds(ctx context.Context, tx *db.Tx, p Polcam, why, by string) error {
	n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM polcam_changes WHERE location = ? AND kind = ? AND settled = 0`, p.Location, PolcamShut)
	if err != nil || n > 0 || p.Registered.IsZero() || len(p.Cameras) == 0 {
		return err
	}
	return r.polcamNote(ctx, tx, PolcamChange{Controller: p.Controller, Location: p.Location, Kind: PolcamShut, What: why, By: by}, r.clock.Now())
}

// polcamNote keeps a change; its days run from a moment. One that nobody wants in
// POLCAM is settled at once.
func (r *Register) polcamNote(ctx context.Context, tx *db.Tx, c PolcamChange, from time.Time) error {
	days, every, err := r.polcamRule(ctx, tx, c.Controller)
	if err != nil {
		return err
	}
	c.At = r.clock.Now()
	c.Due = dueAfter(from, days)
	if !every && r.substantial != nil && !r.substantial(c.Kind, c.At) {
		c.Settled, c.SettledHow = c.At, notSubstantial
	}
	if c.ID, err = r.enter(ctx, tx, "polcam.touched", c.Controller, c, c.By); err != nil {
		return err
	}
	return insert(ctx, tx, "polcam_changes", []field{{"id", c.ID}, {"controller", c.Controller}, {"location", c.Location}, {"at", c.At}, {"kind", c.Kind},
		{"camera", c.Camera}, {"what", c.What}, {"by", c.By}, {"due", c.Due}, {"settled", c.Settled}, {"settled_how", c.SettledHow}})
}

// polcamOwner notes at each place of a controller that another surveils there.
func (r *Register) polcamOwner(ctx context.Context, tx *db.Tx, controller, what, by string) error {
	places, err := db.All[string](ctx, tx, `SELECT location FROM polcam WHERE controller = ? ORDER BY location`, controller)
	if err != nil {
		return err
	}
	for _, l := range places {
		if err := r.polcamChange(ctx, tx, controller, l, PolcamOwner, "", what, by); err != nil {
			return err
		}
	}
	return nil
}

// PolcamTouched notes that something of a camera in use has changed that the
// register does not hold itself: [PolcamView] or [PolcamRetention], in the
// transaction that changes it.
func (r *Register) PolcamTouched(ctx context.Context, tx *db.Tx, controller, camera, kind, what, by string) error {
	c, err := r.CameraIn(ctx, tx, controller, camera)
	if err != nil || c.Commissioned.IsZero() {
		return err
	}
	return r.polcamChange(ctx, tx, controller, c.Location, kind, c.ID, what, by)
}

// polcamCommissioned starts the clock with the first camera taken into use, or
// moves it, and notes a change with every camera that is not registered.
func (r *Register) polcamCommissioned(ctx context.Context, tx *db.Tx, c Camera, by string) error {
	p, err := r.polcamIn(ctx, tx, c.Controller, c.Location)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	days, _, err := r.polcamRule(ctx, tx, c.Controller)
	if err != nil {
		return err
	}
	if p.Registered.IsZero() {
		first, err := db.One[int64](ctx, tx, `SELECT COALESCE(MIN(commissioned), 0) FROM cameras WHERE location = ? AND commissioned > 0 AND removed = 0`, c.Location)
		if err != nil || db.Time(first).Equal(p.Commissioned) {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE polcam SET commissioned = ?, due = ?, version = version + 1 WHERE location = ?`, first, dueAfter(db.Time(first), days), c.Location)
		return err
	}
	if p.Duty == PolcamNot || slices.Contains(p.Cameras, c.ID) {
		return nil
	}
	n, err := tx.Exec(ctx, `UPDATE polcam_changes SET due = ? WHERE location = ? AND camera = ? AND kind = ? AND settled = 0`, dueAfter(c.Commissioned, days), c.Location, c.ID, PolcamAdded)
	if err != nil || n > 0 {
		return err
	}
	return r.polcamNote(ctx, tx, PolcamChange{Controller: c.Controller, Location: c.Location, Kind: PolcamAdded, Camera: c.ID, What: c.Name, By: by}, c.Commissioned)
}
