package oversight

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// PlantState says what became of a plant.
type PlantState string

// The states.
const (
	Waiting PlantState = "waiting" // nothing is drawn of its time yet
	Caught  PlantState = "caught"  // the draw found it, and the reviewer has not decided
	Seen    PlantState = "seen"    // the reviewer called it unjustified
	Passed  PlantState = "passed"  // the reviewer found it justified
	Missed  PlantState = "missed"  // it was done, and the draw did not find it
	Undone  PlantState = "undone"  // nobody made the look-up
)

// Plant (plantet opslag) is a look-up that the data protection officer has had
// made without need, to see whether the review finds it. What it is stands in
// the ledger before it is made, as a hash that nobody can read, and is told
// when it is decided.
type Plant struct {
	ID, Controller string
	Person, Name   string // who makes it
	Since, Until   time.Time
	// Mark is what it can be told by: a camera, a place, a case or incident, or
	// words that are searched for; empty: all that the person does then.
	Mark             string
	What             string // what is made, and what the review should find
	ByPerson, ByName string
	At               time.Time
	Salt, Seal       string
	Entry            int64
	Index            int64 `db:"idx"` // of the use, when it is known
	Item             string
	Revealed         time.Time
	State            PlantState
}

const selectPlant = `SELECT id, controller, person, name, since, until, mark, what, by_person, by_name, at, salt, seal, entry, idx, item, revealed, state FROM oversight_plants WHERE `

// seal is the hash of what a plant is.
func (p Plant) seal() string {
	b, err := json.Marshal([]string{p.Salt, p.Person, p.Since.UTC().Format(time.RFC3339), p.Until.UTC().Format(time.RFC3339), p.Mark, p.What})
	if err != nil {
		panic(err) // strings
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fits reports whether a use is the plant.
func (p Plant) fits(u accesslog.Use) bool {
	if u.Person != p.Person || u.At.Before(p.Since) || !u.At.Before(p.Until) || class(u) == "" && u.Refused == "" {
		return false
	}
	return p.Mark == "" || u.Place == p.Mark || u.Matter == p.Mark || slices.Contains(u.Cameras.List(), p.Mark) || strings.Contains(strings.ToLower(u.Terms), strings.ToLower(p.Mark))
}

// longestPlant is how long the time is in which a plant is made.
const longestPlant = 14 * 24 * time.Hour

// Plant enters a plant, before it is made: fault.Invalid plant.time,
// plant.person, plant.what.
func (r *Room) Plant(ctx context.Context, p Plant, who Who) (Plant, error) {
	now := moment(r.c.Clock.Now())
	var salt [16]byte
	rand.Read(salt[:]) // never fails
	p.ID, p.Controller, p.ByPerson, p.ByName, p.At, p.State, p.Salt = newID(), who.Controller, who.Person, who.Name, now, Waiting, hex.EncodeToString(salt[:])
	p.Since, p.Until, p.What, p.Mark = moment(p.Since), moment(p.Until), strings.TrimSpace(p.What), strings.TrimSpace(p.Mark)
	person, err := r.c.People.Person(ctx, p.Person)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return p, err
	case err != nil || person.Controller != who.Controller || person.Closed:
		return p, fault.New(fault.Invalid, "plant.person", "person %q", p.Person)
	case p.Since.Before(now.Add(-time.Minute)) || !p.Until.After(p.Since) || p.Until.Sub(p.Since) > longestPlant:
		return p, fault.New(fault.Invalid, "plant.time", "from %s to %s", p.Since, p.Until)
	case !long(p.What):
		return p, fault.New(fault.Invalid, "plant.what", "what is made")
	}
	p.Name, p.Seal = person.Name, p.seal()
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		if p.Entry, err = r.enter(ctx, tx, "review.planted", who, map[string]any{"plant": p.ID, "seal": p.Seal}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO oversight_plants (id, controller, person, name, since, until, mark, what, by_person, by_name, at, salt, seal, entry, idx, item, revealed, state) VALUES (`+db.Marks(18)+`)`,
			p.ID, p.Controller, p.Person, p.Name, p.Since, p.Until, p.Mark, p.What, p.ByPerson, p.ByName, p.At, p.Salt, p.Seal, p.Entry, 0, "", time.Time{}, string(p.State))
		return err
	})
	return p, err
}

// Plants are those that a person has planted, the newest first: nobody else
// sees them before they are told.
func (r *Room) Plants(ctx context.Context, controller, by string) (out []Plant, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Plant](ctx, tx, selectPlant+`controller = ? AND by_person = ? ORDER BY at DESC, id LIMIT 500`, controller, by)
		return err
	})
	return out, err
}

// planted are a controller's plants of a state that nothing is found of; "" is
// those that wait.
func (r *Room) planted(ctx context.Context, controller string, state PlantState) (out []Plant, err error) {
	if state == "" {
		state = Waiting
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Plant](ctx, tx, selectPlant+`controller = ? AND state = ? ORDER BY at, id`, controller, string(state))
		return err
	})
	return out, err
}

// found notes what a draw found of the plants.
func (r *Room) found(ctx context.Context, tx *db.Tx, d *drawing, items []Item) error {
	for _, p := range d.plants {
		state, index, item := p.State, int64(0), ""
		for _, u := range d.uses {
			if p.fits(u) {
				state, index = Missed, u.Index
				break
			}
		}
		for _, i := range items {
			if i.Plant == p.ID {
				state, index, item = Caught, i.Index, i.ID
				break
			}
		}
		if state == Waiting && p.Until.Before(d.p.Closed) {
			state = Undone
		}
		if state == p.State {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE oversight_plants SET state = ?, idx = ?, item = ? WHERE id = ?`, string(state), index, item, p.ID); err != nil {
			return err
		}
		if state == Missed || state == Undone {
			if err := r.told(ctx, tx, p, state); err != nil {
				return err
			}
		}
	}
	return nil
}

// reveal tells a plant for what it was, when its item is decided. A use that
// several items are of is told once.
func (r *Room) reveal(ctx context.Context, tx *db.Tx, i Item, _ time.Time) error {
	p, err := db.One[Plant](ctx, tx, selectPlant+`id = ?`, i.Plant)
	if err != nil || p.State != Caught {
		return err
	}
	state := Passed
	if i.Verdict == Unjustified {
		state = Seen
	}
	return r.told(ctx, tx, p, state)
}

// told enters what a plant was, so that the seal can be checked.
func (r *Room) told(ctx context.Context, tx *db.Tx, p Plant, state PlantState) error {
	if _, err := tx.Exec(ctx, `UPDATE oversight_plants SET state = ?, revealed = ? WHERE id = ?`, string(state), moment(r.c.Clock.Now()), p.ID); err != nil {
		return err
	}
	_, err := r.enter(ctx, tx, "review.told", Who{Controller: p.Controller}, map[string]any{"plant": p.ID, "state": string(state), "salt": p.Salt, "who": p.Person,
		"since": p.Since.UTC(), "until": p.Until.UTC(), "mark": p.Mark, "what": p.What})
	return err
}
