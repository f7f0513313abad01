package staff

import (
	"context"
	"errors"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/second"
)

// Tick makes the notices that are due, tells of what is lacking (seven days
// before its day, the day before, on it, and seven days after), and forgets who
// left longer than [KeepFor] ago.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "staff.Tick")
	all, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, c := range all {
		wrong = append(wrong, r.publish(ctx, c), r.remind(ctx, c))
	}
	return errors.Join(append(wrong, r.expire(ctx))...)
}

// remind writes to those who lack the notice, once it was handed out at their
// place at all, and to those who answer for the place.
func (r *Room) remind(ctx context.Context, c register.Controller) error {
	rolls, err := r.Rolls(ctx, c.ID, nil)
	if err != nil {
		return err
	}
	var wrong []error
	for _, x := range rolls {
		first := Lack{}
		for _, l := range x.Lacks() {
			if first.Due.IsZero() || l.Due.Before(first.Due) {
				first = l
			}
			for _, m := range x.Members {
				if m.ID == l.Member && m.Mail != "" && r.Mails() && !x.Began().IsZero() {
					wrong = append(wrong, r.nudge(ctx, x, m, l))
				}
			}
		}
		if s, ok := deadline.Reached(first.Due, first.Since, r.now()); ok {
			wrong = append(wrong, r.tell(ctx, x, s))
		}
	}
	return errors.Join(wrong...)
}

// nudge writes to one member: the notice itself when it was never sent to them,
// else a reminder when its time has come.
func (r *Room) nudge(ctx context.Context, x Roll, m Member, l Lack) error {
	say := "notice"
	if m.SentVersion == x.Notice.Version {
		s, ok := deadline.Reached(l.Due, m.Sent, r.now())
		if !ok || s.Key == m.Reminded {
			return nil
		}
		say, m.Reminded = "reminder", s.Key
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error { return r.send(ctx, tx, x, m, say, system(x.Controller)) })
}

// tell writes to those who answer for a place that something is lacking there.
func (r *Room) tell(ctx context.Context, x Roll, s deadline.Stage) error {
	f := second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
	around, err := f.Around(ctx, second.Asked{Controller: x.Controller, Location: x.Location})
	if err != nil {
		return err
	}
	to := around.Can
	say := "lacking"
	if s.Late {
		say, to = "late", second.Each(around.Can, around.DPOs)
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		stage := asJSON([]any{x.Notice.Version, s.Key})
		was, err := db.One[string](ctx, tx, `SELECT stage FROM staff_reminded WHERE controller = ? AND location = ?`, x.Controller, x.Location)
		if err != nil && !fault.Is(err, fault.NotFound) || was == stage {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO staff_reminded (controller, location, stage) VALUES (?, ?, ?) ON CONFLICT (controller, location) DO UPDATE SET stage = excluded.stage`, x.Controller, x.Location, stage); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "staff.reminded", x.Location, system(x.Controller), map[string]any{"version": x.Notice.Version, "what": say}); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "staff-" + x.Location + "-" + s.Key + "-" + db.NewID(), Kind: "staff." + say, Thread: x.Controller + "/staff/" + x.Location, Room: "staff", Say: say,
			Path: "/personale/" + x.Location, Data: map[string]string{"controller": x.Controller, "location": x.Location}}, to...)
	})
}

// expire forgets who left longer than [KeepFor] ago, with their receipts and the
// files that only those rest on.
func (r *Room) expire(ctx context.Context) error {
	before := r.now().Add(-KeepFor)
	var old []Member
	if err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		old, err = db.All[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE left_at > 0 AND left_at < ?`, before)
		return err
	}); err != nil {
		return err
	}
	for _, m := range old {
		var files []string
		err := r.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
			files, err = db.All[string](ctx, tx, `SELECT document FROM staff_receipts a WHERE member = ? AND document <> '' AND NOT EXISTS (SELECT 1 FROM staff_receipts b WHERE b.document = a.document AND b.member <> a.member)`, m.ID)
			if err != nil {
				return err
			}
			for _, table := range []string{"staff_receipts WHERE member", "staff_codes WHERE member", "staff_members WHERE id"} {
				if _, err := tx.Exec(ctx, `DELETE FROM `+table+` = ?`, m.ID); err != nil {
					return err
				}
			}
			return r.enter(ctx, tx, "staff.expired", m.Location, system(m.Controller), map[string]any{"member": m.ID, "left": m.LeftAt})
		})
		if err != nil {
			return err
		}
		for _, id := range files {
			if r.c.Papers == nil {
				continue
			}
			if err := r.c.Papers.Remove(ctx, m.Controller, id, system("").Person); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
	return nil
}
