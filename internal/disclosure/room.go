package disclosure

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
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

// Config is what the room stands on; all of it is needed but what says so.
type Config struct {
	DB        *db.DB
	Ledger    *ledger.Log
	Clock     clock.Clock
	Incidents *incident.Room
	Holds     *hold.Room
	Issuer    *issuer.Issuer
	Register  *register.Register
	People    *identity.Directory
	Law       *law.Book
	// Documents is where consents, rulings and signed receipts are kept; nil:
	// nothing that needs one can be asked for.
	Documents *document.Room
	// Copies is where anonymised copies are found; nil: nothing is handed over
	// that must be one.
	Copies Copies
	// Lift is the mask lift that lasts now and lets the original of a masked
	// camera of an incident out to the police, empty when there is none; nil:
	// there never is one.
	Lift   func(ctx context.Context, controller, incident, camera string, from, to time.Time) (permit.ID, error)
	Engine string // that export orders are for
	// Packages is how packages are made; its zero value makes none.
	Packages Packages
	// Mail tells people of disclosures; nil tells nobody.
	Mail *notify.Letters
	Log  *slog.Logger
}

// Packages is how packages are made, and how long our own live.
type Packages struct {
	Maker  *evidence.Maker // nil: none can be made
	Sender evidence.Name
	// Source is the engine's footage under the export orders that it is given.
	Source func(Orders) Source
	// Keep is how long our own copy lives at the longest.
	Keep time.Duration
	// Largest is how big an envelope may become, in bytes.
	Largest  int64
	Software string // "vidne 1.4.0"
	// Words is a text of the catalogue in a language.
	Words func(lang, key string, args ...any) string
}

// Orders gives the signed export order for one camera and interval.
type Orders func(ctx context.Context, camera string, from, to time.Time) (engineapi.Pass, error)

// Source is what packages are made of.
type Source interface {
	evidence.Footage
	// Facts fills in what the engine knows of an order's footage.
	Facts(ctx context.Context, o *evidence.Order) error
}

// Room keeps the disclosures. It is safe for concurrent use.
type Room struct {
	c    Config
	wake chan struct{}
	turn sync.Mutex // one package at a time

	mu     sync.Mutex
	phrase map[string]envelope.Passphrase // of packages, until it is shown; by package id
	now    making
}

// Open makes the tables. [Room.Run] makes the packages.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "disclosure", migrations); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Room{c: c, wake: make(chan struct{}, 1), phrase: map[string]envelope.Passphrase{}}, nil
}

// Makes reports whether packages can be made at all.
func (r *Room) Makes() bool { return r.c.Packages.Maker != nil }

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// enter writes what was done in the ledger. Who in the pictures it concerns
// stands in the disclosure and not there.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, d Disclosure, who Who, more map[string]any) error {
	body := map[string]any{"controller": d.Controller, "disclosure": d.ID, "number": d.Number, "kind": string(d.Kind), "location": d.Location, "cameras": d.Cameras,
		"incident": d.Incident, "incident_number": d.IncidentNumber, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// denied enters that something was refused, and gives why.
func (r *Room) denied(ctx context.Context, act string, d Disclosure, who Who, why error) error {
	return ledger.Refused(ctx, r.c.DB, why, func(tx *db.Tx) error {
		return r.enter(ctx, tx, "disclosure.denied", d, who, map[string]any{"act": act, "why": fault.Key(why)})
	})
}

// change does one step of a disclosure of the person's controller; another's is
// fault.NotFound "disclosure.unknown". What is refused is entered.
func (r *Room) change(ctx context.Context, act, id string, who Who, step func(*db.Tx, Disclosure, time.Time) (Disclosure, error)) (d Disclosure, err error) {
	var was Disclosure
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if was, err = r.one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if d, err = step(tx, was, r.c.Clock.Now().UTC().Truncate(time.Microsecond)); err != nil {
			return err
		}
		return put(ctx, tx, d)
	})
	if err == nil {
		r.Wake()
		r.c.Mail.Wake()
		return d, nil
	}
	return was, r.denied(ctx, act, was, who, err)
}

// Wake has the queue looked at now.
func (r *Room) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// insert gives a disclosure its number and puts it in the table.
func (r *Room) insert(ctx context.Context, tx *db.Tx, d *Disclosure) (err error) {
	if d.Number, err = db.Number(ctx, tx, "disclosures", d.Controller, "U", d.Asked.In(clock.Denmark()).Year()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO disclosures (id, controller, number, incident, asked, stage, since, kept, body) VALUES (?, ?, ?, ?, ?, '', 0, 0, '')`,
		d.ID, d.Controller, d.Number, d.Incident, d.Asked); err != nil {
		return err
	}
	return put(ctx, tx, *d)
}

// put writes what became of a disclosure.
func put(ctx context.Context, tx *db.Tx, d Disclosure) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	kept := len(d.Packages) > 0 && d.Package().Gone.IsZero()
	_, err = tx.Exec(ctx, `UPDATE disclosures SET stage = ?, since = ?, kept = ?, body = ? WHERE id = ?`, string(d.Job.Stage), d.Job.Since, kept, string(body), d.ID)
	return err
}

// in refuses what needs another state: fault.Conflict disclosure.state.<state>.
func (d Disclosure) in(now time.Time, want ...State) error {
	s := d.State(now)
	for _, w := range want {
		if s == w {
			return nil
		}
	}
	return fault.New(fault.Conflict, "disclosure.state."+string(s), "disclosure %s", d.Number)
}
