package live

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// row is a request as the table has it.
type row struct {
	ID, Controller, Number, Location, Cameras, Person, Name, Reason, Words string
	Incident, IncidentNumber                                               string
	Minutes                                                                int64
	Asked, Decided                                                         time.Time
	Alone, Approved, Justified                                             bool
	Decider, DeciderName, Answer                                           string
	Started, Ends, Ended                                                   time.Time
	Ender, EnderName, Cut, Session, Told, Note                             string
	Noted, Reviewed                                                        time.Time
	Reviewer, ReviewerName, Review                                         string
	Ticket                                                                 []byte
}

const selectRequest = `SELECT id, controller, number, location, cameras, person, name, reason, words, incident, incident_number, minutes, asked, decided, alone, approved, justified,
	decider, decider_name, answer, started, ends, ended, ender, ender_name, cut, session, told, note, noted, reviewed, reviewer, reviewer_name, review, ticket FROM live_requests WHERE `

func (w row) request() (Request, error) {
	q := Request{ID: w.ID, Controller: w.Controller, Number: w.Number, Location: w.Location, Person: w.Person, Name: w.Name, Reason: w.Reason, Words: w.Words,
		Incident: w.Incident, IncidentNumber: w.IncidentNumber, Minutes: int(w.Minutes), Asked: w.Asked, Alone: w.Alone, Decided: w.Decided, Approved: w.Approved, Decider: w.Decider, DeciderName: w.DeciderName, Answer: w.Answer,
		Started: w.Started, Ends: w.Ends, Ended: w.Ended, Ender: w.Ender, EnderName: w.EnderName, Cut: w.Cut, Session: w.Session, Note: w.Note, Noted: w.Noted,
		Reviewed: w.Reviewed, Justified: w.Justified, Reviewer: w.Reviewer, ReviewerName: w.ReviewerName, Review: w.Review, Ticket: w.Ticket}
	for text, into := range map[string]*[]string{w.Cameras: &q.Cameras, w.Told: &q.Told} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return q, fault.As(fault.Corrupt, "live.list", err)
		}
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

// Running lists the live views of all controllers that are on.
func (r *Room) Running(ctx context.Context) ([]Request, error) {
	return r.find(ctx, `started > 0 AND ended = 0 AND ends > ?`, r.c.Clock.Now())
}

// Unreviewed lists what was begun alone in a controller and is over, without
// another's word on it.
func (r *Room) Unreviewed(ctx context.Context, controller string) (out []Request, err error) {
	all, err := r.find(ctx, `controller = ? AND alone = 1 AND reviewed = 0`, controller)
	for _, q := range all {
		if q.State(r.c.Clock.Now()) == Over {
			out = append(out, q)
		}
	}
	return out, err
}

// ToldOf lists the live views of a controller that a person was told of since a
// time.
func (r *Room) ToldOf(ctx context.Context, controller, person string, since time.Time) (out []Request, err error) {
	all, err := r.find(ctx, `controller = ? AND started > ?`, controller, since)
	for _, q := range all {
		if slices.Contains(q.Told, person) {
			out = append(out, q)
		}
	}
	return out, err
}

// Unused lists what a person has a yes to and has not begun, while it can be.
func (r *Room) Unused(ctx context.Context, controller, person string) ([]Request, error) {
	return r.find(ctx, `controller = ? AND person = ? AND approved = 1 AND started = 0 AND decided > ?`, controller, person, r.c.Clock.Now().Add(-BeginWithin))
}
