package live

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
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
	People   *identity.Directory
	Engine   string // that tickets are for
	// Terms is what a controller's process says of live view.
	Terms func(ctx context.Context, controller string) (casework.Live, error)
	// Mail tells people by mail; nil tells nobody by mail.
	Mail *notify.Letters
}

// Room keeps the requests. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "live", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Terms is what a controller's process says of live view.
func (r *Room) Terms(ctx context.Context, controller string) (casework.Live, error) {
	return r.c.Terms(ctx, controller)
}

// Who is the person who acts, from where, and in which session.
type Who struct{ Controller, Person, Name, Address, Session string }

// Wish is what is asked for.
type Wish struct {
	Location                 string
	Cameras                  []string
	Reason                   string
	Words                    string
	Incident, IncidentNumber string // empty: there is none
	Minutes                  int
}

// May says whether somebody may ask at all: fault.Denied live.forbidden when
// the process allows none, live.owes when what an earlier one was for is not
// written down in time.
func (r *Room) May(ctx context.Context, who Who) error {
	_, err := r.may(ctx, who)
	return err
}

func (r *Room) may(ctx context.Context, who Who) (casework.Live, error) {
	t, err := r.c.Terms(ctx, who.Controller)
	if err != nil {
		return t, err
	}
	if !t.Allowed() {
		return t, fault.New(fault.Denied, "live.forbidden", "the process of %s allows no live view", who.Controller)
	}
	mine, err := r.find(ctx, `controller = ? AND person = ? AND started > 0 AND noted = 0`, who.Controller, who.Person)
	for _, q := range mine {
		if q.Overdue(r.c.Clock.Now()) {
			return t, fault.New(fault.Denied, "live.owes", "request %s has no note", q.Number)
		}
	}
	return t, err
}

// draft is a wish as a request, held against what the process says.
func (r *Room) draft(ctx context.Context, t casework.Live, w Wish, who Who, alone bool) (q Request, err error) {
	var b [16]byte
	rand.Read(b[:]) // never fails
	q = Request{ID: hex.EncodeToString(b[:]), Controller: who.Controller, Location: w.Location, Cameras: slices.Compact(slices.Sorted(slices.Values(w.Cameras))),
		Person: who.Person, Name: who.Name, Reason: w.Reason, Words: strings.TrimSpace(w.Words), Incident: w.Incident, IncidentNumber: w.IncidentNumber,
		Minutes: w.Minutes, Asked: r.c.Clock.Now().Truncate(time.Microsecond), Alone: alone}
	if err := q.check(t); err != nil {
		return q, err
	}
	for _, id := range q.Cameras {
		c, err := r.c.Register.Camera(ctx, who.Controller, id)
		if err != nil {
			return q, err
		}
		if c.Location != w.Location {
			return q, fault.New(fault.Invalid, "live.cameras", "camera %s is at %s", id, c.Location)
		}
	}
	return q, nil
}

// Ask makes a request. Its cameras are of one location. Whoever can answer is
// told that somebody waits.
func (r *Room) Ask(ctx context.Context, w Wish, who Who) (q Request, err error) {
	defer func() {
		err = r.Refused(ctx, "ask", Request{Controller: who.Controller, Location: w.Location, Cameras: w.Cameras}, who, err)
	}()
	t, err := r.may(ctx, who)
	if err != nil {
		return q, err
	}
	if q, err = r.draft(ctx, t, w, who, false); err != nil {
		return q, err
	}
	a, err := r.finder().Around(ctx, q.asked())
	if err != nil {
		return q, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.insert(ctx, tx, &q); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "live.asked", q, who, map[string]any{"reason": q.Reason, "words": q.Words, "minutes": q.Minutes, "seal": q.Seal()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAsked, q, a.Can)
	})
	r.c.Mail.Wake()
	return q, err
}

// insert gives a request its number and puts it in the table.
func (r *Room) insert(ctx context.Context, tx *db.Tx, q *Request) (err error) {
	if q.Number, err = db.Number(ctx, tx, "live_requests", q.Controller, "D", q.Asked.In(clock.Denmark()).Year()); err != nil {
		return err
	}
	list, err := json.Marshal(q.Cameras)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO live_requests (id, controller, number, location, cameras, person, name, reason, words, incident, incident_number, minutes, asked, alone, decided, approved,
		decider, decider_name, answer, started, ends, ended, ender, ender_name, note, noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', '', '', 0, 0, 0, '', '', '', 0)`,
		q.ID, q.Controller, q.Number, q.Location, string(list), q.Person, q.Name, q.Reason, q.Words, q.Incident, q.IncidentNumber, q.Minutes, q.Asked, q.Alone)
	return err
}

// change does one step of a request of the person's controller; another's is
// fault.NotFound "live.unknown". What is refused is entered.
func (r *Room) change(ctx context.Context, act, id string, who Who, step func(*db.Tx, Request, time.Time) (Request, error)) (q Request, err error) {
	var was Request
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if was, err = one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if q, err = step(tx, was, r.c.Clock.Now()); err != nil {
			return err
		}
		return r.put(ctx, tx, q)
	})
	if err == nil {
		r.c.Issuer.Wake()
		r.c.Mail.Wake()
		return q, nil
	}
	return was, r.Refused(ctx, act, was, who, err)
}

// put writes what became of a request.
func (r *Room) put(ctx context.Context, tx *db.Tx, q Request) error {
	told, err := json.Marshal(append([]string{}, q.Told...))
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `UPDATE live_requests SET decided = ?, approved = ?, decider = ?, decider_name = ?, answer = ?, started = ?, ends = ?, ended = ?, ender = ?, ender_name = ?,
		cut = ?, session = ?, told = ?, note = ?, noted = ?, reviewed = ?, justified = ?, reviewer = ?, reviewer_name = ?, review = ?, ticket = ? WHERE id = ?`,
		q.Decided, q.Approved, q.Decider, q.DeciderName, q.Answer, q.Started, q.Ends, q.Ended, q.Ender, q.EnderName,
		q.Cut, q.Session, string(told), q.Note, q.Noted, q.Reviewed, q.Justified, q.Reviewer, q.ReviewerName, q.Review, q.Ticket, q.ID)
	return err
}

// enter writes what was done with a request in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, q Request, who Who, more map[string]any) error {
	body := map[string]any{"controller": q.Controller, "request": q.ID, "number": q.Number, "reference": q.Number, "location": q.Location, "cameras": q.Cameras,
		"person": who.Person, "name": who.Name, "address": who.Address}
	if q.Incident != "" {
		body["incident"], body["incident_number"] = q.Incident, q.IncidentNumber
	}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// Refused enters that something was refused, and gives why.
func (r *Room) Refused(ctx context.Context, act string, q Request, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "live.denied", q, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}
