package accesslog

import (
	"context"
	"io/fs"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
)

// OpenOneStep is an opening that is broken off after its first step.
func OpenOneStep(ctx context.Context, d *db.DB, l *ledger.Log, clk clock.Clock) (more bool, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return false, err
	}
	if err := db.Migrate(ctx, d, "accesslog", files); err != nil {
		return false, err
	}
	return (&Log{db: d, ledger: l, clock: clk}).advance(ctx)
}
