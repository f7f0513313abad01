package ledger

import (
	"context"

	"vidne.dk/vidne/internal/db"
)

// Observer is told of entries in the transaction that appends them, in their
// order. Its error undoes the transaction, and with it the act. It must not
// append to the log.
type Observer func(ctx context.Context, tx *db.Tx, entries []Entry) error

// Observe has f told of every entry that this process appends from now on. A
// log has one observer, and nil is none. What other programs append, and what was there before,
// it must read for itself.
func (l *Log) Observe(f Observer) { l.observer.Store(&f) }

// observed tells the observer of new rows.
func (l *Log) observed(ctx context.Context, tx *db.Tx, rows []row) error {
	f := l.observer.Load()
	if f == nil || *f == nil {
		return nil
	}
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		entries[i] = Entry{Index: r.index, Time: db.Time(r.at), Kind: r.kind, Body: []byte(r.body), Salt: r.salt, Commit: r.commitment}
	}
	return (*f)(ctx, tx, entries)
}

// EntriesIn is [Log.Entries] within the caller's transaction.
func (l *Log) EntriesIn(ctx context.Context, tx *db.Tx, from int64, n int) (out []Entry, err error) {
	h, err := readHead(ctx, tx, l.name)
	if err != nil {
		return nil, err
	}
	err = db.Each(ctx, tx, "SELECT idx, at, kind, body, salt, commitment FROM ledger_entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx",
		[]any{h.ID, from, from + int64(n)}, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			out = append(out, e)
			return err
		})
	return out, err
}
