package ledger

import (
	"context"

	"vidne.dk/vidne/internal/db"
)

// After returns the first checkpoint of more than size entries: the one that
// was signed soonest after an entry came in, which nobody can choose later.
// NotFound if there is none yet.
func (l *Log) After(ctx context.Context, size int64) (c Checkpoint, err error) {
	id, err := l.number(ctx)
	if err != nil {
		return c, err
	}
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		text, err := db.One[string](ctx, tx, "SELECT note FROM ledger_checkpoint WHERE log = ? AND size > ? ORDER BY size, turn LIMIT 1", id, size)
		if err != nil {
			return err
		}
		if c, err = parseCheckpoint([]byte(text)); err != nil || c.Origin != l.Origin() {
			return corrupt("a stored checkpoint cannot be read: %v", err)
		}
		return nil
	})
	return c, err
}
