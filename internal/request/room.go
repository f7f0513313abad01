package request

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/notify"
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
	DB        *db.DB
	Ledger    Ledger
	Clock     clock.Clock
	Incidents *incident.Room // knows under which class a camera recorded
	Issuer    *issuer.Issuer
	Register  *register.Register
	People    *identity.Directory
	Engine    string          // that statements are for
	Mail      *notify.Letters // tells people of requests; nil tells nobody
}

// Room keeps the requests. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "request", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where. Of a request that came by itself
// Person is empty.
type Who struct{ Controller, Person, Name, Address string }

// Recorded are the cameras of a location that recorded under a permit in an
// interval: those that a request about it is about.
func (r *Room) Recorded(ctx context.Context, controller, location string, from, to time.Time) (out []string, err error) {
	all, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Locations: []string{location}, Removed: true, Brief: true})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		f, err := r.c.Incidents.Footage(ctx, controller, c.ID, from, to)
		if err != nil {
			return nil, err
		}
		if len(f.Classes) > 0 {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Receive writes a request down and keeps what it names, in one transaction, to
// the law's limit: see [permit.HoldRequest]. Nobody else's yes is waited for:
// meanwhile the footage would be deleted. Whoever answers for the place is told,
// and the data protection officer.
func (r *Room) Receive(ctx context.Context, in Intake, who Who) (q Request, err error) {
	now := micro(r.c.Clock.Now())
	in = in.tidy()
	if err := in.check(now); err != nil {
		return q, err
	}
	if _, err := r.c.Register.Location(ctx, who.Controller, in.Location); err != nil {
		return q, err
	}
	recorded, err := r.Recorded(ctx, who.Controller, in.Location, in.From, in.To)
	if err != nil {
		return q, err
	}
	if len(in.Cameras) == 0 {
		in.Cameras = recorded
	}
	if slices.ContainsFunc(in.Cameras, func(c string) bool { return !slices.Contains(recorded, c) }) {
		return q, bad("request.camera")
	}
	q = Request{ID: db.NewID(), Controller: who.Controller, Intake: in, Person: who.Person, By: who.Name, Opened: now}
	told, err := r.told(ctx, q)
	if err != nil {
		return q, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if q.Number, err = db.Number(ctx, tx, "requests", q.Controller, "A", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		if err := r.keep(ctx, tx, &q, now); err != nil {
			return err
		}
		body, err := json.Marshal(q)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO requests (id, controller, number, received, closed, over, body) VALUES (?, ?, ?, ?, 0, 0, ?)`,
			q.ID, q.Controller, q.Number, q.Received, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "request.received", q, who, map[string]any{"right": q.Right, "how": q.How, "from": q.From, "to": q.To, "received": q.Received, "statement": q.Hold, "until": q.HoldUntil}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellReceived, q, "", told)
	})
	if err == nil {
		r.c.Issuer.Wake()
		r.c.Mail.Wake()
	}
	return q, err
}

// keep signs the statement that keeps what a request names, where there can be
// anything left of it.
func (r *Room) keep(ctx context.Context, tx *db.Tx, q *Request, now time.Time) error {
	until := q.From.Add(permit.LongestDispute)
	to := q.To
	if to.After(now) {
		to = now
	}
	if len(q.Cameras) == 0 || !now.Before(until) || !q.From.Before(to) {
		return nil
	}
	owner := q.Person
	if owner == "" {
		owner = "public-page"
	}
	st := &permit.Hold{Head: permit.Head{Controller: q.Controller, Engine: r.c.Engine, By: owner}, Cameras: q.Cameras, From: q.From, To: to, Reason: permit.HoldRequest,
		Reference: q.Number, Owner: owner, Review: until, Until: until}
	if _, err := r.c.Issuer.Issue(ctx, tx, st); err != nil {
		return err
	}
	q.Hold, q.HoldUntil = st.ID, until
	return nil
}

// change does one step of a request of the person's controller; another's is
// fault.NotFound "request.unknown". One that is over changes no more:
// fault.Conflict "request.over".
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, *Request, time.Time) error) (q Request, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if q, err = r.one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if !q.Open() {
			return fault.New(fault.Conflict, "request.over", "request %s", q.Number)
		}
		if err := step(tx, &q, micro(r.c.Clock.Now())); err != nil {
			return err
		}
		return put(ctx, tx, q)
	})
	if err == nil {
		r.c.Issuer.Wake()
		r.c.Mail.Wake()
	}
	return q, err
}

func put(ctx context.Context, tx *db.Tx, q Request) error {
	body, err := json.Marshal(q)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	var closed int64
	if c := q.Closed(); !c.IsZero() {
		closed = c.UnixMicro()
	}
	_, err = tx.Exec(ctx, `UPDATE requests SET over = ?, closed = ?, body = ? WHERE id = ?`, !q.Open(), closed, string(body), q.ID)
	return err
}

// enter writes what was done in the ledger. Who asks stands in the request and
// not there: the ledger is kept longer than some of its readers need to know it.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, q Request, who Who, more map[string]any) error {
	body := map[string]any{"controller": q.Controller, "request": q.ID, "number": q.Number, "location": q.Location, "cameras": q.Cameras,
		"person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// most is how many requests are listed: many years of them.
const most = 2000

func (r *Room) one(ctx context.Context, tx *db.Tx, controller, id string) (q Request, err error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM requests WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return q, fault.New(fault.NotFound, "request.unknown", "no request %.40q", id)
	}
	if err != nil {
		return q, err
	}
	return read(body)
}

func read(body string) (q Request, err error) {
	if err := json.Unmarshal([]byte(body), &q); err != nil {
		return q, fault.As(fault.Corrupt, "request.body", err)
	}
	return q, nil
}

// Get is a request of a controller, with what the engine says of keeping it;
// another's is fault.NotFound "request.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (q Request, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		q, err = r.one(ctx, tx, controller, id)
		return err
	})
	if err != nil || q.Hold == "" {
		return q, err
	}
	rec, err := r.c.Issuer.Get(ctx, q.Hold)
	if err == nil && rec.State == issuer.Refused {
		q.EngineWhy = rec.Why
	}
	return q, err
}

// List lists a controller's requests, the newest first, each with what the engine
// says of keeping its footage.
func (r *Room) List(ctx context.Context, controller string) ([]Request, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// Undone lists those of a controller that are not over.
func (r *Room) Undone(ctx context.Context, controller string) ([]Request, error) {
	return r.find(ctx, `controller = ? AND over = 0`, controller)
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Request, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM requests WHERE `+where+` ORDER BY received DESC, id LIMIT ?`, append(args, most)...)
		return err
	})
	if err != nil || len(bodies) == 0 {
		return nil, err
	}
	refused, err := r.c.Issuer.Records(ctx, issuer.Filter{Kinds: []permit.Kind{permit.KindHold}, States: []string{issuer.Refused}})
	if err != nil {
		return nil, err
	}
	why := map[permit.ID]string{}
	for _, rec := range refused {
		why[rec.ID] = rec.Why
	}
	for _, b := range bodies {
		q, no := read(b)
		err = errors.Join(err, no)
		q.EngineWhy = why[q.Hold]
		out = append(out, q)
	}
	return out, err
}
