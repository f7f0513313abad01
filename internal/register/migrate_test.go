package register

import (
	"crypto/ed25519"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
)

// A register of before is read, found and edited after.
func TestARegisterOfBeforeGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		first, err := fs.ReadFile(migrations, "migrations/00001_register.sql")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(ctx, d, "register", fstest.MapFS{"00001_register.sql": {Data: first}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for _, q := range []string{
				`INSERT INTO controllers (id, name, kind, contact, dpo) VALUES ('c', 'C', 'municipality', '', '')`,
				`INSERT INTO locations (id, controller, administration, name, address, cadastre, manager, manager_contact) VALUES ('l', 'c', 'Skoler', 'Ærø Skole', 'Vej 1', '', '', '')`,
				`INSERT INTO cameras (id, controller, location, name, make, model, place, mounting, direction, purpose, basis, engine, added, removed, search)
					VALUES ('k', 'c', 'l', 'Dør', '', '', '', '', '', '', '', 'e', 1, 0, 'k dør ærø skole')`,
				`INSERT INTO designations (id, location, person, name, instructed, since, until, by) VALUES ('d', 'l', 'p', 'Bo', 1, 1, 0, 'p')`,
			} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		clk := clock.NewFake(time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC))
		l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(ctx, d, l, clk)
		if err != nil {
			t.Fatal(err)
		}
		found, total, err := r.FindLocations(ctx, LocationQuery{Controller: "c", Text: "ærø skoler"})
		if err != nil || total != 1 || found[0].Cameras != 1 || found[0].Position.Known() || !found[0].Opening.IsZero() {
			t.Fatalf("%+v, %v", found, err)
		}
		c, err := r.Camera(ctx, "c", "k")
		if err != nil || c.Version != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		c.PlaceKind = "own-entrance"
		if err := r.UpdateCamera(ctx, c, "p"); err != nil {
			t.Error(err)
		}
		// A designation that nobody approved on a form is no right any more.
		if err := d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM designations`)
			return err
		}); err == nil {
			t.Error("the old designations are still there")
		}
		if of, err := r.Controller(ctx, "c"); err != nil || of.PolcamDays != 14 || !of.PolcamEvery {
			t.Errorf("%+v, %v", of, err)
		}
	})
}
