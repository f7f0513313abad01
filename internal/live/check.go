package live

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Check enters that somebody orders one picture of a camera, to check its angle
// (H 4.1: "sikring af kameravinkler"), before it is ordered; reason is of the
// process's list. fault.Denied live.check.forbidden where the process has none,
// live.check.many when the person has had the day's pictures of that camera;
// fault.Invalid live.check.reason.
func (r *Room) Check(ctx context.Context, camera, reason string, who Who) (why casework.LiveReason, err error) {
	about := Request{Controller: who.Controller, Cameras: []string{camera}}
	defer func() { err = r.Refused(ctx, "check", about, who, err) }()
	t, err := r.c.Terms(ctx, who.Controller)
	if err != nil {
		return why, err
	}
	if t.ChecksADay == 0 {
		return why, fault.New(fault.Denied, "live.check.forbidden", "the process of %s has no checks of angles", who.Controller)
	}
	why, ok := t.Check(reason)
	if !ok {
		return why, fault.New(fault.Invalid, "live.check.reason", "no reason to check an angle: %.40q", reason)
	}
	c, err := r.c.Register.Camera(ctx, who.Controller, camera)
	if err != nil {
		return why, err
	}
	about.Location = c.Location
	var b [16]byte
	rand.Read(b[:]) // never fails
	return why, r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := r.c.Clock.Now()
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM live_checks WHERE controller = ? AND camera = ? AND person = ? AND at > ?`, who.Controller, camera, who.Person, now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if n >= int64(t.ChecksADay) {
			return fault.New(fault.Denied, "live.check.many", "%s has checked %s %d times in a day", who.Person, camera, n)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO live_checks (id, controller, camera, person, reason, at) VALUES (?, ?, ?, ?, ?, ?)`,
			hex.EncodeToString(b[:]), who.Controller, camera, who.Person, reason, now); err != nil {
			return err
		}
		_, err = r.c.Ledger.Append(ctx, tx, now, "still.check", map[string]any{"controller": who.Controller, "person": who.Person, "name": who.Name, "address": who.Address,
			"camera": camera, "location": c.Location, "reason": why.Name.DA, "number": n + 1, "most": t.ChecksADay})
		return err
	})
}
