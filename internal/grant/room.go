package grant

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on; all of it is needed.
type Config struct {
	DB     *db.DB
	Ledger Ledger
	Clock  clock.Clock
}

// Room keeps the grants. It is safe for concurrent use.
type Room struct{ Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "grant", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// By is who did it, and from where.
type By struct{ Person, Name, Address string }

// row is a grant as the table has it.
type row struct {
	ID, Controller, Location, Incident, Number, Person, Name, Ground, Purpose, Statement, Cameras string
	Since, Until, Given, Expires, Ended                                                           time.Time
	Why                                                                                           string
}

func (r row) grant() (Grant, error) {
	g := Grant{ID: r.ID, Controller: r.Controller, Location: r.Location, Incident: r.Incident, Number: r.Number, Person: r.Person, Name: r.Name,
		Ground: access.Ground(r.Ground), Purpose: r.Purpose, Statement: r.Statement, From: r.Since, To: r.Until, Given: r.Given, Expires: r.Expires, Ended: r.Ended, Why: r.Why}
	if err := json.Unmarshal([]byte(r.Cameras), &g.Cameras); err != nil {
		return g, fault.As(fault.Corrupt, "grant.cameras", err)
	}
	return g, nil
}

// GiveIn gives a grant from now on, in a transaction of the caller, which must
// have found that the person may have it. ID, Given and Expires are set here.
func (r *Room) GiveIn(ctx context.Context, tx *db.Tx, g Grant, by By) (Grant, error) {
	var b [16]byte
	rand.Read(b[:]) // never fails
	now := r.Clock.Now()
	g.ID, g.Given, g.Expires = hex.EncodeToString(b[:]), now, now.Add(Life)
	g.Ended, g.Why = time.Time{}, ""
	g.Cameras = slices.Compact(slices.Sorted(slices.Values(g.Cameras)))
	if err := g.check(); err != nil {
		return Grant{}, err
	}
	cameras, err := json.Marshal(g.Cameras)
	if err != nil {
		return Grant{}, fault.As(fault.Internal, "", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO grants (id, controller, location, incident, number, person, name, ground, purpose, statement, cameras, since, until, given, expires, ended, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`, g.ID, g.Controller, g.Location, g.Incident, g.Number, g.Person, g.Name, string(g.Ground), g.Purpose, g.Statement,
		string(cameras), g.From, g.To, g.Given, g.Expires); err != nil {
		return Grant{}, err
	}
	_, err = r.Ledger.Append(ctx, tx, now, "grant.given", map[string]any{"grant": g.ID, "incident": g.Incident, "number": g.Number, "controller": g.Controller, "location": g.Location,
		"person": g.Person, "name": g.Name, "ground": string(g.Ground), "purpose": g.Purpose, "statement": g.Statement, "cameras": g.Cameras,
		"from": g.From.UTC(), "to": g.To.UTC(), "expires": g.Expires.UTC(), "address": by.Address})
	return g, err
}

const selectGrant = `SELECT id, controller, location, incident, number, person, name, ground, purpose, statement, cameras, since, until, given, expires, ended, why FROM grants `

func all(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Grant, error) {
	rows, err := db.All[row](ctx, tx, selectGrant+where, args...)
	if err != nil {
		return nil, err
	}
	var out []Grant
	for _, w := range rows {
		g, err := w.grant()
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// Get is a grant of a controller; another's is fault.NotFound "grant.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (g Grant, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		found, err := all(ctx, tx, `WHERE id = ? AND controller = ?`, id, controller)
		if err == nil && len(found) == 0 {
			err = fault.New(fault.NotFound, "grant.unknown", "no grant %.40q", id)
		}
		if err == nil {
			g = found[0]
		}
		return err
	})
	return g, err
}

// Of lists an incident's grants, the newest first.
func (r *Room) Of(ctx context.Context, controller, incident string) (out []Grant, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = all(ctx, tx, `WHERE incident = ? AND controller = ? ORDER BY given DESC, id LIMIT 500`, incident, controller)
		return err
	})
	return out, err
}

// InForceIn lists the grants of a person in an incident that can be used now.
func (r *Room) InForceIn(ctx context.Context, tx *db.Tx, person, incident string) ([]Grant, error) {
	return all(ctx, tx, `WHERE person = ? AND incident = ? AND ended = 0 AND expires > ? ORDER BY given DESC, id`, person, incident, r.Clock.Now())
}

// Which says which grants end. All that is set must fit; nothing set fits
// nothing.
type Which struct {
	ID, Incident, Person string
	Ground               access.Ground
}

// EndIn ends the grants in force that fit, at once, and says which they were.
func (r *Room) EndIn(ctx context.Context, tx *db.Tx, w Which, why string, by By) ([]Grant, error) {
	if w == (Which{}) {
		return nil, nil
	}
	now := r.Clock.Now()
	where, args := `WHERE ended = 0 AND expires > ?`, []any{now}
	for _, c := range []struct{ column, is string }{{"id", w.ID}, {"incident", w.Incident}, {"person", w.Person}, {"ground", string(w.Ground)}} {
		if c.is != "" {
			where, args = where+` AND `+c.column+` = ?`, append(args, c.is)
		}
	}
	list, err := all(ctx, tx, where+` ORDER BY given, id`, args...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Ended, list[i].Why = now, why
		g := list[i]
		if _, err := tx.Exec(ctx, `UPDATE grants SET ended = ?, why = ? WHERE id = ?`, now, why, g.ID); err != nil {
			return nil, err
		}
		if _, err := r.Ledger.Append(ctx, tx, now, "grant.ended", map[string]any{"grant": g.ID, "incident": g.Incident, "number": g.Number, "controller": g.Controller, "location": g.Location,
			"of": g.Person, "holder": g.Name, "person": by.Person, "name": by.Name, "ended": why, "address": by.Address}); err != nil {
			return nil, err
		}
	}
	return list, nil
}
