package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

type name string

type thing struct {
	ID      name
	Seen    time.Time
	On      bool
	N       int64
	Blob    []byte
	Digest  [4]byte
	Doc     json.RawMessage
	Missing *string `db:"maybe"`
}

func table(t *testing.T, d *db.DB) {
	t.Helper()
	must(t, d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), `CREATE TABLE thing (
			id TEXT PRIMARY KEY, seen BIGINT NOT NULL, "on" INTEGER NOT NULL, n BIGINT NOT NULL CHECK (n >= 0),
			blob BYTEA NOT NULL, digest BYTEA NOT NULL, doc TEXT NOT NULL, maybe TEXT)`)
		return err
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(ctx context.Context, tx *db.Tx, v thing) error {
	_, err := tx.Exec(ctx, `INSERT INTO thing (id, seen, "on", n, blob, digest, doc, maybe) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.Seen, v.On, v.N, v.Blob, v.Digest, v.Doc, v.Missing)
	return err
}

func sample(id name) thing {
	return thing{ID: id, Seen: time.Date(2026, 11, 21, 20, 1, 2, 345678000, time.UTC), On: true, N: 1 << 40,
		Blob: []byte{0, 1, 255}, Digest: [4]byte{1, 2, 3, 4}, Doc: json.RawMessage(`{"a":"å?"}`)}
}

func TestValuesComeBackAsTheyWent(t *testing.T) {
	req.Shows(t, "OPS-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		table(t, d)
		text := "tekst ? -- '"
		want := sample("a")
		want.Missing = &text
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			if err := put(ctx, tx, want); err != nil {
				return err
			}
			return put(ctx, tx, sample("b"))
		}))
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			all, err := db.All[thing](ctx, tx, `SELECT * FROM thing WHERE id >= ? AND '?' <> "id" -- what?
				/* ? */ ORDER BY id`, "a")
			must(t, err)
			if len(all) != 2 {
				t.Fatalf("have %d rows", len(all))
			}
			a := all[0]
			if a.ID != "a" || !a.Seen.Equal(want.Seen) || a.Seen.Location() != time.UTC || !a.On || a.N != want.N ||
				string(a.Blob) != string(want.Blob) || a.Digest != want.Digest || string(a.Doc) != string(want.Doc) || *a.Missing != text {
				t.Errorf("have %+v, want %+v", a, want)
			}
			if all[1].Missing != nil {
				t.Errorf("NULL came back as %q", *all[1].Missing)
			}
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM thing WHERE n = ?", want.N)
			must(t, err)
			if n != 2 {
				t.Errorf("counted %d", n)
			}
			ids, err := db.All[name](ctx, tx, "SELECT id FROM thing ORDER BY id DESC")
			must(t, err)
			if len(ids) != 2 || ids[0] != "b" {
				t.Errorf("ids %v", ids)
			}
			seen, err := db.One[time.Time](ctx, tx, "SELECT seen FROM thing WHERE id = ?", "a")
			must(t, err)
			if !seen.Equal(want.Seen) {
				t.Errorf("seen %v", seen)
			}
			var each []name
			must(t, db.Each(ctx, tx, "SELECT id, digest FROM thing ORDER BY id", nil, func(scan func(...any) error) error {
				var id name
				var h [4]byte
				if err := scan(&id, &h); err != nil {
					return err
				}
				if h != want.Digest {
					t.Errorf("digest %v", h)
				}
				each = append(each, id)
				return nil
			}))
			if len(each) != 2 {
				t.Errorf("each %v", each)
			}
			return nil
		}))
	})
}

func TestErrorsHaveKinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		table(t, d)
		must(t, d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, sample("a")) }))
		err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, sample("a")) })
		if !fault.Is(err, fault.Conflict) || fault.Key(err) != "db.unique" {
			t.Errorf("a second row of one key: %v", err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One[thing](ctx, tx, "SELECT * FROM thing WHERE id = ?", "z")
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("no row: %v", err)
		}
		bad := sample("c")
		bad.N = -1
		if err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, bad) }); !fault.Is(err, fault.Internal) {
			t.Errorf("a broken CHECK is a defect: %v", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO thing (id) VALUES (?)", struct{ X int }{1})
			return err
		})
		if !fault.Is(err, fault.Internal) {
			t.Errorf("an argument of unknown type: %v", err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM thing")
			return err
		})
		if err == nil {
			t.Error("a Read deleted rows")
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := d.Write(gone, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that gave up: %v", err)
		}
	})
}

// A transaction in which a statement failed cannot be committed, on either
// database, even if the caller overlooks the error.
func TestFailedTransactionIsNotCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		table(t, d)
		err := d.Write(ctx, func(tx *db.Tx) error {
			must(t, put(ctx, tx, sample("a")))
			_ = put(ctx, tx, sample("a"))
			if err := put(ctx, tx, sample("b")); !fault.Is(err, fault.Conflict) {
				t.Errorf("after a failed statement: %v", err)
			}
			return nil
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("Write: %v", err)
		}
		sentinel := errors.New("mind changed")
		if err := d.Write(ctx, func(tx *db.Tx) error {
			must(t, put(ctx, tx, sample("c")))
			return sentinel
		}); !errors.Is(err, sentinel) {
			t.Errorf("the caller's own error became %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = d.Write(ctx, func(tx *db.Tx) error {
				must(t, put(ctx, tx, sample("d")))
				panic("defect")
			})
		}()
		if n := count(t, d); n != 0 {
			t.Errorf("%d rows of undone transactions", n)
		}
	})
}

func count(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	must(t, d.Read(context.Background(), func(tx *db.Tx) (err error) {
		n, err = db.One[int64](context.Background(), tx, "SELECT COUNT(*) FROM thing")
		return err
	}))
	return n
}
