package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vidne.dk/vidne/internal/fault"
)

// Reasons that callers act on.
const (
	keyAway      = "db.away"
	keyUnique    = "db.unique"
	keyReference = "db.reference"
	keyCorrupt   = "db.corrupt"
	keyLogin     = "db.login"
	keyMissing   = "db.missing"
	keyNewer     = "db.newer"
	keyFull      = "disk.full"
	keyReadOnly  = "disk.read-only"
)

// errSlow is the cause of a context that ended because the database did not
// answer in time.
var errSlow = errors.New("the database did not answer in time")

// mapped gives a driver's error its kind. Errors that already have one, and
// errors of the caller's own function, pass.
func mapped(err error) error {
	var have *fault.Error
	if err == nil || errors.As(err, &have) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return fromSQLite(lite.Code(), err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fromPostgres(pg.Code, err)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.As(fault.NotFound, "", err)
	case lost(err), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, errSlow):
		return fault.As(fault.Unavailable, keyAway, err)
	}
	return fault.As(fault.Internal, "", err)
}

func fromSQLite(code int, err error) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fault.As(fault.Conflict, keyUnique, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fault.As(fault.Conflict, keyReference, err)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM:
		return fault.As(fault.Unavailable, keyAway, err)
	case sqlite3.SQLITE_FULL:
		return fault.As(fault.Exhausted, keyFull, err)
	case sqlite3.SQLITE_READONLY:
		return fault.As(fault.Unavailable, keyReadOnly, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.As(fault.Corrupt, keyCorrupt, err)
	}
	return fault.As(fault.Internal, "", err)
}

// fromPostgres reads the SQLSTATE; see PostgreSQL's Appendix A.
func fromPostgres(state string, err error) error {
	switch state {
	case "23505": // unique_violation
		return fault.As(fault.Conflict, keyUnique, err)
	case "23503": // foreign_key_violation
		return fault.As(fault.Conflict, keyReference, err)
	case "53100": // disk_full
		return fault.As(fault.Exhausted, keyFull, err)
	case "3D000": // invalid_catalog_name
		return fault.As(fault.NotFound, keyMissing, err)
	case "40001", "40P01", // serialization_failure, deadlock_detected: after all retries
		"55P03",                            // lock_not_available
		"57014",                            // query_canceled: we took our patience back
		"57P01", "57P02", "57P03", "57P05", // shut down, crashed, starting up
		"25P03", // idle_in_transaction_session_timeout
		"25006", // read_only_sql_transaction: a standby answered
		"58030": // io_error
		return fault.As(fault.Unavailable, keyAway, err)
	}
	if len(state) < 2 {
		return fault.As(fault.Internal, "", err)
	}
	switch state[:2] {
	case "08", "53": // connection exceptions; resources, such as too many connections
		return fault.As(fault.Unavailable, keyAway, err)
	case "28": // invalid authorization
		return fault.As(fault.Denied, keyLogin, err)
	case "XX": // data_corrupted, index_corrupted
		return fault.As(fault.Corrupt, keyCorrupt, err)
	}
	return fault.As(fault.Internal, "", err)
}

// again reports whether the database itself undid the transaction and asks
// for another try. A lost connection is not among them: the commit may have
// been carried out.
func again(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_BUSY_SNAPSHOT
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// busy reports whether another process has SQLite's file.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// lost reports whether the connection broke or never came about.
func lost(err error) bool {
	var op net.Error
	var connect *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &op) || errors.As(err, &connect) || pgconn.SafeToRetry(err)
}

// stale reports whether a pooled connection turned out to be dead: another
// one may work.
func stale(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P05" || pg.Code == "25P03"
	}
	var connect *pgconn.ConnectError
	return lost(err) && !errors.As(err, &connect)
}

// madeMeanwhile reports whether something could not be made because somebody
// else made it at the same moment: IF NOT EXISTS does not wait for them.
func madeMeanwhile(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P07" || pg.Code == "42710" || pg.Code == "23505")
}
