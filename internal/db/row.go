package db

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Tables makes a room's tables, or brings them up to what this program knows,
// from its embedded folder migrations: see [Migrate].
func Tables(ctx context.Context, d *DB, room string, files embed.FS) error {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return Migrate(ctx, d, room, folder)
}

// NewID is an id for a new row: 128 bits of chance in hexadecimal.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Number is the next of a controller's numbers of a year in a table with the
// columns controller and number, such as "H-2026-007" for the letter H. It is
// to be asked for in the transaction that enters the row: writers take turns, so
// that two never get the same. A number of a row that is gone is not given
// again while a later one stands.
func Number(ctx context.Context, tx *Tx, table, controller, letter string, year int) (string, error) {
	if !plainName(table) {
		return "", fault.New(fault.Internal, "", "not a table's name: %q", table)
	}
	begin := fmt.Sprintf("%s-%d-", letter, year)
	last, err := One[string](ctx, tx, `SELECT number FROM `+table+` WHERE controller = ? AND number LIKE ? ORDER BY LENGTH(number) DESC, number DESC LIMIT 1`, controller, begin+"%")
	if fault.Is(err, fault.NotFound) {
		return begin + "001", nil
	}
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(last, begin))
	if err != nil {
		return "", fault.As(fault.Corrupt, "db.number", err)
	}
	return fmt.Sprintf("%s%03d", begin, n+1), nil
}
