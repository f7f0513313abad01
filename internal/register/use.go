package register

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
)

// Use (ibrugtagning) is what says that a camera was taken into use.
type Use string

// What says so. Whichever comes first counts, until a person corrects it.
const (
	Mounted   Use = "mounted"   // it was put up, which counts as using it (§ 1 stk. 2)
	Recorded  Use = "recorded"  // its first picture was recorded
	Corrected Use = "corrected" // a person has said when, and why
)

// longestReason is how long a reason may be, in characters.
const longestReason = 1000

// byItself acts when nobody does.
const byItself = "vidne"

// Commission says that a camera was taken into use at a time, and by what.
// POLCAM's days run from it. What comes earlier than what stands counts, and
// what the same fact says anew; what a person has corrected stands.
func (r *Register) Commission(ctx context.Context, tx *db.Tx, controller, id string, at time.Time, how Use, by string) error {
	c, err := r.CameraIn(ctx, tx, controller, id)
	if err != nil {
		return err
	}
	at = at.UTC().Truncate(time.Microsecond)
	anew := how == Mounted && c.Use == Mounted && !at.Equal(c.Commissioned)
	if !c.Removed.IsZero() || c.Use == Corrected || !anew && !c.Commissioned.IsZero() && !at.Before(c.Commissioned) {
		return nil
	}
	return r.use(ctx, tx, c, at, how, "camera.commissioned", map[string]any{"camera": id, "at": at, "use": how}, by)
}

// CorrectUse says when a camera was taken into use, where what the house knows is
// wrong: fault.Invalid camera.use-date, camera.use-reason. What comes by itself
// does not change it any more.
func (r *Register) CorrectUse(ctx context.Context, controller, id string, version int64, at time.Time, reason, by string) error {
	at, reason = at.UTC().Truncate(time.Microsecond), strings.TrimSpace(reason)
	if at.IsZero() || at.After(r.clock.Now()) {
		return fault.New(fault.Invalid, "camera.use-date", "%s was taken into use when", id)
	}
	if n := utf8.RuneCountInString(reason); n < 3 || n > longestReason {
		return fault.New(fault.Invalid, "camera.use-reason", "%s: why the date is another", id)
	}
	return r.db.Write(ctx, func(tx *db.Tx) error {
		c, err := r.CameraIn(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		switch {
		case c.Version != version:
			return stale("camera", id)
		case !c.Removed.IsZero():
			return fault.New(fault.Invalid, "camera.removed", "camera %s is taken down", id)
		}
		return r.use(ctx, tx, c, at, Corrected, "camera.use-corrected", map[string]any{"camera": id, "was": c.Commissioned, "at": at, "reason": reason}, by)
	})
}

func (r *Register) use(ctx context.Context, tx *db.Tx, c Camera, at time.Time, how Use, kind string, what map[string]any, by string) error {
	if _, err := tx.Exec(ctx, `UPDATE cameras SET commissioned = ?, commissioned_by = ?, version = version + 1 WHERE id = ?`, at, how, c.ID); err != nil {
		return err
	}
	c.Commissioned, c.Use = at, how
	if err := r.polcamCommissioned(ctx, tx, c, by); err != nil {
		return err
	}
	_, err := r.enter(ctx, tx, kind, c.Controller, what, by)
	return err
}

// Recorder tells what cameras do and did; engineapi.Client does.
type Recorder interface {
	Status(ctx context.Context) (engineapi.Status, error)
	States(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.StateChange, error)
}

// TakeIntoUse notes the cameras that have recorded their first picture, at the
// moment at which the recorder says that they did; cmd/vidne runs it each minute.
// Where no camera waits, nobody is asked.
func (r *Register) TakeIntoUse(ctx context.Context, of Recorder) (err error) {
	defer fault.Wrap(&err, "register.TakeIntoUse")
	type row struct{ ID, Controller string }
	var waiting []row
	if err := r.db.Read(ctx, func(tx *db.Tx) (err error) {
		waiting, err = db.All[row](ctx, tx, `SELECT id, controller FROM cameras WHERE commissioned = 0 AND removed = 0 ORDER BY id`)
		return err
	}); err != nil || len(waiting) == 0 {
		return err
	}
	now, err := of.Status(ctx)
	if err != nil {
		return err
	}
	seen := map[string]engineapi.CameraStatus{}
	for _, c := range now.Cameras {
		if !c.Oldest.IsZero() || !c.LastFrame.IsZero() {
			seen[c.Camera] = c
		}
	}
	for _, w := range waiting {
		c, ok := seen[w.ID]
		if !ok {
			continue
		}
		// Its first footage may be deleted already; that it recorded is known for longer.
		states, err := of.States(ctx, []string{w.ID}, r.clock.Now().AddDate(-1, 0, 0), r.clock.Now())
		if err != nil {
			return err
		}
		at := c.Oldest
		for _, s := range states {
			if s.State == engineapi.StateRecording || s.State == engineapi.StateDegraded {
				at = s.At
				break
			}
		}
		if at.IsZero() {
			continue
		}
		if err := r.db.Write(ctx, func(tx *db.Tx) error { return r.Commission(ctx, tx, w.Controller, w.ID, at, Recorded, byItself) }); err != nil {
			return err
		}
	}
	return nil
}
