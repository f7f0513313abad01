package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// tries is how often a transaction is run before a database that keeps
// undoing it counts as away.
const tries = 8

// Tx is one transaction. It belongs to the function that it was given to, and
// to one goroutine.
type Tx struct {
	d      *DB
	tx     *sql.Tx
	failed error // first failed statement: nothing more is done after it
	write  bool
}

// Write runs f in a transaction and commits it if f returns nil, else rolls
// back. f is run again if the database asks for it, so it must have no effect
// other than on tx. Only one Write of a database runs at a time.
//
// An Unavailable error can, if the connection breaks at the last moment, mean
// that the transaction was committed and the answer lost; what must not
// happen twice carries its own unique id.
func (d *DB) Write(ctx context.Context, f func(tx *Tx) error) error {
	return d.retry(ctx, func() error { return d.run(ctx, d.write, nil, f) })
}

// Read runs f on a snapshot. f must not write.
func (d *DB) Read(ctx context.Context, f func(tx *Tx) error) error {
	var opt *sql.TxOptions
	if d.dialect == Postgres {
		opt = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	} else {
		opt = &sql.TxOptions{ReadOnly: true}
	}
	return d.retry(ctx, func() error { return d.run(ctx, d.read, opt, f) })
}

func (d *DB) retry(ctx context.Context, f func() error) error {
	wait := time.Millisecond
	for n := 1; ; n++ {
		err := f()
		if n == tries || !(again(err) || errors.Is(err, errNotBegun)) {
			return err
		}
		pause, cancel := context.WithTimeout(ctx, wait)
		<-pause.Done()
		cancel()
		if ctx.Err() != nil {
			return err
		}
		wait *= 2
	}
}

// whileBusy runs f again, within the usual patience, while another process has
// SQLite's file. SQLite waits for a writer by itself, but not where two open a
// new file at once: the change to the write-ahead log and a reader that wants
// to write are refused on the spot.
func whileBusy(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := f()
		if !busy(err) {
			return err
		}
		pause, done := context.WithTimeout(ctx, busyPause)
		<-pause.Done()
		done()
		if ctx.Err() != nil {
			return err
		}
	}
}

// errNotBegun marks a transaction that failed on a dead pooled connection
// before anything was done in it.
var errNotBegun = errors.New("the connection was dead")

func (d *DB) run(ctx context.Context, pool *sql.DB, opt *sql.TxOptions, f func(*Tx) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	g := guard{ctx: ctx, cancel: cancel}

	patient := g.start()
	raw, err := pool.BeginTx(ctx, opt)
	tx := &Tx{d: d, tx: raw, write: opt == nil}
	if err == nil && tx.write && d.dialect == Postgres {
		err = d.waitTurn(ctx, tx)
	}
	patient()
	if err != nil {
		if raw != nil {
			_ = raw.Rollback()
		}
		if stale(err) && ctx.Err() == nil {
			return mapped(fmt.Errorf("%w: %w", errNotBegun, err))
		}
		return g.mapped(err)
	}

	done := false
	defer func() {
		if !done {
			_ = raw.Rollback() // f failed or panicked
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	defer g.start()()
	done = true
	return g.mapped(raw.Commit())
}

// waitTurn makes writers of PostgreSQL take turns as SQLite's do. The row is
// made on first use.
func (d *DB) waitTurn(ctx context.Context, tx *Tx) error {
	if !d.ready.Load() {
		const table = "CREATE TABLE IF NOT EXISTS vidne_writer (id INTEGER PRIMARY KEY)"
		if _, err := d.write.ExecContext(ctx, table); err != nil && !madeMeanwhile(err) {
			return err
		}
		if _, err := d.write.ExecContext(ctx, "INSERT INTO vidne_writer (id) VALUES (1) ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
		d.ready.Store(true)
	}
	var one int64
	return tx.tx.QueryRowContext(ctx, "SELECT id FROM vidne_writer WHERE id = 1 FOR UPDATE").Scan(&one)
}

// Exec runs a statement and says how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	query, args, err := tx.prepare(query, args)
	if err != nil {
		return 0, err
	}
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	return n, tx.fail(err)
}

func (tx *Tx) prepare(query string, args []any) (string, []any, error) {
	if tx.failed != nil {
		return "", nil, tx.failed
	}
	args, err := binds(args)
	if err != nil {
		return "", nil, tx.fail(err)
	}
	if tx.d.dialect == Postgres {
		query = number(query)
	}
	return query, args, nil
}

// fail remembers the first error of a statement. PostgreSQL refuses every
// statement after one that failed, SQLite does not: here both do.
func (tx *Tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = mapped(err)
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// guard bounds the steps of a transaction that take no context of their own,
// without bounding how long the caller may work in between.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// start gives the coming step its patience and returns what ends it.
func (g guard) start() (stop func()) {
	limit, release := context.WithTimeout(g.ctx, patience)
	off := context.AfterFunc(limit, func() { g.cancel(errSlow) })
	return func() {
		off()
		release()
	}
}

// mapped adds why the context ended, if it did.
func (g guard) mapped(err error) error {
	if err != nil && g.ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(g.ctx), err)
	}
	return mapped(err)
}
