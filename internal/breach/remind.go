package breach

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/second"
)

// What is told: the kinds of letters, by which webhooks choose.
const (
	tellCall   = "breach.call"   // the owner of a camera calls IT
	tellBreach = "breach.opened" // another found it: a breach, and the clock runs
	tellClock  = "breach.clock"
	tellLate   = "breach.late"
	tellPublic = "breach.public" // a passer-by says that a camera films what it should not
)

// RemindAt is how long after it was known the clock is told of.
func RemindAt() []time.Duration {
	return []time.Duration{24 * time.Hour, 48 * time.Hour, 60 * time.Hour, Limit72}
}

// readers are who hears of breaches.
type readers struct{ it, dpo []identity.Person }

func (t readers) all() []identity.Person { return second.Each(t.it, t.dpo) }

// told are the people of IT (those with the role, and the coordinators, who
// answer for the cameras) and the data protection officers.
func (r *Room) told(ctx context.Context, controller string) (t readers, err error) {
	all, err := r.c.People.People(ctx, controller)
	for _, p := range all {
		if p.Closed {
			continue
		}
		if slices.Contains(p.Roles, "it") || slices.Contains(p.Roles, "coordinator") {
			t.it = append(t.it, p)
		}
		if slices.Contains(p.Roles, "dpo") {
			t.dpo = append(t.dpo, p)
		}
	}
	return t, err
}

// contacted notes whom the system's own mail reaches.
func (r *Room) contacted(b *Breach, t readers, now time.Time) {
	for _, x := range []struct {
		whom string
		list []identity.Person
	}{{IT, t.it}, {DPO, t.dpo}} {
		var names []string
		for _, p := range x.list {
			if p.Email != "" {
				names = append(names, p.Name)
			}
		}
		if len(names) > 0 && r.c.Mail != nil {
			b.Contacts = append(b.Contacts, Contact{Whom: x.whom, How: ByMail, Words: strings.Join(names, ", "), At: now, Name: "Vidne"})
		}
	}
}

func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, b Breach, more string, to ...identity.Person) error {
	name := strings.TrimPrefix(kind, "breach.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "breach-" + name + more + "-" + b.ID, Kind: kind, Thread: b.Controller + "/breach/" + b.ID,
		Room: "breach", Say: name, Args: []any{b.Number}, Path: "/brud/" + b.ID, Data: map[string]string{"breach": b.ID, "controller": b.Controller}}, to...)
}

// due is the latest stage of the clock that should have been told by now and was
// not; the hours are its name.
func (b Breach) due(now time.Time) (stage, kind string, ok bool) {
	if !b.Counting() {
		return "", "", false
	}
	for _, after := range RemindAt() {
		at := b.Known.Add(after)
		if at.After(now) || !at.After(b.Opened) {
			continue
		}
		stage, kind = fmt.Sprintf("%dh", int(after.Hours())), tellClock
		if after == Limit72 {
			kind = tellLate
		}
	}
	return stage, kind, stage != "" && stage != b.Reminded
}

// Tick tells of clocks that run, each stage once, of what passers-by report, and
// deletes what has had its time.
func (r *Room) Tick(ctx context.Context) error {
	all, err := r.find(ctx, `over = 0`)
	if err != nil {
		return err
	}
	var wrong []error
	for _, b := range all {
		if stage, kind, ok := b.due(r.c.Clock.Now()); ok {
			wrong = append(wrong, r.remind(ctx, b, stage, kind))
		}
	}
	return errors.Join(append(wrong, r.passed(ctx), r.expire(ctx))...)
}

func system(controller string) Who {
	return Who{Controller: controller, Person: "vidne", Name: "Vidne"}
}

func (r *Room) remind(ctx context.Context, b Breach, stage, kind string) error {
	told, err := r.told(ctx, b.Controller)
	if err != nil {
		return err
	}
	_, err = r.change(ctx, b.ID, system(b.Controller), func(tx *db.Tx, b *Breach, now time.Time) error {
		if again, _, ok := b.due(now); !ok || again != stage {
			return nil // somebody was faster
		}
		b.Reminded = stage
		if err := r.enter(ctx, tx, "breach.reminded", *b, system(b.Controller), map[string]any{"stage": stage, "limit": b.Limit().UTC()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, kind, *b, "-"+stage, told.all()...)
	})
	return err
}

// Waiting are what passers-by say that cameras film and should not, and nobody
// has judged yet, the oldest first.
func (r *Room) Waiting(ctx context.Context, controller string) ([]notice.Report, error) {
	all, err := r.c.Reports.Reports(ctx, controller, "")
	return slices.DeleteFunc(all, func(x notice.Report) bool { return x.What != notice.WrongCamera }), err
}

// passed tells IT of each such report once.
func (r *Room) passed(ctx context.Context) error {
	all, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		waiting, err := r.Waiting(ctx, c.ID)
		if err != nil || len(waiting) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		told, err := r.told(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, x := range waiting {
			if err := r.pass(ctx, x, told); err != nil {
				return err
			}
		}
	}
	r.c.Mail.Wake()
	return nil
}

func (r *Room) pass(ctx context.Context, x notice.Report, to readers) error {
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO breach_reports (report, told) VALUES (?, ?) ON CONFLICT (report) DO NOTHING`, x.ID, r.c.Clock.Now())
		if err != nil || n == 0 {
			return err
		}
		return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "breach-public-" + x.ID, Kind: tellPublic, Thread: x.Controller + "/report/" + x.ID,
			Room: "breach", Say: "public", Path: "/brud", Data: map[string]string{"report": x.ID, "controller": x.Controller}}, to.it...)
	})
}

// expire deletes what was closed longer than [KeepFor] ago. Its cameras stay
// held where nobody decided that they go on.
func (r *Room) expire(ctx context.Context) error {
	before := r.c.Clock.Now().Add(-KeepFor)
	old, err := r.find(ctx, `over = 1 AND closed < ?`, before)
	if err != nil {
		return err
	}
	for _, b := range old {
		if b.Held() {
			continue
		}
		err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `DELETE FROM breaches WHERE id = ? AND over = 1 AND closed < ?`, b.ID, before)
			if err != nil || n == 0 {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM breach_cameras WHERE breach = ?`, b.ID); err != nil {
				return err
			}
			return r.enter(ctx, tx, "breach.expired", Breach{ID: b.ID, Controller: b.Controller, Number: b.Number}, system(b.Controller), map[string]any{"closed": b.Closed})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
