package register

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
)

// BenchmarkSearch measures a page of 500 locations, 5,000 cameras and 50
// suppliers; below 100 ms is what people do not notice.
func BenchmarkSearch(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			ctx := b.Context()
			r := full(b, dbtest.Open(b, address(b)))
			for _, q := range []struct {
				name string
				ask  func() (int64, error)
			}{
				{"cameras/first-page", func() (int64, error) { return count(r.Cameras(ctx, Query{Controller: "c", Limit: 25})) }},
				{"cameras/two-words", func() (int64, error) {
					return count(r.Cameras(ctx, Query{Controller: "c", Text: "skolevej indgang sted 499", Limit: 25}))
				}},
				{"cameras/none", func() (int64, error) { return count(r.Cameras(ctx, Query{Controller: "c", Text: "zebra", Limit: 25})) }},
				{"cameras/last-page-by-make", func() (int64, error) {
					return count(r.Cameras(ctx, Query{Controller: "c", Sort: "make", Desc: true, Limit: 25, Offset: 4975}))
				}},
				{"cameras/all", func() (int64, error) { return count(r.Cameras(ctx, Query{Controller: "c"})) }},
				{"locations/by-cameras", func() (int64, error) {
					return count(r.FindLocations(ctx, LocationQuery{Controller: "c", Page: Page{Sort: "cameras", Desc: true, Limit: 25}}))
				}},
				{"locations/words", func() (int64, error) {
					return count(r.FindLocations(ctx, LocationQuery{Controller: "c", Text: "skolevej 49", Page: Page{Limit: 25}}))
				}},
				{"suppliers", func() (int64, error) {
					return count(r.FindSuppliers(ctx, SupplierQuery{Controller: "c", Text: "firma", Page: Page{Limit: 25}}))
				}},
			} {
				b.Run(q.name, func(b *testing.B) {
					for b.Loop() {
						n, err := q.ask()
						if err != nil || (n == 0) != (q.name == "cameras/none") {
							b.Fatal(n, err)
						}
					}
					if took := b.Elapsed() / time.Duration(b.N); took > 100*time.Millisecond && q.name != "cameras/all" {
						b.Errorf("a page takes %s", took)
					}
				})
			}
		})
	}
}

func count[T any](_ []T, total int64, err error) (int64, error) { return total, err }

// full is a register with a large controller, entered in few transactions.
func full(b *testing.B, d *db.DB) *Register {
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	clk := clock.NewFake(time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC))
	l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
	must(err)
	r, err := Open(ctx, d, l, clk)
	must(err)
	must(r.AddController(ctx, Controller{ID: "c", Kind: Municipality}, "p"))
	for i := range 50 {
		must(r.AddSupplier(ctx, Supplier{ID: fmt.Sprintf("firma-%d", i), Controller: "c", Name: fmt.Sprintf("Firma %d", i)}, "p"))
	}
	kinds := []string{"Hovedindgang", "Cykelskur", "Foyer", "Gang", "Varegård"}
	for i := range 500 {
		l := Location{ID: fmt.Sprintf("sted-%d", i), Controller: "c", Name: fmt.Sprintf("Sted %d", i), Address: fmt.Sprintf("Skolevej %d, 9999 Lindeby", i)}
		must(r.AddLocation(ctx, l, "p"))
		must(d.Write(ctx, func(tx *db.Tx) error {
			for n := range 10 {
				c := Camera{ID: fmt.Sprintf("k-%d-%d", i, n), Controller: "c", Location: l.ID, Name: fmt.Sprintf("%s %d", kinds[n%5], n), Make: []string{"Axis", "Bosch", "Hanwha"}[n%3], Model: fmt.Sprint("M", n)}
				if err := r.AddCameraIn(ctx, tx, c, "p"); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return r
}

// BenchmarkTakeIn measures the largest file that is taken in; other writers
// wait meanwhile, and give up after five seconds.
func BenchmarkTakeIn(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			ctx := b.Context()
			r := full(b, dbtest.Open(b, address(b)))
			n := 0
			for b.Loop() {
				rows := [][]string{{"Navn", "Sted", "Fabrikat", "Formål"}}
				for i := range MaxImport {
					rows = append(rows, []string{fmt.Sprintf("Nyt %d %d", n, i), fmt.Sprintf("Sted %d", i%500), "Axis", "Hærværk"})
				}
				n++
				im := Import{Controller: "c"}
				d, err := r.CheckImport(ctx, im, rows)
				if err != nil || d.Taken != MaxImport {
					b.Fatal(d.Taken, err)
				}
				if _, err := r.TakeIn(ctx, im, rows, d.Token, "p", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
