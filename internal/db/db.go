// Package db opens SQLite or PostgreSQL the one right way, and is the only
// room that speaks to either.
//
// What it promises: the same SQL text, with '?' for every argument, does the
// same on both databases. A write is one transaction and writes of one
// database happen one after another, as SQLite has it by nature and
// PostgreSQL by one locked row, so that a transaction sees all that was
// committed before it and none of them is subject to write skew. A committed
// transaction survives a power cut. A read is a snapshot. Every foreign error
// becomes a fault with a kind: a database that is locked, slow or not there is
// Unavailable "db.away" within seconds, a value that must be unique is
// Conflict "db.unique". After being away it is found again without a restart.
//
// What it refuses: a database written by a newer program, statements outside
// a transaction, values pasted into SQL text, and going on in a transaction
// in which a statement failed.
//
// The portable subset: TEXT, BIGINT, INTEGER, BYTEA; times as epoch
// microseconds in BIGINT (a [time.Time] argument or field is converted), truth
// as INTEGER 0 or 1 (likewise), JSON as TEXT; ON CONFLICT, RETURNING, common
// table expressions. PostgreSQL cannot guess the type of a bare '?' in a
// select list: write CAST(? AS BIGINT).
package db

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
	"modernc.org/sqlite"

	"vidne.dk/vidne/internal/fault"
)

// The dialects.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

const (
	// patience is how long beginning, committing or one statement may take
	// before the database counts as away.
	patience = 10 * time.Second
	// lockWait is how long a writer waits for the writer before it.
	lockWait = 5 * time.Second
	// busyPause is between two tries to open a file that another process has.
	busyPause = 20 * time.Millisecond
	// connectWait bounds one attempt to reach a server.
	connectWait = 2 * time.Second
	// idleWriter is how long PostgreSQL lets a transaction of ours sit idle: a
	// process that hangs while it holds the writer's row must not stop the rest.
	idleWriter = "30s"
	readers    = 4
	// writerCache is how much of a SQLite database the writer keeps, in KiB:
	// the ends of the indexes of a log of ten million.
	writerCache = "16384"
	pgConns     = 16
)

// DB is a database that may be away for a while. It is safe for concurrent use.
type DB struct {
	dialect string
	write   *sql.DB // SQLite: one connection; PostgreSQL: the same pool as read
	read    *sql.DB
	ready   atomic.Bool // PostgreSQL: the writer's row exists
	plans   sync.Map    // reflect.Type -> plan of a struct
}

// Open opens "sqlite:/path/to/file.db" or "postgres://...". A PostgreSQL
// server that is away is not an error here: the database is found when it
// comes back, and until then every call answers Unavailable "db.away". What no
// waiting will cure is an error at once: a bad address (Invalid), a refused
// login (Denied "db.login"), a missing database (NotFound "db.missing"), a
// file that is no database (Corrupt "db.corrupt").
func Open(ctx context.Context, address string) (_ *DB, err error) {
	var d *DB
	switch {
	case strings.HasPrefix(address, "sqlite:"):
		d, err = openSQLite(strings.TrimPrefix(address, "sqlite:"))
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		d, err = openPostgres(address)
	default:
		// The address may carry a password and is not repeated.
		return nil, fault.New(fault.Invalid, "db.address", "a database address begins with sqlite: or postgres://")
	}
	if err != nil {
		return nil, err
	}
	if err := whileBusy(ctx, func() error { return d.Ping(ctx) }); err != nil && (d.dialect == SQLite || !fault.Is(err, fault.Unavailable)) {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func openSQLite(path string) (*DB, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, fault.New(fault.Invalid, "db.address", "sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.As(fault.Invalid, "db.address", err)
	}
	file := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
	// Pragmas belong to a connection, so they stand in the address and every
	// connection of the pool has them. synchronous FULL: NORMAL loses committed
	// transactions in a power cut. secure_delete: what is deleted is zeroed.
	pragmas := "?_pragma=busy_timeout(" + millis(lockWait) + ")" +
		"&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=trusted_schema(0)"
	// The writer comes back to the same pages, and nobody else writes them.
	write, err := sqlite.NewConnector(file + pragmas + "&_pragma=cache_size(-" + writerCache + ")&_txlock=immediate")
	if err != nil {
		return nil, fault.As(fault.Invalid, "db.address", err)
	}
	read, err := sqlite.NewConnector(file + pragmas + "&_pragma=query_only(1)&_txlock=deferred")
	if err != nil {
		return nil, fault.As(fault.Invalid, "db.address", err)
	}
	d := &DB{dialect: SQLite, write: sql.OpenDB(keeper{write}), read: sql.OpenDB(keeper{read})}
	d.write.SetMaxOpenConns(1)
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	return d, nil
}

func openPostgres(address string) (*DB, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "db.address", "not a PostgreSQL address") // err repeats the password
	}
	cfg.ConnectTimeout = connectWait
	cfg.RuntimeParams["application_name"] = "vidne"
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["lock_timeout"] = millis(lockWait)
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = idleWriter
	cfg.RuntimeParams["synchronous_commit"] = "on"
	dialer := &net.Dialer{Timeout: connectWait, KeepAlive: 5 * time.Second, Control: giveUpOnSilence}
	cfg.DialFunc = dialer.DialContext
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(pgConns)
	pool.SetMaxIdleConns(pgConns / 2)
	pool.SetConnMaxIdleTime(time.Minute)
	return &DB{dialect: Postgres, write: pool, read: pool}, nil
}

// giveUpOnSilence makes the kernel drop a connection whose peer acknowledges
// nothing, as after a pulled cable, rather than after a quarter of an hour.
func giveUpOnSilence(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var set error
	if err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(patience.Milliseconds()))
	}); err != nil {
		return err
	}
	return set
}

// Close closes all connections.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write {
		if rerr := d.read.Close(); err == nil {
			err = rerr
		}
	}
	return mapped(err)
}

// Dialect is [SQLite] or [Postgres].
func (d *DB) Dialect() string { return d.dialect }

// Ping asks whether the database answers, within seconds.
func (d *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return d.Read(ctx, func(tx *Tx) error {
		_, err := One[int64](ctx, tx, "SELECT 1")
		return err
	})
}

// Scrub makes sure that rows already deleted or overwritten are not readable
// in the database's own side files: SQLite's write-ahead log is folded in and
// cut to nothing, PostgreSQL's dead rows of the named tables are vacuumed. It
// is best effort while others read, and worth calling again.
func (d *DB) Scrub(ctx context.Context, tables ...string) error {
	if d.dialect == SQLite {
		return mapped(d.scrubSQLite(ctx))
	}
	for _, t := range tables {
		if !plainName(t) {
			return fault.New(fault.Internal, "", "not a table name: %q", t)
		}
		if _, err := d.write.ExecContext(ctx, "VACUUM "+t); err != nil {
			return mapped(err)
		}
	}
	return nil
}

// scrubSQLite waits for readers a moment only: it has the one connection that
// writes.
func (d *DB) scrubSQLite(ctx context.Context) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // back to the pool
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 200"); err != nil {
		return err
	}
	var busy, logged, moved int64
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	if _, rerr := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+millis(lockWait)); err == nil {
		err = rerr
	}
	if err == nil && busy != 0 {
		err = fault.New(fault.Unavailable, keyAway, "the write-ahead log is in use")
	}
	return err
}
