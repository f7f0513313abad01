package deletion

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
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
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Register *register.Register
	People   *identity.Directory
	Holds    *hold.Room
	Engine   Engine
	Mail     *notify.Letters // tells people of a statement; nil tells nobody
}

// Room makes and keeps the statements. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "deletion", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

type row struct {
	Entry int64
	Body  string
}

func (x row) issued() (out Issued, err error) {
	out.Entry, out.Body = x.Entry, []byte(x.Body)
	if err := json.Unmarshal(out.Body, &out.Statement); err != nil {
		return out, fault.As(fault.Corrupt, "deletion.body", err)
	}
	return out, nil
}

// Of lists a controller's statements, the newest first.
func (r *Room) Of(ctx context.Context, controller string) (out []Issued, err error) {
	var rows []row
	err = r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All[row](ctx, tx, `SELECT entry, body FROM deletion_statements WHERE controller = ? ORDER BY month DESC LIMIT 120`, controller)
		return err
	})
	for _, x := range rows {
		i, no := x.issued()
		err = errors.Join(err, no)
		out = append(out, i)
	}
	return out, err
}

// Get is the statement of a month that was made; false: none was.
func (r *Room) Get(ctx context.Context, controller string, m Month) (out Issued, ok bool, err error) {
	var x row
	err = r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		x, err = db.One[row](ctx, tx, `SELECT entry, body FROM deletion_statements WHERE controller = ? AND month = ?`, controller, m.String())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return out, false, nil
	}
	if err == nil {
		out, err = x.issued()
	}
	return out, err == nil, err
}

// mostMissing is how far back statements are made that were not: the recorder
// answered nobody for so long.
const mostMissing = 24

// Awaited are the months whose statements are to be made next, the earliest
// first: those that are over and have none, and the one that runs. A controller
// that has no camera has none.
func (r *Room) Awaited(ctx context.Context, controller string) (out []Month, err error) {
	running := MonthOf(r.c.Clock.Now())
	var last []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		last, err = db.All[string](ctx, tx, `SELECT month FROM deletion_statements WHERE controller = ? ORDER BY month DESC LIMIT 1`, controller)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := running.Add(-1)
	if len(last) > 0 {
		if next, err = ParseMonth(last[0]); err != nil {
			return nil, fault.As(fault.Corrupt, "deletion.month", err)
		}
		next = next.Add(1)
	} else {
		had, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Removed: true, Sort: "added", Limit: 1})
		if err != nil || len(had) == 0 {
			return nil, err
		}
		if first := MonthOf(had[0].Added); next.Before(first) {
			next = first
		}
	}
	if oldest := running.Add(-mostMissing); next.Before(oldest) {
		next = oldest
	}
	for ; !running.Before(next); next = next.Add(1) {
		out = append(out, next)
	}
	return out, nil
}

// Tick makes the statements of the months that are over, each once, and tells
// the coordinators and the data protection officers. While the recorder does
// not answer none is made.
func (r *Room) Tick(ctx context.Context) (err error) {
	all, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		months, no := r.Awaited(ctx, c.ID)
		err = errors.Join(err, no)
		for _, m := range months {
			if r.c.Clock.Now().Before(m.Ready()) {
				break
			}
			if no := r.issue(ctx, c.ID, m); no != nil && !fault.Is(no, fault.Unavailable) {
				err = errors.Join(err, no)
			}
		}
	}
	return err
}

// issue makes the statement of a month and keeps it.
func (r *Room) issue(ctx context.Context, controller string, m Month) error {
	s, err := r.Make(ctx, controller, m)
	if err != nil {
		return err
	}
	all, err := r.c.People.People(ctx, controller)
	if err != nil {
		return err
	}
	told := slices.DeleteFunc(all, func(p identity.Person) bool {
		return p.Closed || !slices.Contains(p.Roles, "coordinator") && !slices.Contains(p.Roles, "dpo")
	})
	body, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	sum := sha256.Sum256(body)
	now := r.c.Clock.Now()
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		entry, err := r.c.Ledger.Append(ctx, tx, now, "deletions.stated", map[string]any{"controller": controller, "person": "vidne", "name": "Vidne", "month": s.Month,
			"due": s.Total.Due, "done": s.Total.Done, "kept": s.Total.Kept, "late": s.Total.Late, "away_s": int64(s.AwayFor() / time.Second), "sha256": hex.EncodeToString(sum[:])})
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO deletion_statements (controller, month, made, entry, body) VALUES (`+db.Marks(5)+`) ON CONFLICT (controller, month) DO NOTHING`,
			controller, s.Month, now, entry, string(body))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "deletion.made", "statement of %s", s.Month)
		}
		return r.tell(ctx, tx, s, told)
	})
	if fault.Key(err) == "deletion.made" {
		return nil // somebody was faster
	}
	if err == nil {
		r.c.Mail.Wake()
	}
	return err
}

func (r *Room) tell(ctx context.Context, tx *db.Tx, s Statement, to []identity.Person) error {
	say := "ready"
	if !s.Well() {
		say = "look"
	}
	day := func(t time.Time) string { return t.In(clock.Denmark()).Format("2.1.2006") }
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "deletion-" + s.ControllerID + "-" + s.Month, Kind: "deletion." + say, Thread: s.ControllerID + "/deletion/" + s.Month,
		Room: "deletion", Say: say, Args: []any{day(s.From), day(s.To.Add(-time.Second))}, Path: Path(s.Month), Data: map[string]string{"month": s.Month, "controller": s.ControllerID}}, to...)
}

// Path is where in the portal a month's statement is seen.
func Path(month string) string { return "/tilsyn/sletninger/maaned/" + month }
