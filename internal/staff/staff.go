// Package staff tells those who work where they are recorded (underretning af
// medarbejdere, H 8, D 3.4, L § 3 b): the written notice of each location, the
// rolls of who must have it, and their receipts; and who of those who handle
// recordings has confirmed the papers that they work by (D 3.5.6).
//
// What it promises: a notice says what is approved and what the register knows,
// in a version that rises when that changes; a receipt is of one version and
// counts for no other; a link works for one person and without a login, and its
// code is kept nowhere; who lacks what is told by its day; no camera is put up
// while somebody on the roll has not been told ([Room.ToldIn]); whoever leaves
// leaves the roll, and is forgotten after [KeepFor]. Every change is an entry of
// the ledger, which names no member: a name stands in the roll alone, and goes
// with it.
//
// What it refuses: to let a notice be edited, to take a receipt of a version
// that is no longer the newest, and to take an empty roll for a place without
// people: somebody must say so.
package staff

import (
	"context"
	"embed"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Within is how long after a notice is made those who work there must have it
// (D 3.4: in general within ten days). Whoever begins later has it beforehand.
const Within = 10 * 24 * time.Hour

// WeeksBefore is how many weeks before cameras are put up the employees of a
// municipality are told (H 8). That they pass, the case's process sees to.
const WeeksBefore = 6

// ReadWithin is how long those who handle recordings have to confirm a new
// version of a paper: as long as they have for the instruction (D 3.5.6).
const ReadWithin = 14 * 24 * time.Hour

// KeepFor is how long somebody who has left stays on record with their receipts:
// that they were told must be provable as long as the duty to tell them can be
// enforced, five years (databeskyttelsesloven § 41). Their mail address
// is deleted at once.
const KeepFor = 5 * 365 * 24 * time.Hour

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Rights tells who may handle recordings; authorisation.Room does.
type Rights interface {
	Everywhere(ctx context.Context, controller string) ([]authorisation.Held, error)
}

// Papers are documents in versions; document.Room keeps them.
type Papers interface {
	Newest(ctx context.Context, controller, kind string) (document.Version, error)
	Remove(ctx context.Context, controller, id, by string) error
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Register *register.Register
	Issuer   *issuer.Issuer
	People   *identity.Directory
	Law      *law.Book
	// Plans is what approved cases let be surveilled; nil: there are no cases.
	Plans func(ctx context.Context, controller string) ([]dossier.Plan, error)
	// Live is what a controller's process says of live view: a constant of
	// internal/casework.
	Live   func(ctx context.Context, controller string) (string, error)
	Rights Rights          // nil: nobody handles recordings
	Papers Papers          // nil: there are none to hand out
	Mail   *notify.Letters // nil: nobody is written to
}

// Room keeps notices, rolls and receipts. It is safe for concurrent use; one
// Tick at a time.
type Room struct{ c Config }

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// system acts when time does.
func system(controller string) Who {
	return Who{Controller: controller, Person: dossier.System, Name: "Vidne"}
}

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	return &Room{c: c}, db.Tables(ctx, c.DB, "staff", migrations)
}

func (r *Room) now() time.Time { return r.c.Clock.Now().UTC().Truncate(time.Microsecond) }

func bad(key string) error { return fault.New(fault.Invalid, key, "%s", key) }

// The bounds of what is written, in characters.
const (
	longName  = 120
	longWords = 2000
	shortest  = 3
)

// words is a text without what surrounds it, refused under a key when it is too
// short or too long.
func words(key, s string, least, most int) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return s, bad(key)
	}
	return s, nil
}

// enter writes what was done in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind, location string, who Who, more map[string]any) error {
	body := map[string]any{"controller": who.Controller, "location": location, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.now(), kind, body)
	return err
}
