package db_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
)

// SQLite's statements are kept compiled. That is not to be noticed: not when the table
// has changed since, when a statement failed or was left half read, when there
// are more texts than are kept, nor when several read at once.
func TestKeptStatementsAreAsNew(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	ctx := context.Background()
	write := func(query string, args ...any) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, query, args...)
			return err
		})
	}
	type row struct {
		A int64
		B *string
	}
	read := func() (all []row) {
		t.Helper()
		must(t, d.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = db.All[row](ctx, tx, "SELECT * FROM kept WHERE a >= ? ORDER BY a", 0)
			return err
		}))
		return all
	}
	const insert = "INSERT INTO kept (a) VALUES (?)"
	must(t, write("CREATE TABLE kept (a BIGINT NOT NULL PRIMARY KEY)"))
	for i := range 3 {
		must(t, write(insert, i))
	}
	if n := len(read()); n != 3 {
		t.Fatalf("%d rows", n)
	}
	if err := write(insert, 1); err == nil {
		t.Error("a row twice")
	}
	must(t, write(insert, 3))
	must(t, write("ALTER TABLE kept ADD COLUMN b TEXT"))
	must(t, write("UPDATE kept SET b = ? WHERE a = ?", "ny", 3))
	if all := read(); len(all) != 4 || all[3].B == nil || *all[3].B != "ny" {
		t.Errorf("after a change of the table: %+v", all)
	}
	// One leaves the rest unread, and the same text is asked again at once.
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		for range 3 {
			if a, err := db.One[int64](ctx, tx, "SELECT a FROM kept ORDER BY a"); err != nil || a != 0 {
				t.Errorf("%d, %v", a, err)
			}
		}
		return nil
	}))
	for turn := range 2 {
		for i := range 200 {
			must(t, d.Read(ctx, func(tx *db.Tx) error {
				n, err := db.One[int64](ctx, tx, fmt.Sprintf("SELECT COUNT(*) + %d FROM kept", i))
				if n != int64(4+i) {
					t.Errorf("turn %d: %d, want %d", turn, n, 4+i)
				}
				return err
			}))
		}
	}
	long := "SELECT a FROM kept WHERE a IN (" + strings.Repeat("?, ", 500) + "?)"
	args := make([]any, 501)
	for i := range args {
		args[i] = i
	}
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			for range 5 {
				err := d.Read(ctx, func(tx *db.Tx) error {
					all, err := db.All[int64](ctx, tx, long, append([]any(nil), args...)...)
					if len(all) != 4 {
						t.Errorf("%d rows", len(all))
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
}
