package hold

import (
	"context"
	"embed"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
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
	Incidents *incident.Room
	Issuer    *issuer.Issuer
	Register  *register.Register
	People    *identity.Directory
	Law       *law.Book
	Engine    string // that statements are for
	// Process is what a controller's process says of evidence locks.
	Process func(ctx context.Context, controller string) (casework.Holds, error)
	// Mail tells people of locks; nil tells nobody.
	Mail *notify.Letters
}

// Room keeps the locks. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "hold", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Process is what a controller's process says of evidence locks.
func (r *Room) Process(ctx context.Context, controller string) (casework.Holds, error) {
	return r.c.Process(ctx, controller)
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Refusals are what the law has against terms, for the cameras of an incident
// of the controller: see [Terms.Refusals].
func (r *Room) Refusals(ctx context.Context, controller string, t Terms) ([]law.Finding, error) {
	c, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return nil, err
	}
	var all []incident.Footage
	for _, id := range t.Cameras {
		f, err := r.c.Incidents.Footage(ctx, controller, id, t.From, t.To)
		if err != nil {
			return nil, err
		}
		if len(f.Classes) == 0 {
			return nil, fault.New(fault.Invalid, "hold.recorded", "camera %s had no permit then", id)
		}
		all = append(all, f)
	}
	return t.tidy().Refusals(r.c.Law.At(r.c.Clock.Now()), c.Kind, all), nil
}

// lawful is fault.Denied "hold.law" when the law refuses.
func (r *Room) lawful(ctx context.Context, h Hold) error {
	found, err := r.Refusals(ctx, h.Controller, h.Terms)
	if err != nil {
		return err
	}
	if law.Refused(found) {
		return fault.New(fault.Denied, "hold.law", "%s: %s", found[0].Camera, found[0].Cite)
	}
	return nil
}

// Ask asks for a lock of what an open incident names. Nothing is locked by it:
// whoever can say yes is told that it waits.
func (r *Room) Ask(ctx context.Context, of string, t Terms, who Who) (h Hold, err error) {
	i, err := r.c.Incidents.Get(ctx, who.Controller, of)
	if err != nil {
		return h, err
	}
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	h = Hold{ID: db.NewID(), Controller: i.Controller, Location: i.Location, Incident: i.ID, IncidentNumber: i.Number, Terms: t.tidy(), Person: who.Person, Name: who.Name, Asked: now}
	if !i.Open() {
		return h, fault.New(fault.Conflict, "incident.closed", "incident %s is closed", i.Number)
	}
	if err := h.Terms.check(i, now); err != nil {
		return h, err
	}
	if err := r.lawful(ctx, h); err != nil {
		return h, r.refused(ctx, "ask", h, who, err)
	}
	a, err := r.around(ctx, h)
	if err != nil {
		return h, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if h.Number, err = db.Number(ctx, tx, "evidence_holds", h.Controller, "L", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(h)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO evidence_holds (id, controller, number, incident, asked, over, body) VALUES (?, ?, ?, ?, ?, 0, ?)`,
			h.ID, h.Controller, h.Number, h.Incident, h.Asked, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "lock.asked", h, who, map[string]any{"reason": h.Reason, "from": h.From, "to": h.To, "until": h.Until, "review": h.Review, "reference": h.reference(), "words": h.Words, "seal": h.Seal()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAsked, h, "", a.Can)
	})
	r.c.Mail.Wake()
	return h, err
}

// change does one step of a lock of the person's controller; another's is
// fault.NotFound "hold.unknown". What is refused is entered.
func (r *Room) change(ctx context.Context, act, id string, who Who, step func(*db.Tx, Hold, time.Time) (Hold, error)) (h Hold, err error) {
	var was Hold
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if was, err = r.one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if h, err = step(tx, was, r.c.Clock.Now().Truncate(time.Microsecond)); err != nil {
			return err
		}
		return put(ctx, tx, h)
	})
	if err == nil {
		r.c.Issuer.Wake()
		r.c.Mail.Wake()
		return h, nil
	}
	return was, r.refused(ctx, act, was, who, err)
}

// put writes what became of a lock.
func put(ctx context.Context, tx *db.Tx, h Hold) error {
	body, err := json.Marshal(h)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	over := !h.Released.IsZero() || !h.Decided.IsZero() && !h.Approved
	_, err = tx.Exec(ctx, `UPDATE evidence_holds SET over = ?, body = ? WHERE id = ?`, over, string(body), h.ID)
	return err
}

// enter writes what was done with a lock in the ledger. Whom a dispute is with
// stands in the lock and not there.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, h Hold, who Who, more map[string]any) error {
	body := map[string]any{"controller": h.Controller, "lock": h.ID, "number": h.Number, "location": h.Location, "cameras": h.Cameras,
		"incident": h.Incident, "incident_number": h.IncidentNumber, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// refused enters that something was refused, and gives why.
func (r *Room) refused(ctx context.Context, act string, h Hold, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "lock.denied", h, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}

func (r *Room) head(h Hold, by string) permit.Head {
	return permit.Head{Controller: h.Controller, Engine: r.c.Engine, By: by}
}
