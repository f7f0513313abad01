package accesslog_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
)

// BenchmarkLook is the transaction of a look at footage: the entry, its names
// and its row.
func BenchmarkLook(b *testing.B) {
	for _, dialect := range []string{db.SQLite, db.Postgres} {
		b.Run(dialect, func(b *testing.B) {
			address := dbtest.SQLite(b)
			if dialect == db.Postgres {
				address = dbtest.Postgres(b)
			}
			d := dbtest.Open(b, address)
			ctx := context.Background()
			at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
			clk := clock.NewFake(at)
			l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), clk, ledger.Named())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := accesslog.Open(ctx, d, l, clk); err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				i++
				err := d.Write(ctx, func(tx *db.Tx) error {
					_, err := l.Append(ctx, tx, at.Add(time.Duration(i)*time.Second), "view.opened", map[string]any{
						"viewing": "00112233445566778899aabbccddeeff", "controller": "lindeby", "person": fmt.Sprintf("person-%d", i%500), "name": "Navn Nummer 7", "camera": fmt.Sprintf("kamera-%d", i%5000),
						"location": "sted-7", "from": at.Add(-time.Hour), "to": at, "purpose": "Rude knust ved indgangen til hallen", "reference": "4100-70121-00417-26", "address": "10.1.2.3"})
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
