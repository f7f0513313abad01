package accesslog

import (
	"context"

	"vidne.dk/vidne/internal/db"
)

// enterMarks enters the marks of rows that have none yet. Nothing rests on
// them but finding: they follow when somebody looks by them, and every hour,
// so that no act waits for a dozen places in an index to be written.
func (a *Log) enterMarks(ctx context.Context) error {
	for more := true; more; {
		if err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = a.enterSomeMarks(ctx, tx)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// marksDue reports whether there are rows without marks.
func (a *Log) marksDue(ctx context.Context) (due bool, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		behind, err := db.One[int64](ctx, tx, "SELECT (SELECT through FROM access_through WHERE id = 1) - (SELECT through FROM access_through WHERE id = 2)")
		due = behind > 0
		return err
	})
	return due, err
}

func (a *Log) enterSomeMarks(ctx context.Context, tx *db.Tx) (more bool, err error) {
	type ends struct{ Rows, Marked int64 }
	at, err := db.One[ends](ctx, tx, "SELECT (SELECT through FROM access_through WHERE id = 1) AS rows, (SELECT through FROM access_through WHERE id = 2) AS marked")
	if err != nil || at.Marked >= at.Rows {
		return false, err
	}
	uses, err := db.All[Use](ctx, tx, "SELECT "+useColumns+" FROM access_use WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?", at.Marked, at.Rows, step)
	if err != nil {
		return false, err
	}
	var marks []any
	for i := range uses {
		for _, m := range uses[i].marks() {
			marks = append(marks, uses[i].Controller, m, uses[i].At, uses[i].Index)
		}
	}
	if err := insert(ctx, tx, "access_mark (controller, mark, at, idx)", 4, marks, " ON CONFLICT DO NOTHING"); err != nil {
		return false, err
	}
	through := at.Rows
	if len(uses) == step {
		through = uses[step-1].Index + 1
	}
	_, err = tx.Exec(ctx, "UPDATE access_through SET through = ? WHERE id = 2", through)
	return through < at.Rows, err
}
