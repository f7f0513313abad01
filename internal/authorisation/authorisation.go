// Package authorisation keeps authorisation forms (autorisationsskemaer, H 5.1):
// who asked for whom, what the management of each location answered, who
// carried it out, which instruction was read, and until when it holds; and who
// can get at the storage itself (H 5.1, D 3.5.2).
//
// What it promises: a right is in force only when it was asked for, approved
// by the location's management and by neither the asker nor the one whom it is
// for, carried out by IT, and the instruction read and confirmed (H 5.3,
// D 3.5.6); never outside its period, and never longer than the management
// stood by it within half a year. Everything is judged by the clock when it is
// asked, so that nothing has to run for a right to end; what ended by itself is
// entered in the ledger afterwards. Every change is an entry in its own
// transaction. When an account closes, its rights end in that transaction.
//
// What it refuses: rights for IT, which gives them (H 4.1); approving one's
// own; a period without an end; to bring back what has lapsed. What a process
// does not let a form give, no form gives.
package authorisation

import (
	"context"
	"embed"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on. All of it is needed.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Register *register.Register
	People   *identity.Directory
	// Terms is what the controller's process says of rights.
	Terms func(ctx context.Context, controller string) (casework.Rights, error)
	// Mail is how people are told what waits for them; nil: they are not.
	Mail *notify.Letters
}

// Room is the room of forms.
type Room struct{ c Config }

// Open makes the tables, and has rights end when an account closes.
func Open(ctx context.Context, c Config) (_ *Room, err error) {
	defer fault.Wrap(&err, "authorisation.Open")
	if err := db.Tables(ctx, c.DB, "authorisation", migrations); err != nil {
		return nil, err
	}
	r := &Room{c}
	c.People.OnClose(r.closed)
	return r, nil
}

// Terms is what the controller's process says of rights. Rights that cannot
// be given at all are Denied "rights.none".
func (r *Room) Terms(ctx context.Context, controller string) (casework.Rights, error) {
	t, err := r.c.Terms(ctx, controller)
	if err == nil && !t.Given() {
		err = fault.New(fault.Denied, "rights.none", "the process of %s gives no rights", controller)
	}
	return t, err
}

// Who is somebody who acts: what they may is read from the accounts and the
// register, in the transaction of the act.
type Who struct {
	Person, Name string
	// Address is where they act from, for the ledger; empty at the machine.
	Address string
}

// The roles that mean something here, as the accounts have them.
const (
	// Look is the role that lets a person look at footage (udpeget person).
	Look        = "operator"
	roleIT      = "it"
	coordinator = "coordinator"
	dpo         = "dpo"
)

// actor is who acts, now.
func (r *Room) actor(ctx context.Context, tx *db.Tx, controller string, who Who, bodies []string) (actor, error) {
	p, err := r.c.People.PersonIn(ctx, tx, who.Person)
	if err != nil {
		return actor{}, err
	}
	if p.Closed || p.Controller != controller {
		return actor{}, fault.New(fault.Denied, "access.controller", "%s has no account of %s", who.Person, controller)
	}
	held, err := r.c.Register.BodiesIn(ctx, tx, controller, who.Person)
	if err != nil {
		return actor{}, err
	}
	a := actor{person: p.ID, name: p.Name, it: slices.Contains(p.Roles, roleIT), manages: map[string]bool{},
		oversees: slices.Contains(p.Roles, coordinator) || slices.Contains(p.Roles, dpo)}
	held = slices.DeleteFunc(held, func(h register.Holder) bool { return !slices.Contains(bodies, h.Body) })
	if a.holds = len(held) > 0; !a.holds {
		return a, nil
	}
	places, err := r.c.Register.LocationsIn(ctx, tx, controller)
	if err != nil {
		return a, err
	}
	for _, l := range places {
		a.manages[l.ID] = slices.ContainsFunc(held, func(h register.Holder) bool { return h.Reaches(l) })
	}
	return a, nil
}

// Manages lists the locations for which a person may approve and confirm now.
func (r *Room) Manages(ctx context.Context, controller, person string) (out []string, err error) {
	t, err := r.c.Terms(ctx, controller)
	if err != nil {
		return nil, err
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		a, err := r.actor(ctx, tx, controller, Who{Person: person}, t.Approve)
		out = nil
		for id, yes := range a.manages {
			if yes {
				out = append(out, id)
			}
		}
		slices.Sort(out)
		return err
	})
	return out, err
}
