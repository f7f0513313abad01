package db_test

import (
	"sync"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
)

// Numbers follow one another for each controller, letter and year, whoever asks
// at the same time; past a thousand too, and none is given twice when one in the
// middle is gone.
func TestNumbersOfTheYear(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		run := func(sql string, args ...any) {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		run(`CREATE TABLE cakes (controller TEXT NOT NULL, number TEXT NOT NULL, UNIQUE (controller, number))`)
		next := func(controller, letter string, year int) string {
			var n string
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				if n, err = db.Number(ctx, tx, "cakes", controller, letter, year); err != nil {
					return err
				}
				_, err = tx.Exec(ctx, `INSERT INTO cakes (controller, number) VALUES (?, ?)`, controller, n)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		var g sync.WaitGroup
		for range 8 {
			g.Go(func() {
				for range 5 {
					next("lindeby", "H", 2026)
				}
			})
		}
		g.Wait()
		for _, c := range []struct {
			controller, letter string
			year               int
			want               string
		}{{"lindeby", "H", 2026, "H-2026-041"}, {"kadence", "H", 2026, "H-2026-001"}, {"lindeby", "S", 2026, "S-2026-001"}, {"lindeby", "H", 2027, "H-2027-001"}} {
			if got := next(c.controller, c.letter, c.year); got != c.want {
				t.Errorf("%+v: %s", c, got)
			}
		}
		run(`DELETE FROM cakes WHERE number = ?`, "H-2026-007")
		if got := next("lindeby", "H", 2026); got != "H-2026-042" {
			t.Errorf("after one is gone: %s", got)
		}
		run(`INSERT INTO cakes (controller, number) VALUES ('lindeby', 'H-2026-999')`)
		for _, want := range []string{"H-2026-1000", "H-2026-1001"} {
			if got := next("lindeby", "H", 2026); got != want {
				t.Errorf("past a thousand: %s, want %s", got, want)
			}
		}
		run(`INSERT INTO cakes (controller, number) VALUES ('lindeby', 'H-2026-halvfems')`)
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := db.Number(ctx, tx, "cakes", "lindeby", "H", 2026)
			return err
		})
		if !fault.Is(err, fault.Corrupt) {
			t.Errorf("a number that is none: %v", err)
		}
	})
}
