package request

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/second"
)

// What is told: the kinds of letters to those who work here, by which webhooks
// choose.
const (
	tellReceived = "request.received"
	tellDue      = "request.due"
	tellLate     = "request.late"
	tellGoing    = "request.going" // what is kept because of it soon is deleted
)

// told are who hear of a request: who answers for the place, whoever wrote it
// down, and the data protection officers.
func (r *Room) told(ctx context.Context, q Request) ([]identity.Person, error) {
	f := second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
	a, err := f.Around(ctx, second.Asked{Controller: q.Controller, Location: q.Location, Person: q.Person, Name: q.By})
	if err != nil {
		return nil, err
	}
	own := []identity.Person{}
	if a.Asker.ID != "" && !a.Asker.Closed {
		own = append(own, a.Asker)
	}
	return second.Each(own, a.Can, a.DPOs), nil
}

func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, q Request, more string, to []identity.Person) error {
	name := strings.TrimPrefix(kind, "request.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "request-" + name + more + "-" + q.ID, Kind: kind, Thread: q.Controller + "/request/" + q.ID,
		Room: "request", Say: name, Args: []any{q.Number}, Path: "/anmodninger/" + q.ID, Data: map[string]string{"request": q.ID, "controller": q.Controller}}, to...)
}

// stage is something that is told when its time comes.
type stage struct {
	at       time.Time
	id, kind string
}

// DueDays are how many days before its day a request is told of, and GoingDays
// before what it is about is deleted.
var (
	dueDays   = []int{14, 7, 1}
	goingDays = []int{7, 2}
)

// stages is all that comes of an open request, in the order in which it comes.
func (q Request) stages() (out []stage) {
	due, day := q.Due(), q.Due().Format(time.DateOnly)
	for _, d := range dueDays {
		out = append(out, stage{due.AddDate(0, 0, -d), "due-" + due.AddDate(0, 0, -d).Format(time.DateOnly), tellDue})
	}
	out = append(out, stage{due, "late-" + day, tellLate}, stage{due.AddDate(0, 0, 7), "late7-" + day, tellLate})
	if q.Hold != "" && q.Released.IsZero() && q.Right == Access {
		for _, d := range goingDays {
			at := q.HoldUntil.AddDate(0, 0, -d)
			out = append(out, stage{at, "going-" + at.Format(time.DateOnly), tellGoing})
		}
	}
	slices.SortStableFunc(out, func(a, b stage) int { return a.at.Compare(b.at) })
	return slices.DeleteFunc(out, func(s stage) bool { return !s.at.After(q.Opened) })
}

// due is the latest that should have been told by now and was not.
func (q Request) due(now time.Time) (stage, bool) {
	if !q.Open() {
		return stage{}, false
	}
	var last stage
	for _, s := range q.stages() {
		if !s.at.After(now) {
			last = s
		}
	}
	return last, last.id != "" && last.id != q.Reminded
}

// Tick tells of what is due, each once, and deletes requests that have had their
// time.
func (r *Room) Tick(ctx context.Context) error {
	all, err := r.find(ctx, `over = 0`)
	if err != nil {
		return err
	}
	var wrong []error
	for _, q := range all {
		if s, ok := q.due(r.c.Clock.Now()); ok {
			wrong = append(wrong, r.remind(ctx, q, s))
		}
	}
	return errors.Join(append(wrong, r.expire(ctx))...)
}

func (r *Room) remind(ctx context.Context, q Request, s stage) error {
	told, err := r.told(ctx, q)
	if err != nil {
		return err
	}
	_, err = r.change(ctx, q.ID, Who{Controller: q.Controller, Person: "vidne", Name: "Vidne"}, func(tx *db.Tx, q *Request, now time.Time) error {
		if again, ok := q.due(now); !ok || again.id != s.id {
			return nil // somebody was faster
		}
		q.Reminded = s.id
		if err := r.enter(ctx, tx, "request.reminded", *q, Who{Person: "vidne", Name: "Vidne"}, map[string]any{"what": s.kind, "at": s.at.UTC()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, s.kind, *q, "-"+s.id, told)
	})
	return err
}

// expire deletes what was closed longer than [KeepFor] ago.
func (r *Room) expire(ctx context.Context) error {
	before := r.c.Clock.Now().Add(-KeepFor)
	old, err := r.find(ctx, `over = 1 AND closed < ?`, before)
	if err != nil {
		return err
	}
	for _, q := range old {
		err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `DELETE FROM requests WHERE id = ? AND over = 1 AND closed < ?`, q.ID, before)
			if err != nil || n == 0 {
				return err
			}
			return r.enter(ctx, tx, "request.expired", Request{ID: q.ID, Controller: q.Controller, Number: q.Number}, Who{Person: "vidne", Name: "Vidne"}, map[string]any{"closed": q.Closed()})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
