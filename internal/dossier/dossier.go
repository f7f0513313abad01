// Package dossier keeps the cases: drafts, applications as they were sent,
// what was done and by whom, and the permits that come of it.
//
// What it promises: an act, the state that it leads to, the journal, the
// ledger's entry and every permit and revocation that follow are one
// transaction: there is no decision without its permits and no permit without
// its decision (CASE-12). A sent application stays as it was sent, for good
// (CASE-16). What two people write at once is merged where it does not
// collide, and both texts are shown where it does. What a case rests on ends
// the recording by itself when it ends (CASE-17).
//
// What it refuses: everything that internal/casework refuses; a permit for a
// camera that another case holds; to decide on anything but the revision that
// was looked at.
package dossier

import (
	"context"
	"embed"
	"log/slog"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Engine tells what is in force at the recorder; engineapi.Client does.
type Engine interface {
	Permit(ctx context.Context, camera string) (engineapi.InForce, error)
}

// Staff tells whether those who work at places have been told what is approved
// there (H 8, D 3.4); internal/staff does.
type Staff interface {
	// ToldIn says what stands in the way, and when nothing does, since when they
	// have been told.
	ToldIn(ctx context.Context, tx *db.Tx, controller, caseID string, locations []string) (untold []casework.Missing, told time.Time, err error)
}

// Config is what the room stands on. All of it is needed but Log and Staff.
type Config struct {
	DB        *db.DB
	Ledger    *ledger.Log
	Clock     clock.Clock
	Issuer    *issuer.Issuer
	Register  *register.Register
	Documents *document.Room
	Drawings  *drawing.Room
	Law       *law.Book
	Processes *casework.Library
	Engine    Engine
	EngineID  string // of cameras whose engine the register does not name
	Log       *slog.Logger
	// Staff stands on this room itself, and is set when it is open, before the
	// first act; nil: no step waits for anybody to be told.
	Staff Staff
}

// Room is the room of cases. It is safe for concurrent use.
type Room struct {
	Config
	deviating atomic.Pointer[[]Deviation] // as last compared
}

// Open makes the tables.
func Open(ctx context.Context, c Config) (_ *Room, err error) {
	defer fault.Wrap(&err, "dossier.Open")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Room{Config: c}, db.Tables(ctx, c.DB, "dossier", migrations)
}

// Who is a person who does something. What they may is found in the register.
type Who struct {
	Person string
	Name   string
}

// Process finds the process that a case runs under.
func (r *Room) Process(id string, version int) (*casework.Process, error) {
	p, ok := r.Processes.Process(id, version)
	if !ok {
		return nil, fault.New(fault.NotFound, "process.unknown", "no process %.40q in version %d", id, version)
	}
	return p, nil
}

// ProcessFor is the process that a new case of a kind of controller runs under
// at a moment: the one named, or the first of those made for the kind.
func (r *Room) ProcessFor(kind, id string, at time.Time) (*casework.Process, error) {
	for _, p := range r.Processes.Newest(kind, at) {
		if id == "" || p.ID == id {
			return p, nil
		}
	}
	return nil, fault.New(fault.NotFound, "process.none", "no process %.40q is made for %s", id, kind)
}

// actor is who acts in a case: what the register says that they hold for its
// places.
func (r *Room) actor(ctx context.Context, tx *db.Tx, c casework.Case, who Who) (casework.Actor, error) {
	held, err := r.Register.BodiesIn(ctx, tx, c.Controller, who.Person)
	if err != nil {
		return casework.Actor{}, err
	}
	a := casework.Actor{Person: who.Person, Name: who.Name}
	for _, h := range held {
		if reaches(h, c.Administration, c.Locations) {
			a.Bodies = append(a.Bodies, h.Body)
		}
	}
	return a, nil
}

// reaches says whether a holder's reach takes in a case: its administration,
// and every one of its places.
func reaches(h register.Holder, administration string, locations []string) bool {
	if h.Administration != "" && h.Administration != administration {
		return false
	}
	if h.Location == "" {
		return true
	}
	for _, l := range locations {
		if l != h.Location {
			return false
		}
	}
	return len(locations) > 0
}
