package anonymised

import (
	"context"
	"embed"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/second"
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
	Holds    *hold.Room
	Requests *request.Room
	Issuer   *issuer.Issuer
	Register *register.Register
	People   *identity.Directory
	Engine   engineapi.AnonymisedJobs
	EngineID string // that orders are for
	// Mail tells people of copies; nil tells nobody.
	Mail *notify.Letters
}

// Room keeps the copies. It is safe for concurrent use.
type Room struct {
	c Config

	mu     sync.Mutex
	orders map[[2]string]order // by copy and person
}

// order is an export order that stands for a while.
type order struct {
	pass    engineapi.Pass
	expires time.Time
}

const (
	// orderLife is how long one export order is good; it is signed anew before
	// it runs out. A copy that is being made needs one for all of it.
	orderLife = 12 * time.Hour
	orderLeft = time.Hour
)

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "anonymised", migrations); err != nil {
		return nil, err
	}
	return &Room{c: c, orders: map[[2]string]order{}}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Scope is what a source of a controller lets a copy be of; another's is
// fault.NotFound.
func (r *Room) Scope(ctx context.Context, controller string, kind Kind, id string) (s Scope, err error) {
	switch kind {
	case OfLock:
		h, err := r.c.Holds.Get(ctx, controller, id)
		if err != nil {
			return s, err
		}
		return Scope{Source: Source{kind, h.ID, h.Number}, Location: h.Location, Cameras: h.Cameras, From: h.From, To: h.To, For: h.Whom,
			Open: h.State(r.c.Clock.Now()) == hold.Standing && h.Reason == permit.HoldDispute}, nil
	case OfRequest:
		q, err := r.c.Requests.Get(ctx, controller, id)
		if err != nil {
			return s, err
		}
		return Scope{Source: Source{kind, q.ID, q.Number}, Location: q.Location, Cameras: q.Cameras, From: q.From, To: q.To, For: q.Name, Looks: q.Looks,
			Open: q.Open() && !q.Identity.At.IsZero()}, nil
	}
	return s, fault.New(fault.NotFound, "copy.source", "no source %.20q", kind)
}

// Begin asks for a copy of what a source names, and sets the engine to work.
func (r *Room) Begin(ctx context.Context, kind Kind, id string, d Draft, who Who) (c Copy, err error) {
	s, err := r.Scope(ctx, who.Controller, kind, id)
	if err != nil {
		return c, err
	}
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	c = Copy{ID: db.NewID(), Controller: who.Controller, Location: s.Location, Source: s.Source, Draft: d.tidy(), Person: who.Person, Name: who.Name, Asked: now}
	if !s.Open {
		return c, fault.New(fault.Conflict, "copy.closed", "%s %s lets no copy be made", kind, s.Number)
	}
	if err := c.check(s, now); err != nil {
		return c, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if c.Number, err = db.Number(ctx, tx, "anonymised_copies", c.Controller, "K", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(c)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO anonymised_copies (id, controller, number, source, asked, over, body) VALUES (?, ?, ?, ?, ?, 0, ?)`,
			c.ID, c.Controller, c.Number, s.ID, c.Asked, string(body)); err != nil {
			return err
		}
		return r.enter(ctx, tx, "copy.asked", c, who, map[string]any{"from": c.From, "to": c.To, "words": c.Words, "thorough": c.Thorough})
	})
	if err != nil {
		return c, err
	}
	return r.Go(ctx, c.ID, who)
}

// Go sets the engine to work on a copy, or lets it go on. An engine that does
// not answer, or lacks the program, is an error; the copy stands and can be let
// go on.
func (r *Room) Go(ctx context.Context, id string, who Who) (c Copy, err error) {
	if c, err = r.open(ctx, id, who); err != nil {
		return c, err
	}
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return c, err
	}
	e, err := r.c.Engine.Anonymise(ctx, c.ID, engineapi.FragmentQuery{Camera: c.Camera, From: c.From, To: c.To}, c.Thorough, p)
	if err != nil {
		return c, err
	}
	c.Engine = &e
	return c, nil
}

// open is a copy that can still be worked on: Conflict "copy.state" when it is
// given to the second person, approved, ended or gone.
func (r *Room) open(ctx context.Context, id string, who Who) (Copy, error) {
	c, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return c, err
	}
	if !c.Ended.IsZero() || !c.Gone.IsZero() || c.Given != nil {
		return c, fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
	}
	return c, nil
}

// pass is the export order that a person works on a copy under. That they may
// see its pictures now is a use of footage, in the ledger with the order
// (LOG-1).
func (r *Room) pass(ctx context.Context, c Copy, who Who) (engineapi.Pass, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, now := [2]string{c.ID, who.Person}, r.c.Clock.Now()
	if o, ok := r.orders[key]; ok && now.Before(o.expires.Add(-orderLeft)) {
		return o.pass, nil
	}
	st := &permit.Export{Head: permit.Head{Controller: c.Controller, Engine: r.c.EngineID, By: who.Person}, Person: who.Person, Purpose: "Anonymiseret kopi",
		Case: c.Number, Recipient: c.For, Cameras: []string{c.Camera}, From: c.From, To: c.To, Expires: now.UTC().Truncate(time.Microsecond).Add(orderLife), Text: who.Name}
	var signed *permit.Signed
	err := r.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if signed, err = r.c.Issuer.Ticket(ctx, tx, st); err != nil {
			return err
		}
		return r.enter(ctx, tx, "copy.opened", c, who, map[string]any{"from": c.From, "to": c.To})
	})
	if err != nil {
		return engineapi.Pass{}, err
	}
	o := order{engineapi.Pass{Statement: signed.Encode(), Whence: who.Address}, st.Expires}
	r.orders[key] = o
	return o.pass, nil
}

// change does one step of a copy of the person's controller. What is refused
// is entered.
func (r *Room) change(ctx context.Context, act, id string, who Who, step func(*db.Tx, *Copy, time.Time) error) (c Copy, err error) {
	// What the engine says is asked before the transaction, and again by
	// whoever shows it after.
	was, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return c, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = r.one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		c.Engine = was.Engine
		if err := step(tx, &c, r.c.Clock.Now().Truncate(time.Microsecond)); err != nil {
			return err
		}
		return put(ctx, tx, c)
	})
	if err == nil {
		r.c.Mail.Wake()
		return c, nil
	}
	return was, r.refused(ctx, act, was, who, err)
}

func put(ctx context.Context, tx *db.Tx, c Copy) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	over := !c.Ended.IsZero() || !c.Gone.IsZero()
	_, err = tx.Exec(ctx, `UPDATE anonymised_copies SET over = ?, body = ? WHERE id = ?`, over, string(body), c.ID)
	return err
}

// enter writes what was done with a copy in the ledger. Whom it is for stands
// in the copy and not there.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, c Copy, who Who, more map[string]any) error {
	body := map[string]any{"controller": c.Controller, "copy": c.ID, "number": c.Number, "location": c.Location, "cameras": []string{c.Camera},
		"source": c.Source.ID, "source_number": c.Source.Number, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// refused enters that something was refused, and gives why.
func (r *Room) refused(ctx context.Context, act string, c Copy, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "copy.denied", c, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}

// What is told: the kinds of messages, by which webhooks choose.
const (
	tellGiven  = "copy.given"
	tellAnswer = "copy.answered"
)

// tell queues a letter about the film that waits, or waited, in the transaction
// of what it is about.
func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, c Copy, film, path string, to ...identity.Person) error {
	name := strings.TrimPrefix(kind, "copy.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "copy-" + name + "-" + c.ID + "-" + film, Kind: kind, Thread: c.Controller + "/copy/" + c.ID,
		Room: "copy", Say: name, Args: []any{c.Number}, Path: "/kopier/" + c.ID + path, Data: map[string]string{"copy": c.ID, "controller": c.Controller}}, to...)
}

func (c Copy) asked() second.Asked {
	return second.Asked{Controller: c.Controller, Location: c.Location, Person: c.Person, Name: c.Name}
}

func (r *Room) finder() second.Finder {
	return second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
}

// Answers reports whether somebody may be the second person: fault.Denied
// copy.own for who asked for it or put it forward, copy.answerer for who answers
// for another place.
func (r *Room) Answers(ctx context.Context, c Copy, who Who) error {
	f := r.finder()
	can := func(a second.Around) []identity.Person { return a.Can }
	if err := f.Refuses(ctx, c.asked(), who.Person, who.Name, "copy", can); err != nil || c.Given == nil {
		return err
	}
	of := c.asked()
	of.Person, of.Name = c.Given.Person, c.Given.Name
	return f.Refuses(ctx, of, who.Person, who.Name, "copy", can)
}
