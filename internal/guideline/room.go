package guideline

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
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
	Register  *register.Register
	People    *identity.Directory
	Documents *document.Room
	Law       *law.Book
	Mail      *notify.Letters // tells people of reviews; nil tells nobody
}

// Room keeps the guidelines. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "guideline", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Of is all that is kept of a controller's guideline.
func (r *Room) Of(ctx context.Context, controller string) (g Guideline, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		g, err = r.of(ctx, tx, controller)
		return err
	})
	return g, err
}

type decision struct {
	Version   int
	Decided   time.Time
	DecidedBy string
	Review    string
}

func (r *Room) of(ctx context.Context, tx *db.Tx, controller string) (g Guideline, err error) {
	g.Controller = controller
	versions, err := r.c.Documents.VersionsIn(ctx, tx, controller, Kind)
	if err != nil {
		return g, err
	}
	decisions, err := db.All[decision](ctx, tx, `SELECT version, decided, decided_by, review FROM guideline_decisions WHERE controller = ?`, controller)
	if err != nil {
		return g, err
	}
	for _, v := range versions {
		x := Version{Version: v, Decided: v.InForce}
		for _, d := range decisions {
			if d.Version == v.Version {
				x.Decided, x.DecidedBy, x.Review = d.Decided, d.DecidedBy, d.Review
			}
		}
		g.Versions = append(g.Versions, x)
	}
	g.Reviews, err = find(ctx, tx, `controller = ?`, controller)
	return g, err
}

// mostReviews is how many are read: many years of them.
const mostReviews = 500

func find(ctx context.Context, tx *db.Tx, where string, args ...any) (out []Review, err error) {
	bodies, err := db.All[string](ctx, tx, `SELECT body FROM guideline_reviews WHERE `+where+` ORDER BY began DESC, number DESC LIMIT ?`, append(args, mostReviews)...)
	for _, b := range bodies {
		x, no := read(b)
		err = errors.Join(err, no)
		out = append(out, x)
	}
	return out, err
}

func read(body string) (x Review, err error) {
	if err := json.Unmarshal([]byte(body), &x); err != nil {
		return x, fault.As(fault.Corrupt, "guideline.body", err)
	}
	return x, nil
}

func one(ctx context.Context, tx *db.Tx, controller, id string) (Review, error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM guideline_reviews WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Review{}, fault.New(fault.NotFound, "guideline.unknown", "no review %.40q", id)
	}
	if err != nil {
		return Review{}, err
	}
	return read(body)
}

// Get is a review of a controller; another's is fault.NotFound
// "guideline.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (x Review, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		x, err = one(ctx, tx, controller, id)
		return err
	})
	return x, err
}

// Waiting is the review that waits for an answer of a person; false: none.
func (r *Room) Waiting(ctx context.Context, controller, person string) (x Review, ok bool, err error) {
	var open []Review
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		open, err = find(ctx, tx, `controller = ? AND over = 0`, controller)
		return err
	})
	for _, x := range open {
		if slices.ContainsFunc(x.Missing(), func(p Party) bool { return p.Person == person }) {
			return x, true, err
		}
	}
	return x, false, err
}

// change does one step of a review. One that is concluded changes no more:
// fault.Conflict "guideline.over".
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, *Review, time.Time) error) (x Review, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if x, err = one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if !x.Open() {
			return fault.New(fault.Conflict, "guideline.over", "review %s", x.Number)
		}
		if err := step(tx, &x, micro(r.c.Clock.Now())); err != nil {
			return err
		}
		body, err := json.Marshal(x)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		_, err = tx.Exec(ctx, `UPDATE guideline_reviews SET over = ?, body = ? WHERE id = ?`, !x.Open(), string(body), x.ID)
		return err
	})
	if err == nil {
		r.c.Mail.Wake()
	}
	return x, err
}

func (r *Room) add(ctx context.Context, tx *db.Tx, x *Review) (err error) {
	if x.Number, err = db.Number(ctx, tx, "guideline_reviews", x.Controller, "R", x.Began.In(clock.Denmark()).Year()); err != nil {
		return err
	}
	body, err := json.Marshal(x)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO guideline_reviews (id, controller, number, began, over, body) VALUES (?, ?, ?, ?, 0, ?)`,
		x.ID, x.Controller, x.Number, x.Began, string(body))
	return err
}

// enter writes what was done in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, x Review, who Who, more map[string]any) error {
	body := map[string]any{"controller": x.Controller, "review": x.ID, "number": x.Number, "cause": x.Cause, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

func bad(key string) error { return fault.New(fault.Invalid, key, "") }

func tidy(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "")) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
