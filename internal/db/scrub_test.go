package db_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
)

// What was deleted is not to be found in the database's files after a scrub.
func TestDeletedIsGoneFromTheFiles(t *testing.T) {
	dir := t.TempDir()
	d := dbtest.Open(t, "sqlite:"+filepath.Join(dir, "a.db"))
	ctx := context.Background()
	table(t, d)
	secret := []byte("Jens Hansen var her den 21. november")
	v := sample("a")
	v.Blob = secret
	must(t, d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, v) }))
	if !found(t, dir, secret) {
		t.Fatal("the row is nowhere, so the test shows nothing")
	}
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM thing")
		return err
	}))

	// A reader who holds an old snapshot stops the scrub, for a moment only.
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		if _, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM thing"); err != nil {
			return err
		}
		must(t, d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, sample("b")) }))
		soon, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if err := d.Scrub(soon); !fault.Is(err, fault.Unavailable) || soon.Err() != nil {
			t.Errorf("scrubbed under a reader: %v", err)
		}
		return nil
	}))
	must(t, d.Scrub(ctx))
	if found(t, dir, secret) {
		t.Error("a deleted row is still in the files")
	}
	p := dbtest.Open(t, dbtest.Postgres(t))
	table(t, p)
	must(t, p.Scrub(ctx, "thing"))
	if err := p.Scrub(ctx, "thing; DROP TABLE thing"); !fault.Is(err, fault.Internal) {
		t.Errorf("a table's name: %v", err)
	}
}

func found(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		must(t, err)
		if bytes.Contains(b, what) {
			return true
		}
	}
	return false
}
