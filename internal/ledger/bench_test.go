package ledger_test

import (
	"context"
	"fmt"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
)

// BenchmarkAppend measures a whole transaction with n entries, on a log that
// is not new.
func BenchmarkAppend(b *testing.B) {
	for _, dialect := range []string{db.SQLite, db.Postgres} {
		for _, n := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", dialect, n), func(b *testing.B) {
				address := dbtest.SQLite(b)
				if dialect == db.Postgres {
					address = dbtest.Postgres(b)
				}
				d := dbtest.Open(b, address)
				l, _ := open(b, d, "bench")
				fill(b, d, l, 1000)
				entries := make([]ledger.New, n)
				for i := range entries {
					entries[i] = ledger.New{At: start, Kind: "segment.sealed", Body: map[string]any{
						"camera": "kam-17", "segment": "00112233445566778899aabbccddeeff", "n": i, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}
				}
				ctx := context.Background()
				b.ResetTimer()
				for b.Loop() {
					must(b, d.Write(ctx, func(tx *db.Tx) error {
						_, err := l.AppendAll(ctx, tx, entries)
						return err
					}))
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/entry")
			})
		}
	}
}

// BenchmarkWrite is the transaction alone, with one row.
func BenchmarkWrite(b *testing.B) {
	for _, dialect := range []string{db.SQLite, db.Postgres} {
		b.Run(dialect, func(b *testing.B) {
			address := dbtest.SQLite(b)
			if dialect == db.Postgres {
				address = dbtest.Postgres(b)
			}
			d := dbtest.Open(b, address)
			ctx := context.Background()
			must(b, d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "CREATE TABLE t (a BIGINT, b BYTEA)")
				return err
			}))
			for b.Loop() {
				must(b, d.Write(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, "INSERT INTO t (a, b) VALUES (?, ?)", 1, make([]byte, 100))
					return err
				}))
			}
		})
	}
}

// BenchmarkCheckpoint signs after 100 new entries on a log of 20,000.
func BenchmarkCheckpoint(b *testing.B) {
	d := dbtest.Open(b, dbtest.SQLite(b))
	l, _ := open(b, d, "bench")
	ctx := context.Background()
	hundred := make([]ledger.New, 100)
	for i := range hundred {
		hundred[i] = ledger.New{At: start, Kind: "viewing.opened", Body: body{i, "x"}}
	}
	add := func() {
		must(b, d.Write(ctx, func(tx *db.Tx) error {
			_, err := l.AppendAll(ctx, tx, hundred)
			return err
		}))
	}
	for range 200 {
		add()
	}
	_, err := l.Checkpoint(ctx)
	must(b, err)
	for b.Loop() {
		b.StopTimer()
		add()
		b.StartTimer()
		_, err := l.Checkpoint(ctx)
		must(b, err)
	}
}
