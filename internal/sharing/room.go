package sharing

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
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
	DB        *db.DB
	Ledger    Ledger
	Clock     clock.Clock
	Incidents *incident.Room
	Issuer    *issuer.Issuer
	Register  *register.Register
	People    *identity.Directory
	Law       *law.Book
	Engine    string          // that tickets are for
	Mail      *notify.Letters // tells people of shares; nil tells nobody
}

// Room keeps systems and shares. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "sharing", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// business refuses whoever is none: fault.Denied "sharing.business".
func (r *Room) business(ctx context.Context, controller string) error {
	c, err := r.c.Register.Controller(ctx, controller)
	if err == nil && c.Kind != register.Business {
		err = denied("sharing.business")
	}
	return err
}

// Save writes a system down anew. Assessors are of the business, members of
// businesses: fault.Denied sharing.business, fault.Invalid as [System.check], and
// sharing.person for somebody who has no account.
func (r *Room) Save(ctx context.Context, s System, who Who) (System, error) {
	s, now := s.tidy(), r.c.Clock.Now()
	s.Controller = who.Controller
	if err := r.business(ctx, s.Controller); err != nil {
		return s, err
	}
	for i, a := range s.Assessors {
		p, err := r.person(ctx, a.Person)
		if err != nil || p.Controller != s.Controller {
			return s, errors.Join(err, bad("sharing.assessors"))
		}
		s.Assessors[i].Name = p.Name
	}
	for i, m := range s.Members {
		p, err := r.person(ctx, m.Person)
		if err != nil {
			return s, err
		}
		if err := r.business(ctx, p.Controller); err != nil {
			return s, err
		}
		s.Members[i] = Member{Controller: p.Controller, Person: p.ID, Name: p.Name}
	}
	if err := s.check(now); err != nil {
		return s, err
	}
	kind := "sharing.system-changed"
	if s.ID == "" {
		s.ID, kind = db.NewID(), "sharing.system-made"
	} else if _, err := r.System(ctx, s.Controller, s.ID); err != nil {
		return s, err
	}
	return s, r.c.DB.Write(ctx, func(tx *db.Tx) error {
		body, err := json.Marshal(s)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sharing_systems (id, controller, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`, s.ID, s.Controller, string(body)); err != nil {
			return err
		}
		// Whoever is taken off the list sees nothing more, from this moment.
		_, err = r.c.Ledger.Append(ctx, tx, now, kind, map[string]any{"controller": s.Controller, "system": s.ID, "title": s.Name, "others": s.Others, "assessors": s.Assessors, "members": s.Members,
			"permission": s.Permission.Journal, "expires": s.Permission.Expires, "document": s.Permission.Document, "person": who.Person, "name": who.Name, "address": who.Address})
		return err
	})
}

func (r *Room) person(ctx context.Context, id string) (identity.Person, error) {
	p, err := r.c.People.Person(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && p.Closed {
		return p, bad("sharing.person")
	}
	return p, err
}

// Findings are what the law has against sharing some cameras' footage of an
// interval: nothing, or what refuses, camera by camera.
func (r *Room) Findings(ctx context.Context, controller string, cameras []string, from, to time.Time) (out []law.Finding, err error) {
	c, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return nil, err
	}
	rules := r.c.Law.At(r.c.Clock.Now())
	for _, id := range cameras {
		f, err := r.c.Incidents.Footage(ctx, controller, id, from, to)
		if err != nil {
			return nil, err
		}
		if len(f.Classes) == 0 {
			return nil, bad("sharing.recorded")
		}
		for _, class := range f.Classes {
			for _, b := range f.Bases(rules) {
				purpose := law.PurposeCrime
				if string(class) != law.ClassCrime {
					purpose = "" // recorded for something else
				}
				for _, x := range rules.MayDisclose(b, law.Situation{Controller: c.Kind, Purpose: purpose}, law.GroundBusiness) {
					x.Camera = id
					out = append(out, x)
				}
			}
		}
	}
	return out, nil
}

// Ask asks for something to be shared. Nothing is by it: the system's assessors
// are told that it waits.
func (r *Room) Ask(ctx context.Context, of string, c Case, who Who) (s Share, err error) {
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	i, err := r.c.Incidents.Get(ctx, who.Controller, of)
	if err != nil {
		return s, err
	}
	if !i.Open() {
		return s, fault.New(fault.Conflict, "incident.closed", "incident %s is closed", i.Number)
	}
	system, err := r.System(ctx, who.Controller, c.System)
	if err != nil {
		return s, err
	}
	s = Share{ID: db.NewID(), Controller: i.Controller, Location: i.Location, Incident: i.ID, IncidentNumber: i.Number, Case: c.tidy(), SystemName: system.Name, Person: who.Person, Name: who.Name, Asked: now}
	if err := s.check(i, system, now); err != nil {
		return s, err
	}
	if err := r.lawful(ctx, s, i, system); err != nil {
		return s, r.refused(ctx, "ask", s, who, err)
	}
	var to []identity.Person
	for _, a := range system.Assessors {
		if p, err := r.c.People.Person(ctx, a.Person); err == nil && p.ID != who.Person {
			to = append(to, p)
		}
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if s.Number, err = db.Number(ctx, tx, "shares", s.Controller, "S", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(s)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO shares (id, controller, number, sys, asked, body) VALUES (?, ?, ?, ?, ?, ?)`, s.ID, s.Controller, s.Number, s.System, s.Asked, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "sharing.asked", s, s.Controller, who, map[string]any{"system": s.System, "offence": s.Offence, "journal": s.Journal, "reported": s.Reported, "from": s.From, "to": s.To, "until": s.Until, "seal": s.Seal()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAsked, s, "/deling/", to)
	})
	r.c.Mail.Wake()
	return s, err
}

// lawful says whether something can be shared now: fault.Denied sharing.business,
// sharing.law, sharing.closed, sharing.permission-expired, and, before it goes out
// of the house, as [incident.Incident.InOrder].
func (r *Room) lawful(ctx context.Context, s Share, i incident.Incident, system System) error {
	if err := r.business(ctx, s.Controller); err != nil {
		return err
	}
	if err := system.Open(r.c.Clock.Now()); err != nil {
		return err
	}
	if err := i.InOrder(); err != nil {
		return err
	}
	found, err := r.Findings(ctx, s.Controller, s.Cameras, s.From, s.To)
	if err == nil && law.Refused(found) {
		err = fault.New(fault.Denied, "sharing.law", "%s: %s", found[0].Camera, found[0].Cite)
	}
	return err
}

// same reports whether whoever acts is who asked, under any account of theirs.
func (s Share) same(by Who) bool {
	return second.Asked{Controller: s.Controller, Location: s.Location, Person: s.Person, Name: s.Name}.Same(by.Person, by.Name)
}

// enter writes what was done in the ledger of the portal, for one of the
// businesses that it concerns.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, s Share, of string, who Who, more map[string]any) error {
	body := map[string]any{"controller": of, "share": s.ID, "number": s.Number, "location": s.Location, "cameras": s.Cameras, "incident": s.Incident, "incident_number": s.IncidentNumber,
		"person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// refused enters that something was refused, and gives why.
func (r *Room) refused(ctx context.Context, act string, s Share, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "sharing.denied", s, who.Controller, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}

// What is told: the kinds of letters, by which webhooks choose.
const (
	tellAsked   = "sharing.asked"
	tellAnswer  = "sharing.answered"
	tellMembers = "sharing.shared"
)

func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, s Share, path string, to []identity.Person) error {
	name := kind[len("sharing."):]
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "sharing-" + name + "-" + s.ID, Kind: kind, Thread: s.Controller + "/sharing/" + s.ID,
		Room: "sharing", Say: name, Args: []any{s.Number}, Path: path + s.ID, Data: map[string]string{"share": s.ID, "controller": s.Controller}}, to...)
}
