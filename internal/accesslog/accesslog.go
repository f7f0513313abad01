// Package accesslog is the log of who looked (adgangslog): every use of
// footage and of personal data as a row that can be searched, refused ones
// too (H 5.3).
//
// What it promises: a row is written in the transaction of its ledger entry,
// so that what is not logged did not happen; what a kind of entry means is a
// table ([Rules]), and an entry of an unknown kind that names a person or a
// camera is a row all the same; a search answers at once among ten million
// rows, page by page; the log itself is deleted on time, by data with their
// citation, while proofs of the ledger stay valid; what is handed to
// Datatilsynet is shown to stand in the ledger.
//
// What it refuses: to be the truth. The ledger is; rows can be made from it
// anew, and text in them is made harmless to show. To tell a registered person
// the names of employees.
package accesslog

import (
	"context"
	"embed"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Log is the log of who looked of one ledger. It is safe for concurrent use.
type Log struct {
	db     *db.DB
	ledger *ledger.Log
	clock  clock.Clock
}

// step is how many entries are read at a time when rows are made from what the
// ledger already holds.
const step = 2000

// Open makes the tables, reads what the ledger holds that has no rows yet, and
// sees to it that from now on every entry gets its row. It goes on where an
// earlier opening was broken off.
func Open(ctx context.Context, d *db.DB, l *ledger.Log, clk clock.Clock) (_ *Log, err error) {
	defer fault.Wrap(&err, "accesslog.Open")
	if err := db.Tables(ctx, d, "accesslog", migrations); err != nil {
		return nil, err
	}
	a := &Log{db: d, ledger: l, clock: clk}
	l.Observe(a.observe)
	for more := true; more; {
		if more, err = a.advance(ctx); err != nil {
			return nil, err
		}
	}
	return a, a.enterMarks(ctx)
}

// advance makes the rows of one step, for good.
func (a *Log) advance(ctx context.Context) (more bool, err error) {
	err = a.db.Write(ctx, func(tx *db.Tx) (err error) {
		more, err = a.catchUp(ctx, tx, 0)
		return err
	})
	return more, err
}

// observe writes the rows of new entries, in their transaction.
func (a *Log) observe(ctx context.Context, tx *db.Tx, entries []ledger.Entry) error {
	first, end := entries[0].Index, entries[len(entries)-1].Index+1
	n, err := tx.Exec(ctx, "UPDATE access_through SET through = ? WHERE id = 1 AND through = ?", end, first)
	if err != nil {
		return err
	}
	if n == 1 {
		return a.write(ctx, tx, entries)
	}
	// Another program has appended: a command beside the server. Its entries are
	// few, and stand before these.
	for more := true; more; {
		if more, err = a.catchUp(ctx, tx, end); err != nil {
			return err
		}
	}
	return nil
}

// catchUp makes the rows of the next entries that have none, up to end if that
// is not 0, and reports whether there are more.
func (a *Log) catchUp(ctx context.Context, tx *db.Tx, end int64) (more bool, err error) {
	from, err := db.One[int64](ctx, tx, "SELECT through FROM access_through WHERE id = 1")
	if err != nil {
		return false, err
	}
	entries, err := a.ledger.EntriesIn(ctx, tx, from, step)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	if err := a.write(ctx, tx, entries); err != nil {
		return false, err
	}
	through := entries[len(entries)-1].Index + 1
	_, err = tx.Exec(ctx, "UPDATE access_through SET through = ? WHERE id = 1", through)
	return len(entries) == step && (end == 0 || through < end), err
}
