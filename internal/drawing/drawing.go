// Package drawing keeps the drawings of the cases, in versions, with the
// pictures that lie behind them.
//
// What it promises: every version that was ever saved can be read again, by
// whom and when; a save builds on the newest version or is refused, so that
// nobody writes over what they have not seen; each is an entry of the ledger
// in the same transaction; a picture is drawn anew before it is kept, so that
// nothing but what can be seen on it is kept with it.
//
// What it refuses: a drawing that internal/plan does not accept, one on a
// picture that is not its case's own, and pictures beyond [MaxPixels].
package drawing

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strconv"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/plan"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on; all of it is needed.
type Config struct {
	DB        *db.DB
	Ledger    Ledger
	Clock     clock.Clock
	Documents *document.Room
}

// Room is the room of drawings. It is safe for concurrent use.
type Room struct {
	Config
	drawing sync.Mutex // one picture at a time is held in memory
}

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "drawing", migrations); err != nil {
		return nil, err
	}
	return &Room{Config: c}, nil
}

// Of names a drawing: a controller's, in one of its cases. A location's plan
// as it is approved lies in the case that approved it.
type Of struct{ Controller, Case, ID string }

// Who is the person who saves.
type Who struct{ Person, Name string }

// Kept is one version of a drawing.
type Kept struct {
	Of
	Version int
	Saved   time.Time
	By      Who
	Drawing plan.Drawing
}

// Entry is a drawing in a list, or a version of one.
type Entry struct {
	ID      string
	Version int
	Title   string
	Saved   time.Time
	Name    string // of who saved it
}

// MaxDrawings is how many drawings one case holds.
const MaxDrawings = 100

// Create keeps a new drawing of a case under the next free id, as version 1.
func (r *Room) Create(ctx context.Context, controller, caseID string, d plan.Drawing, by Who) (k Kept, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err = r.createIn(ctx, tx, controller, caseID, d, by)
		return err
	})
	return k, err
}

func (r *Room) createIn(ctx context.Context, tx *db.Tx, controller, caseID string, d plan.Drawing, by Who) (Kept, error) {
	type row struct{ N int }
	had, err := db.One[row](ctx, tx, `SELECT COUNT(DISTINCT id) AS n FROM drawings WHERE controller = ? AND case_id = ?`, controller, caseID)
	if err != nil {
		return Kept{}, err
	}
	if had.N >= MaxDrawings {
		return Kept{}, fault.New(fault.Exhausted, "drawing.many", "%d drawings", had.N)
	}
	k := Kept{Of: Of{controller, caseID, "tegning-" + strconv.Itoa(had.N+1)}, Version: 1, Saved: r.Clock.Now(), By: by, Drawing: d}
	return k, r.put(ctx, tx, k)
}

// Save keeps the next version of a drawing. base is the version that d was
// made from; if that is no longer the newest, the answer is Conflict
// "drawing.changed" with the newest version in k, and nothing is kept. Saving
// what is there already keeps nothing and gives what is there.
func (r *Room) Save(ctx context.Context, of Of, base int, d plan.Drawing, by Who) (k Kept, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if k, err = r.LoadIn(ctx, tx, of, 0); err != nil {
			return err
		}
		was, err := plan.Encode(k.Drawing)
		if err != nil {
			return err
		}
		is, err := plan.Encode(d)
		if err != nil {
			return err
		}
		if string(was) == string(is) {
			return nil
		}
		if k.Version != base {
			return fault.New(fault.Conflict, "drawing.changed", "version %d is the newest, not %d", k.Version, base)
		}
		k = Kept{Of: of, Version: base + 1, Saved: r.Clock.Now(), By: by, Drawing: d}
		return r.put(ctx, tx, k)
	})
	return k, err
}

// put writes a version with its entry.
func (r *Room) put(ctx context.Context, tx *db.Tx, k Kept) error {
	body, err := plan.Encode(k.Drawing)
	if err != nil {
		return err
	}
	if k.Drawing.Picture != "" {
		p, err := r.pictureIn(ctx, tx, k.Controller, k.Case, k.Drawing.Picture)
		if err != nil {
			return err
		}
		if p.Width != k.Drawing.Width || p.Height != k.Drawing.Height {
			return fault.New(fault.Invalid, "plan.size", "%d by %d px on a picture of %d by %d", k.Drawing.Width, k.Drawing.Height, p.Width, p.Height)
		}
	}
	if _, err = tx.Exec(ctx, `INSERT INTO drawings (controller, case_id, id, version, title, body, saved, person, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.Controller, k.Case, k.ID, k.Version, k.Drawing.Title, string(body), k.Saved, k.By.Person, k.By.Name); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	_, err = r.Ledger.Append(ctx, tx, k.Saved, "drawing.saved", map[string]any{"controller": k.Controller, "case": k.Case, "drawing": k.ID, "version": k.Version,
		"title": k.Drawing.Title, "cameras": len(k.Drawing.Cameras), "areas": len(k.Drawing.Areas), "sha256": hex.EncodeToString(sum[:]), "person": k.By.Person, "name": k.By.Name})
	return err
}

type row struct {
	ID      string
	Version int
	Title   string
	Body    string
	Saved   time.Time
	Person  string
	Name    string
}

// Load reads a version of a drawing; version 0 is the newest.
func (r *Room) Load(ctx context.Context, of Of, version int) (k Kept, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err = r.LoadIn(ctx, tx, of, version)
		return err
	})
	return k, err
}

// LoadIn is [Room.Load] in a transaction of the caller.
func (r *Room) LoadIn(ctx context.Context, tx *db.Tx, of Of, version int) (Kept, error) {
	w, err := db.One[row](ctx, tx, `SELECT id, version, title, body, saved, person, name FROM drawings
		WHERE controller = ? AND case_id = ? AND id = ? AND (version = ? OR ? = 0) ORDER BY version DESC LIMIT 1`,
		of.Controller, of.Case, of.ID, version, version)
	if fault.Is(err, fault.NotFound) {
		return Kept{}, fault.New(fault.NotFound, "drawing.unknown", "no drawing %s of case %s in version %d", of.ID, of.Case, version)
	}
	if err != nil {
		return Kept{}, err
	}
	d, err := plan.Decode([]byte(w.Body))
	if err != nil {
		return Kept{}, fault.As(fault.Corrupt, "drawing.corrupt", err)
	}
	return Kept{Of: of, Version: w.Version, Saved: w.Saved, By: Who{w.Person, w.Name}, Drawing: d}, nil
}

// List lists a case's drawings, each in its newest version, in the order in
// which they were begun.
func (r *Room) List(ctx context.Context, controller, caseID string) (out []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Entry](ctx, tx, `SELECT d.id, d.version, d.title, d.saved, d.name FROM drawings d
			WHERE d.controller = ? AND d.case_id = ? AND d.version = (SELECT MAX(m.version) FROM drawings m WHERE m.controller = d.controller AND m.case_id = d.case_id AND m.id = d.id)
			ORDER BY (SELECT MIN(f.saved) FROM drawings f WHERE f.controller = d.controller AND f.case_id = d.case_id AND f.id = d.id), d.id`, controller, caseID)
		return err
	})
	return out, err
}

// Versions lists the versions of a drawing, the newest first.
func (r *Room) Versions(ctx context.Context, of Of) (out []Entry, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Entry](ctx, tx, `SELECT id, version, title, saved, name FROM drawings
			WHERE controller = ? AND case_id = ? AND id = ? ORDER BY version DESC LIMIT 500`, of.Controller, of.Case, of.ID)
		return err
	})
	return out, err
}

// UseIn reads a version that something now rests on, such as an application
// that is sent, and keeps its picture for good. It is done in the caller's
// transaction, whose ledger entry says what rests on it.
func (r *Room) UseIn(ctx context.Context, tx *db.Tx, of Of, version int) (Kept, error) {
	k, err := r.LoadIn(ctx, tx, of, version)
	if err != nil || k.Drawing.Picture == "" {
		return k, err
	}
	return k, r.Documents.Keep(ctx, tx, of.Controller, k.Drawing.Picture)
}

// Copy begins a drawing of another case of the same controller with a version
// of this one, for a change that starts from what is approved (CASE-15).
func (r *Room) Copy(ctx context.Context, of Of, version int, toCase string, by Who) (k Kept, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err = r.CopyIn(ctx, tx, of, version, toCase, by)
		return err
	})
	return k, err
}

// CopyIn is [Room.Copy] in a transaction of the caller.
func (r *Room) CopyIn(ctx context.Context, tx *db.Tx, of Of, version int, toCase string, by Who) (Kept, error) {
	k, err := r.LoadIn(ctx, tx, of, version)
	if err != nil {
		return Kept{}, err
	}
	if k.Drawing.Picture != "" {
		p, err := r.pictureIn(ctx, tx, of.Controller, of.Case, k.Drawing.Picture)
		if err != nil {
			return Kept{}, err
		}
		if _, err := r.pictureIn(ctx, tx, of.Controller, toCase, p.Document); fault.Is(err, fault.NotFound) {
			err = r.putPicture(ctx, tx, of.Controller, toCase, p, by)
			if err != nil {
				return Kept{}, err
			}
		} else if err != nil {
			return Kept{}, err
		}
	}
	return r.createIn(ctx, tx, of.Controller, toCase, k.Drawing, by)
}
