package live

import (
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// row is a request as the table has it.
type row struct {
	ID, Controller, Number, Location, Cameras, Person, Name, Reason, Words string
	Minutes                                                                int64
	Asked, Decided                                                         time.Time
	Approved                                                               bool
	Decider, DeciderName, Answer                                           string
	Started, Ends, Ended                                                   time.Time
	Ender, EnderName, Note                                                 string
	Noted                                                                  time.Time
	Ticket                                                                 []byte
}

const selectRequest = `SELECT id, controller, number, location, cameras, person, name, reason, words, minutes, asked, decided, approved, decider, decider_name, answer,
	started, ends, ended, ender, ender_name, note, noted, ticket FROM live_requests WHERE `

func (w row) request() (Request, error) {
	q := Request{ID: w.ID, Controller: w.Controller, Number: w.Number, Location: w.Location, Person: w.Person, Name: w.Name, Reason: Reason(w.Reason), Words: w.Words,
		Minutes: int(w.Minutes), Asked: w.Asked, Decided: w.Decided, Approved: w.Approved, Decider: w.Decider, DeciderName: w.DeciderName, Answer: w.Answer,
		Started: w.Started, Ends: w.Ends, Ended: w.Ended, Ender: w.Ender, EnderName: w.EnderName, Note: w.Note, Noted: w.Noted, Ticket: w.Ticket}
	if err := json.Unmarshal([]byte(w.Cameras), &q.Cameras); err != nil {
		return q, fault.As(fault.Corrupt, "live.cameras", err)
	}
	return q, nil
}

func one(ctx context.Context, tx *db.Tx, controller, id string) (Request, error) {
	w, err := db.One[row](ctx, tx, selectRequest+`id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Request{}, fault.New(fault.NotFound, "live.unknown", "no request %.40q", id)
	}
	if err != nil {
		return Request{}, err
	}
	return w.request()
}

// Get is a request of a controller; another's is fault.NotFound "live.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (q Request, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		q, err = one(ctx, tx, controller, id)
		return err
	})
	return q, err
}

// most is how many requests are listed: years of them, as rare as they are.
const most = 500

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Request, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, selectRequest+where+` ORDER BY asked DESC, id LIMIT ?`, append(args, most)...)
		if err != nil {
			return err
		}
		out = nil
		for _, w := range rows {
			q, err := w.request()
			if err != nil {
				return err
			}
			out = append(out, q)
		}
		return nil
	})
	return out, err
}

// List lists a controller's requests, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Request, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// Waiting lists the requests of a controller that wait for an answer.
func (r *Room) Waiting(ctx context.Context, controller string) ([]Request, error) {
	return r.find(ctx, `controller = ? AND decided = 0 AND asked > ?`, controller, r.c.Clock.Now().Add(-AnswerWithin))
}

// Owed lists what a person has still to write down.
func (r *Room) Owed(ctx context.Context, controller, person string) (out []Request, err error) {
	all, err := r.find(ctx, `controller = ? AND person = ? AND started > 0 AND noted = 0`, controller, person)
	for _, q := range all {
		if q.State(r.c.Clock.Now()) == Over {
			out = append(out, q)
		}
	}
	return out, err
}
