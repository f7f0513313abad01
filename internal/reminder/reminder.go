// Package reminder tells people of cases by e-mail: whose turn it has become,
// what is due, what is late and to whom that is passed on, and what was decided
// (CASE-19).
//
// What it promises: each message reaches each of its receivers once, also after
// a restart; that it was told, the mail and the ledger's entry are one
// transaction; what comes up in one case at once is one mail; where nobody
// holds the body, or nobody has an address, that is on record and tried again.
//
// What it refuses: to say who or what a case is about. A mail holds the case's
// number, the names of its steps and a link to where those who may can read
// more.
package reminder

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the room stands on. All of it is needed but Log.
type Config struct {
	DB     *db.DB
	Ledger *ledger.Log
	Clock  clock.Clock
	Cases  *dossier.Room
	People *identity.Directory
	Notify *notify.Notifier
	// Words finds a text in a language ("da", "en") and puts args into it.
	Words func(lang, key string, args ...any) string
	// BaseURL is how the portal is reached from outside.
	BaseURL string
	Log     *slog.Logger
}

// Room is the room of reminders. One Tick at a time.
type Room struct {
	Config
}

// Open makes the tables.
func Open(ctx context.Context, c Config) (_ *Room, err error) {
	defer fault.Wrap(&err, "reminder.Open")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Room{c}, db.Tables(ctx, c.DB, "reminder", migrations)
}

// overlap is how far back the journals are read again: an act can be entered
// with a moment that lies before the last reading, when it took long.
const overlap = 10 * time.Minute

// Tick tells what has come up since the last one, and notes what became of the
// mails; cmd/vidne runs it each minute. What cannot be told of one case does
// not keep the others from it.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "reminder.Tick")
	now := r.Clock.Now()
	from, err := r.readTo(ctx, now)
	if err != nil {
		return err
	}
	all := newTidings(r)
	err = all.happened(ctx, from.Add(-overlap), now)
	if err == nil {
		err = all.due(ctx)
	}
	for _, c := range all.cases {
		err = errors.Join(err, r.tell(ctx, c, now))
	}
	if err != nil {
		return err // what was told is on record, the rest is read again
	}
	if err := r.markRead(ctx, now); err != nil {
		return err
	}
	return r.settle(ctx)
}

// journals is the name of the mark up to which the journals are read.
const journals = "journals"

// readTo is how far the journals have been read. What happened before the room
// was first opened is not told.
func (r *Room) readTo(ctx context.Context, now time.Time) (from time.Time, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO reminder_read (name, at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, journals, now.Add(overlap)); err != nil {
			return err
		}
		from, err = db.One[time.Time](ctx, tx, `SELECT at FROM reminder_read WHERE name = ?`, journals)
		return err
	})
	return from, err
}

func (r *Room) markRead(ctx context.Context, now time.Time) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE reminder_read SET at = ? WHERE name = ? AND at < ?`, now, journals, now)
		return err
	})
}
