package masking

import (
	"context"
	"embed"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/second"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Engine is where test pictures come from.
type Engine interface {
	Permit(ctx context.Context, camera string) (engineapi.InForce, error)
	Still(ctx context.Context, q engineapi.StillQuery, p engineapi.Pass) ([]byte, error)
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
	Engine    Engine
	EngineID  string // that statements are for, where a camera names none
	// Mail tells people of lifts; nil tells nobody.
	Mail *notify.Letters
}

// Room keeps proofs and lifts. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "masking", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

func (r *Room) finder() second.Finder {
	return second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
}

// Answers says whether somebody can be the second person of a lift: nil, or
// fault.Denied "masklift.own", "masklift.answerer".
func (r *Room) Answers(ctx context.Context, l Lift, who Who) error {
	return r.finder().Refuses(ctx, l.asked(), who.Person, who.Name, "masklift", func(a second.Around) []identity.Person { return a.Can })
}

// Ask asks for a lift of what an open incident names. Nothing is lifted by it:
// whoever can say yes is told that it waits, and the data protection officers.
func (r *Room) Ask(ctx context.Context, of string, t Terms, who Who) (l Lift, err error) {
	i, err := r.c.Incidents.Get(ctx, who.Controller, of)
	if err != nil {
		return l, err
	}
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	l = Lift{ID: db.NewID(), Controller: i.Controller, Location: i.Location, Incident: i.ID, IncidentNumber: i.Number, Terms: t.tidy(), Person: who.Person, Name: who.Name, Asked: now}
	if !i.Open() {
		return l, fault.New(fault.Conflict, "incident.closed", "incident %s is closed", i.Number)
	}
	if err := l.Terms.check(i, now); err != nil {
		return l, r.refused(ctx, "ask", l, who, err)
	}
	a, err := r.finder().Around(ctx, l.asked())
	if err != nil {
		return l, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		for _, c := range l.Cameras {
			if _, err := r.maskOf(ctx, tx, l.Controller, c); err != nil {
				return err
			}
		}
		if l.Number, err = db.Number(ctx, tx, "mask_lifts", l.Controller, "M", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(l)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO mask_lifts (id, controller, number, incident, asked, body) VALUES (?, ?, ?, ?, ?, ?)`,
			l.ID, l.Controller, l.Number, l.Incident, l.Asked, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "masklift.asked", l, who, map[string]any{"from": l.From, "to": l.To, "journal": l.Journal, "words": l.Words, "seal": l.Seal()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "asked", l, second.Each(a.Can, a.DPOs))
	})
	r.c.Mail.Wake()
	return l, err
}

// maskOf is the mask in force of a camera of a controller; fault.Invalid
// "masklift.unmasked" when it has none.
func (r *Room) maskOf(ctx context.Context, tx *db.Tx, controller, camera string) (*permit.Mask, error) {
	c, err := r.c.Register.CameraIn(ctx, tx, controller, camera)
	if err != nil {
		return nil, err
	}
	m, err := r.c.Issuer.MaskIn(ctx, tx, r.engine(c), camera)
	if fault.Is(err, fault.NotFound) || err == nil && len(m.Areas) == 0 {
		return nil, fault.New(fault.Invalid, "masklift.unmasked", "camera %s has no mask", camera)
	}
	return m, err
}

func (r *Room) engine(c register.Camera) string {
	if c.Engine != "" {
		return c.Engine
	}
	return r.c.EngineID
}

// Decide is the second person's answer to exactly what seal is of. With a yes
// the engine's statements are signed in the same transaction, and the data
// protection officers are told with whoever asked.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (l Lift, err error) {
	was, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return was, err
	}
	if err := r.Answers(ctx, was, who); err != nil {
		return was, r.refused(ctx, "answer", was, who, err)
	}
	a, err := r.finder().Around(ctx, was.asked())
	if err != nil {
		return was, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if l, err = one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if l, err = l.decide(who, yes, answer, seal, r.c.Clock.Now().Truncate(time.Microsecond)); err != nil {
			return err
		}
		kind, say := "masklift.declined", "declined"
		if yes {
			kind, say = "masklift.approved", "lifted"
			if err := r.issue(ctx, tx, &l, who); err != nil {
				return err
			}
		}
		body, err := json.Marshal(l)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE mask_lifts SET body = ? WHERE id = ?`, string(body), l.ID); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, kind, l, who, map[string]any{"answer": l.Answer, "seal": seal, "of": l.Person, "expires": l.Expires, "statements": l.statements()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, say, l, second.Each([]identity.Person{a.Asker}, a.DPOs))
	})
	if err != nil {
		return was, r.refused(ctx, "answer", was, who, err)
	}
	r.c.Issuer.Wake()
	r.c.Mail.Wake()
	return l, nil
}

// issue signs the lift of each camera for its engine.
func (r *Room) issue(ctx context.Context, tx *db.Tx, l *Lift, who Who) error {
	for _, camera := range l.Cameras {
		if _, err := r.maskOf(ctx, tx, l.Controller, camera); err != nil {
			return err
		}
		c, err := r.c.Register.CameraIn(ctx, tx, l.Controller, camera)
		if err != nil {
			return err
		}
		s := &permit.MaskLift{Head: permit.Head{Controller: l.Controller, Engine: r.engine(c), By: who.Person}, Camera: camera, From: l.From, To: l.To,
			Person: l.Person, Approver: who.Person, Purpose: "Politiet " + l.Journal, Expires: l.Expires}
		if _, err := r.c.Issuer.Issue(ctx, tx, s); err != nil {
			return err
		}
		l.Statements[camera] = s.ID
	}
	return nil
}

// enter writes what was done with a lift in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, l Lift, who Who, more map[string]any) error {
	body := map[string]any{"controller": l.Controller, "lift": l.ID, "number": l.Number, "location": l.Location, "cameras": l.Cameras,
		"incident": l.Incident, "incident_number": l.IncidentNumber, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// refused enters that something was refused, and gives why.
func (r *Room) refused(ctx context.Context, act string, l Lift, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "masklift.denied", l, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}

// tell queues a letter, in the transaction of what it is about.
func (r *Room) tell(ctx context.Context, tx *db.Tx, say string, l Lift, to []identity.Person) error {
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "masklift-" + say + "-" + l.ID, Kind: "masklift." + say, Thread: l.Controller + "/masklift/" + l.ID,
		Room: "masklift", Say: say, Args: []any{l.Number}, Path: "/maskeloeft/" + l.ID, Data: map[string]string{"lift": l.ID, "controller": l.Controller}}, to...)
}
