package db

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"vidne.dk/vidne/internal/fault"
)

// Migrate brings the tables of one room up to what this program knows. Each
// room has its own files (00001_name.sql with "-- +goose Up", in the portable
// subset) and its own version table, so that several share a database. A
// database that a newer program has written is Refused "db.newer" and left as
// it is.
func Migrate(ctx context.Context, d *DB, name string, files fs.FS) (err error) {
	defer fault.Wrap(&err, "db.Migrate(%s)", name)
	if !plainName(name) {
		return fault.New(fault.Internal, "", "not a room's name: %q", name)
	}
	if d.dialect == SQLite {
		return whileBusy(ctx, func() error { return d.migrate(ctx, name, files) })
	}
	// The writer's row keeps a second process from migrating at the same time;
	// goose works on connections of its own.
	return d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
			return err
		}
		return d.migrate(ctx, name, files)
	})
}

func (d *DB) migrate(ctx context.Context, name string, files fs.FS) error {
	dialect := goose.DialectSQLite3
	if d.dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.write, files,
		goose.WithTableName("goose_"+name),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return mapped(err)
	}
	if current > target {
		return fault.New(fault.Refused, keyNewer, "the database is at step %d of %s, this program knows %d", current, name, target)
	}
	if current == target {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		var part *goose.PartialError
		if errors.As(err, &part) && part.Err != nil {
			err = part.Err
		}
		// Two processes that open the same new SQLite file race here; the one
		// that comes second finds the work done, or some of it.
		if now, _, verr := p.GetVersions(ctx); verr == nil && now == target {
			return nil
		} else if verr == nil && now > current {
			return d.migrate(ctx, name, files)
		}
		return mapped(err)
	}
	return nil
}
