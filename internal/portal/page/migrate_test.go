package page

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Viewings from before there were grants are over, and stand on record.
func TestViewingsFromBeforeAreOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		files, err := fs.Sub(migrations, "migrations")
		ok(t, err)
		first, err := fs.ReadFile(files, "00001_portal.sql")
		ok(t, err)
		ok(t, db.Migrate(ctx, d, "portal", fstest.MapFS{"00001_portal.sql": {Data: first}}))
		ok(t, d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO viewings (id, person, session, controller, location, camera, purpose, reference, began, ended) VALUES ('v', 'p', 's', 'c', 'l', 'k', 'Rude knust', 'H-1', 7, 0)`)
			_, err2 := tx.Exec(ctx, `INSERT INTO periods (viewing, since, until, ticket, expires, opened) VALUES ('v', 1, 2, ?, 9, 7)`, []byte{1})
			return errors.Join(err, err2)
		}))
		ok(t, db.Migrate(ctx, d, "portal", files))
		type row struct {
			Ended     int64
			Incident  string
			GrantID   string
			Cameras   string
			Withdrawn int64
		}
		ok(t, d.Read(ctx, func(tx *db.Tx) error {
			w, err := db.One[row](ctx, tx, `SELECT v.ended, v.incident, v.grant_id, v.cameras, p.withdrawn FROM viewings v JOIN periods p ON p.viewing = v.id`)
			if err == nil && (w.Ended == 0 || w.Incident != "" || w.GrantID != "" || w.Cameras != `["k"]` || w.Withdrawn != 0) {
				t.Errorf("%+v", w)
			}
			return err
		}))
	})
}
