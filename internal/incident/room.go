package incident

import (
	"context"
	"embed"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on; all of it is needed.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Grants   *grant.Room
	Register *register.Register
	Issuer   *issuer.Issuer
	Law      *law.Book
}

// Room keeps the incidents. It is safe for concurrent use.
type Room struct{ Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "incident", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

func (w Who) by() grant.By { return grant.By{Person: w.Person, Name: w.Name, Address: w.Address} }

// Begin opens an incident at a location of the controller.
func (r *Room) Begin(ctx context.Context, location string, a Account, who Who) (i Incident, err error) {
	now := r.Clock.Now()
	a = a.tidy()
	if err := a.check(now); err != nil {
		return i, err
	}
	if _, err := r.Register.Location(ctx, who.Controller, location); err != nil {
		return i, err
	}
	i = Incident{ID: db.NewID(), Controller: who.Controller, Location: location, Account: a, Opened: now, Person: who.Person, Name: who.Name}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if i.Number, err = db.Number(ctx, tx, "incidents", i.Controller, "H", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO incidents (id, number, controller, location, what, spot, since, until, others, crime, rests, police, need, opened, person, name, closed, closer, outcome)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', ?, ?, ?, 0, '', '')`,
			i.ID, i.Number, i.Controller, i.Location, a.What, a.Spot, a.From, a.To, a.Others, i.Opened, i.Person, i.Name); err != nil {
			return err
		}
		return r.enter(ctx, tx, "incident.opened", i, who, account(a))
	})
	return i, err
}

func account(a Account) map[string]any {
	return map[string]any{"what": a.What, "spot": a.Spot, "from": a.From.UTC(), "to": a.To.UTC(), "others": a.Others}
}

// enter writes an act in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, i Incident, who Who, more map[string]any) error {
	body := map[string]any{"incident": i.ID, "number": i.Number, "controller": i.Controller, "location": i.Location,
		"person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.Ledger.Append(ctx, tx, r.Clock.Now(), kind, body)
	return err
}

// act does something in an open incident of the person's controller, in one
// transaction. f changes i, writes it, and says what the entry adds.
func (r *Room) act(ctx context.Context, id string, who Who, kind string, f func(tx *db.Tx, i *Incident) (map[string]any, error)) (i Incident, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		i, err = r.actIn(ctx, tx, id, who, kind, f)
		return err
	})
	return i, err
}

// actIn is act in a transaction of the caller.
func (r *Room) actIn(ctx context.Context, tx *db.Tx, id string, who Who, kind string, f func(tx *db.Tx, i *Incident) (map[string]any, error)) (Incident, error) {
	i, err := r.GetIn(ctx, tx, who.Controller, id)
	if err != nil {
		return i, err
	}
	if !i.Open() {
		return i, fault.New(fault.Conflict, "incident.closed", "incident %s is closed", i.Number)
	}
	more, err := f(tx, &i)
	if err != nil {
		return i, err
	}
	return i, r.enter(ctx, tx, kind, i, who, more)
}

// Describe says anew what happened. What was said before stands in the ledger.
func (r *Room) Describe(ctx context.Context, id string, a Account, who Who) (Incident, error) {
	a = a.tidy()
	return r.act(ctx, id, who, "incident.described", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if err := a.check(r.Clock.Now()); err != nil {
			return nil, err
		}
		i.Account = a
		_, err := tx.Exec(ctx, `UPDATE incidents SET what = ?, spot = ?, since = ?, until = ?, others = ? WHERE id = ?`, a.What, a.Spot, a.From, a.To, a.Others, i.ID)
		return account(a), err
	})
}

// Assess says whether it was a crime, and on what that rests. Where crime is
// no longer established, the grants that rested on it end.
func (r *Room) Assess(ctx context.Context, id string, a Assessment, who Who) (Incident, error) {
	a.Rests, a.Police = tidy(a.Rests), tidy(a.Police)
	return r.act(ctx, id, who, "incident.assessed", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if err := a.check(); err != nil {
			return nil, err
		}
		i.Assessment = a
		i.Steps.Assessed = Done{At: r.Clock.Now().UTC(), Name: who.Name}
		if err := putSteps(ctx, tx, *i); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE incidents SET crime = ?, rests = ?, police = ? WHERE id = ?`, string(a.Crime), a.Rests, a.Police, i.ID); err != nil {
			return nil, err
		}
		if a.Crime != CrimeEstablished {
			if _, err := r.Grants.EndIn(ctx, tx, grant.Which{Incident: i.ID, Ground: access.GroundCrime}, grant.EndGround, who.by()); err != nil {
				return nil, err
			}
		}
		return map[string]any{"crime": string(a.Crime), "rests": a.Rests, "police": a.Police}, nil
	})
}

// Wish is what is named of an incident: why looking is necessary, at which
// cameras, and at which time.
type Wish struct {
	Need     string
	Cameras  []string
	From, To time.Time
}

// Name states the need and names the first scope, both at once: a need without
// what it is a need of says nothing.
func (r *Room) Name(ctx context.Context, id string, w Wish, who Who) (Incident, error) {
	w.Need = tidy(w.Need)
	return r.act(ctx, id, who, "incident.named", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		now := r.Clock.Now()
		if err := CheckText(w.Need, Shortest, Longest); err != nil {
			return nil, err
		}
		s := Scope{Version: 1, Cameras: slices.Compact(slices.Sorted(slices.Values(w.Cameras))), From: w.From, To: w.To, Named: now, Name: who.Name}
		if err := i.name(s, now); err != nil {
			return nil, err
		}
		if err := r.belong(ctx, *i, s.Cameras); err != nil {
			return nil, err
		}
		i.Need = w.Need
		if _, err := tx.Exec(ctx, `UPDATE incidents SET need = ? WHERE id = ?`, i.Need, i.ID); err != nil {
			return nil, err
		}
		return r.putScope(ctx, tx, i, s, who)
	})
}

// Widen names more cameras or more time, for a reason.
func (r *Room) Widen(ctx context.Context, id string, cameras []string, from, to time.Time, reason string, who Who) (Incident, error) {
	return r.act(ctx, id, who, "incident.widened", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		now := r.Clock.Now()
		s := Scope{Version: i.Scope().Version + 1, Cameras: slices.Compact(slices.Sorted(slices.Values(cameras))), From: from, To: to, Reason: tidy(reason), Named: now, Name: who.Name}
		if err := i.widen(s, now); err != nil {
			return nil, err
		}
		if err := r.belong(ctx, *i, s.Cameras); err != nil {
			return nil, err
		}
		return r.putScope(ctx, tx, i, s, who)
	})
}

// belong refuses cameras that are not at the incident's location: who looks is
// designated for one place, and another place is another incident.
func (r *Room) belong(ctx context.Context, i Incident, cameras []string) error {
	for _, id := range cameras {
		c, err := r.Register.Camera(ctx, i.Controller, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil || c.Location != i.Location {
			return fault.New(fault.Invalid, "scope.camera", "camera %.64q is not at %s", id, i.Location)
		}
	}
	return nil
}

func (r *Room) putScope(ctx context.Context, tx *db.Tx, i *Incident, s Scope, who Who) (map[string]any, error) {
	cameras, err := json.Marshal(s.Cameras)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	i.Scopes = append(i.Scopes, s)
	_, err = tx.Exec(ctx, `INSERT INTO incident_scopes (incident, version, cameras, since, until, reason, named, person, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.ID, s.Version, string(cameras), s.From, s.To, s.Reason, s.Named, who.Person, who.Name)
	return map[string]any{"version": s.Version, "cameras": s.Cameras, "from": s.From.UTC(), "to": s.To.UTC(), "need": i.Need, "reason": s.Reason}, err
}

// Close ends an incident with every grant under it and its bookmarks, if
// [Incident.MayClose].
func (r *Room) Close(ctx context.Context, id, outcome string, who Who) (Incident, error) {
	outcome = tidy(outcome)
	return r.act(ctx, id, who, "incident.closed", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if err := CheckText(outcome, Shortest, 2*Longest); err != nil {
			return nil, err
		}
		if err := i.MayClose(); err != nil {
			return nil, err
		}
		i.Closed, i.Closer, i.Outcome = r.Clock.Now(), who.Name, outcome
		if _, err := tx.Exec(ctx, `UPDATE incidents SET closed = ?, closer = ?, outcome = ? WHERE id = ?`, i.Closed, i.Closer, i.Outcome, i.ID); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM incident_bookmarks WHERE incident = ?`, i.ID); err != nil {
			return nil, err
		}
		_, err := r.Grants.EndIn(ctx, tx, grant.Which{Incident: i.ID}, grant.EndIncident, who.by())
		return map[string]any{"reason": outcome}, err
	})
}
