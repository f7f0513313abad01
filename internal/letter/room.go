package letter

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
	Mail      *notify.Letters // tells people of letters; nil tells nobody
}

// Room keeps the letters. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "letter", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// most is how many letters are listed: many years of them.
const most = 2000

// Get is a letter of a controller; another's is fault.NotFound
// "letter.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (l Letter, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		l, err = one(ctx, tx, controller, id)
		return err
	})
	return l, err
}

func one(ctx context.Context, tx *db.Tx, controller, id string) (l Letter, err error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM letters WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return l, fault.New(fault.NotFound, "letter.unknown", "no letter %.40q", id)
	}
	if err != nil {
		return l, err
	}
	return read(body)
}

func read(body string) (l Letter, err error) {
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		return l, fault.As(fault.Corrupt, "letter.body", err)
	}
	return l, nil
}

// Of lists a controller's letters, the newest first.
func (r *Room) Of(ctx context.Context, controller string) ([]Letter, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// Open lists those of a controller that are not closed.
func (r *Room) Open(ctx context.Context, controller string) ([]Letter, error) {
	return r.find(ctx, `controller = ? AND over = 0`, controller)
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Letter, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM letters WHERE `+where+` ORDER BY received DESC, number DESC LIMIT ?`, append(args, most)...)
		return err
	})
	for _, b := range bodies {
		l, no := read(b)
		err = errors.Join(err, no)
		out = append(out, l)
	}
	return out, err
}

// change does one step of a letter of the person's controller. One that is
// closed changes no more: fault.Conflict "letter.over".
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, *Letter, time.Time) error) (l Letter, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if l, err = one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if !l.Closed.IsZero() {
			return fault.New(fault.Conflict, "letter.over", "letter %s", l.Number)
		}
		if err := step(tx, &l, micro(r.c.Clock.Now())); err != nil {
			return err
		}
		body, err := json.Marshal(l)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		_, err = tx.Exec(ctx, `UPDATE letters SET over = ?, body = ? WHERE id = ?`, !l.Closed.IsZero(), string(body), l.ID)
		return err
	})
	if err == nil {
		r.c.Mail.Wake()
	}
	return l, err
}

// enter writes what was done in the ledger: which letter, never what it says.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, l Letter, who Who, more map[string]any) error {
	body := map[string]any{"controller": l.Controller, "letter": l.ID, "number": l.Number, "from": l.From, "person": who.Person, "name": who.Name, "address": who.Address}
	if len(l.Locations) > 0 {
		body["locations"] = l.Locations
	}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

// answerer is a person of the controller who can answer letters.
func (r *Room) answerer(ctx context.Context, controller, id string) (identity.Person, error) {
	p, err := r.c.People.Person(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return p, err
	}
	if err != nil || p.Controller != controller || p.Closed || !Answers(p) {
		return p, fault.New(fault.Invalid, "letter.answerer", "%.40q answers no letters", id)
	}
	return p, nil
}

// Answers reports whether a person can be asked to answer letters: who runs the
// surveillance or oversees it (GDPR art. 31, art. 39(1)(d)).
func Answers(p identity.Person) bool {
	return !p.Closed && (slices.Contains(p.Roles, "coordinator") || slices.Contains(p.Roles, "dpo"))
}

func bad(key string) error { return fault.New(fault.Invalid, key, "") }

func tidy(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "")) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
