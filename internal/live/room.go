package live

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on; all of it is needed but Mail.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Issuer   *issuer.Issuer
	Register *register.Register
	Engine   string // that tickets are for
	// Allowed says whether a controller's process allows live view at all.
	Allowed func(ctx context.Context, controller string) (bool, error)
	// Mail tells who answers for a place that it is seen live; nil tells nobody
	// by mail.
	Mail *Mail
}

// Room keeps the requests. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if err := db.Migrate(ctx, c.DB, "live", files); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Wish is what is asked for.
type Wish struct {
	Location string
	Cameras  []string
	Reason   Reason
	Words    string
	Minutes  int
}

// May says whether somebody may ask at all: fault.Denied live.forbidden when
// the process allows none, live.owes when what an earlier one was for is not
// written down in time.
func (r *Room) May(ctx context.Context, who Who) error {
	ok, err := r.c.Allowed(ctx, who.Controller)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Denied, "live.forbidden", "the process of %s allows no live view", who.Controller)
	}
	mine, err := r.find(ctx, `controller = ? AND person = ? AND started > 0 AND noted = 0`, who.Controller, who.Person)
	if err != nil {
		return err
	}
	for _, q := range mine {
		if q.Overdue(r.c.Clock.Now()) {
			return fault.New(fault.Denied, "live.owes", "request %s has no note", q.Number)
		}
	}
	return nil
}

// Ask makes a request. Its cameras are of one location.
func (r *Room) Ask(ctx context.Context, w Wish, who Who) (q Request, err error) {
	if err := r.May(ctx, who); err != nil {
		return q, err
	}
	cameras := slices.Compact(slices.Sorted(slices.Values(w.Cameras)))
	now := r.c.Clock.Now()
	var b [16]byte
	rand.Read(b[:]) // never fails
	q = Request{ID: hex.EncodeToString(b[:]), Controller: who.Controller, Location: w.Location, Cameras: cameras, Person: who.Person, Name: who.Name,
		Reason: w.Reason, Words: strings.TrimSpace(w.Words), Minutes: w.Minutes, Asked: now.Truncate(time.Microsecond)}
	if err := q.check(); err != nil {
		return q, err
	}
	for _, id := range cameras {
		c, err := r.c.Register.Camera(ctx, who.Controller, id)
		if err != nil {
			return q, err
		}
		if c.Location != w.Location {
			return q, fault.New(fault.Invalid, "live.cameras", "camera %s is at %s", id, c.Location)
		}
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		year := now.In(zone()).Year()
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM live_requests WHERE controller = ? AND number LIKE ?`, q.Controller, fmt.Sprintf("D-%d-%%", year))
		if err != nil {
			return err
		}
		q.Number = fmt.Sprintf("D-%d-%03d", year, n+1)
		list, err := json.Marshal(q.Cameras)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO live_requests (id, controller, number, location, cameras, person, name, reason, words, minutes, asked, decided, approved, decider, decider_name,
			answer, started, ends, ended, ender, ender_name, note, noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', '', '', 0, 0, 0, '', '', '', 0)`,
			q.ID, q.Controller, q.Number, q.Location, string(list), q.Person, q.Name, string(q.Reason), q.Words, q.Minutes, q.Asked); err != nil {
			return err
		}
		return r.enter(ctx, tx, "live.asked", q, who, map[string]any{"reason": string(q.Reason), "words": q.Words, "minutes": q.Minutes, "seal": q.Seal()})
	})
	return q, err
}

// Decide answers a request; seal is of what was read.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (Request, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.decide(who, yes, answer, seal, now)
		if err != nil {
			return q, err
		}
		kind := "live.refused"
		if yes {
			kind = "live.approved"
		}
		return q, r.enter(ctx, tx, kind, q, who, map[string]any{"answer": q.Answer, "seal": seal, "of": q.Person})
	})
}

// Begin uses a yes: from now on the engine shows the cameras to the person, and
// whoever answers for the place is told.
func (r *Room) Begin(ctx context.Context, id string, who Who) (q Request, err error) {
	if q, err = r.Get(ctx, who.Controller, id); err != nil {
		return q, err
	}
	told, err := r.c.Mail.receivers(ctx, q)
	if err != nil {
		return q, err
	}
	q, err = r.change(ctx, id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.begin(who, now)
		if err != nil {
			return q, err
		}
		signed, err := r.c.Issuer.Ticket(ctx, tx, &permit.Live{Head: permit.Head{Controller: q.Controller, Engine: r.c.Engine, By: q.Decider}, Person: q.Person, Approver: q.Decider,
			Purpose: q.Words, Case: q.Number, Cameras: q.Cameras, Expires: q.Ends, Text: q.Name})
		if err != nil {
			return q, err
		}
		q.Ticket = signed.Encode()
		if err := r.enter(ctx, tx, "live.begun", q, who, map[string]any{"approver": q.Decider, "ends": q.Ends.UTC()}); err != nil {
			return q, err
		}
		return q, r.c.Mail.begun(ctx, tx, q, told)
	})
	if err == nil {
		r.c.Mail.wake()
	}
	return q, err
}

// End ends a live view before its time, at once.
func (r *Room) End(ctx context.Context, id string, who Who) (Request, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.end(who, now)
		if err != nil {
			return q, err
		}
		if err := r.c.Issuer.Withdraw(ctx, tx, q.Ticket, who.Person, "live.ended"); err != nil {
			return q, err
		}
		return q, r.enter(ctx, tx, "live.ended", q, who, map[string]any{"of": q.Person})
	})
}

// Note writes down what it was for.
func (r *Room) Note(ctx context.Context, id, words string, who Who) (Request, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, q Request, now time.Time) (Request, error) {
		q, err := q.note(who, words, now)
		if err != nil {
			return q, err
		}
		return q, r.enter(ctx, tx, "live.noted", q, who, map[string]any{"note": q.Note})
	})
}

// change does one step of a request of the person's controller; another's is
// fault.NotFound "live.unknown".
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, Request, time.Time) (Request, error)) (q Request, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := one(ctx, tx, who.Controller, id)
		if err != nil {
			return err
		}
		if q, err = step(tx, was, r.c.Clock.Now()); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE live_requests SET decided = ?, approved = ?, decider = ?, decider_name = ?, answer = ?, started = ?, ends = ?, ended = ?, ender = ?, ender_name = ?,
			note = ?, noted = ?, ticket = ? WHERE id = ?`, q.Decided, q.Approved, q.Decider, q.DeciderName, q.Answer, q.Started, q.Ends, q.Ended, q.Ender, q.EnderName, q.Note, q.Noted, q.Ticket, q.ID)
		return err
	})
	if err == nil {
		r.c.Issuer.Wake()
	}
	return q, err
}

func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, q Request, who Who, more map[string]any) error {
	body := map[string]any{"controller": q.Controller, "request": q.ID, "number": q.Number, "location": q.Location, "cameras": q.Cameras,
		"person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

func zone() *time.Location {
	l, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return time.UTC
	}
	return l
}
