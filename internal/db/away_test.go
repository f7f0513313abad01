package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	_ "modernc.org/sqlite"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// away checks that a write is refused as Unavailable "db.away" within a bound.
func away(t *testing.T, d *db.DB, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO t (n) VALUES (?)", 99)
		return err
	})
	if !fault.Is(err, fault.Unavailable) || fault.Key(err) != "db.away" {
		t.Errorf("away: %v", err)
	}
	if ctx.Err() != nil {
		t.Errorf("took more than %v: %v", within, err)
	}
}

func counter(t *testing.T, d *db.DB) {
	t.Helper()
	must(t, d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), "CREATE TABLE t (n BIGINT NOT NULL)")
		return err
	}))
}

func add(d *db.DB, n int) error {
	ctx := context.Background()
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO t (n) VALUES (?)", n)
		return err
	})
}

// A server that stops, crashes or freezes is Unavailable within seconds, and
// the same DB goes on when it is back.
func TestServerAway(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-2")
	s := dbtest.Own(t)
	address := s.Database(t)
	d := dbtest.Open(t, address)
	counter(t, d)
	must(t, add(d, 1))

	s.Stop(t)
	away(t, d, 5*time.Second)
	if late, err := db.Open(context.Background(), address); err != nil {
		t.Errorf("opening while the server is away: %v", err)
	} else {
		away(t, late, 5*time.Second)
		must(t, late.Close())
	}
	s.Start(t)
	must(t, add(d, 2))

	// In the middle of a transaction.
	ctx := context.Background()
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO t (n) VALUES (3)"); err != nil {
			return err
		}
		s.Stop(t)
		_, err := tx.Exec(ctx, "INSERT INTO t (n) VALUES (4)")
		return err
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("stopped amid a transaction: %v", err)
	}
	s.Start(t)
	must(t, add(d, 5))
	must(t, d.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All[int64](ctx, tx, "SELECT n FROM t ORDER BY n")
		if fmt.Sprint(all) != "[1 2 5]" {
			t.Errorf("rows %v", all)
		}
		return err
	}))

	if !testing.Short() {
		s.Pause(t)
		away(t, d, 14*time.Second)
		s.Resume(t)
		must(t, add(d, 6))
	}
}

func TestLoginAndMissingDatabase(t *testing.T) {
	ctx := context.Background()
	address := dbtest.Postgres(t)
	i := strings.LastIndexByte(address, '/')
	if _, err := db.Open(ctx, address[:i]+"/nosuch?sslmode=disable"); !fault.Is(err, fault.NotFound) || fault.Key(err) != "db.missing" {
		t.Errorf("missing database: %v", err)
	}
	if _, err := db.Open(ctx, strings.Replace(address, "vidne@", "mallory:hemmeligt@", 1)); !fault.Is(err, fault.Denied) || strings.Contains(err.Error(), "hemmeligt") {
		t.Errorf("unknown role: %v", err)
	}
	for _, bad := range []string{"", "mysql://x", "postgres://u:hemmeligt@h:port/x", "sqlite:", "sqlite::memory:"} {
		if _, err := db.Open(ctx, bad); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "hemmeligt") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A SQLite file that another process has locked is away within seconds and
// comes back by itself.
func TestFileLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "æ ?#%.db")
	d := dbtest.Open(t, "sqlite:"+path)
	counter(t, d)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the file has another name: %v", err)
	}
	other, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23", " ", "%20").Replace(path))
	must(t, err)
	defer other.Close()
	conn, err := other.Conn(context.Background())
	must(t, err)
	defer conn.Close()
	_, err = conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE")
	must(t, err)
	away(t, d, 9*time.Second)
	_, err = conn.ExecContext(context.Background(), "COMMIT")
	must(t, err)
	must(t, add(d, 1))
}

func TestBadFiles(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if _, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "no", "such", "x.db")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("no folder: %v", err)
	}
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("dette er ingen database\n", 100)), 0o600))
	if _, err := db.Open(ctx, "sqlite:"+text); !fault.Is(err, fault.Corrupt) || fault.Key(err) != "db.corrupt" {
		t.Errorf("a text file: %v", err)
	}
}

// Each connection of a pool is set up, not only the first.
func TestEveryConnectionIsSetUp(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	ctx := context.Background()
	counter(t, d)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"}
	var together sync.WaitGroup
	together.Add(4)
	check := func(tx *db.Tx) {
		for pragma, v := range want {
			if got, err := db.One[string](ctx, tx, "PRAGMA "+pragma); err != nil || got != v {
				t.Errorf("%s = %q, %v", pragma, got, err)
			}
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := d.Read(ctx, func(tx *db.Tx) error {
				together.Done()
				together.Wait() // so that these are four connections
				check(tx)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	must(t, d.Write(ctx, func(tx *db.Tx) error {
		check(tx)
		return nil
	}))
}

// Writers take turns: what they read stays true until they commit.
func TestWritersTakeTurns(t *testing.T) {
	req.Shows(t, "OPS-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		counter(t, d)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					err := d.Write(ctx, func(tx *db.Tx) error {
						n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM t")
						if err != nil {
							return err
						}
						_, err = tx.Exec(ctx, "INSERT INTO t (n) VALUES (?)", n)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(DISTINCT n) FROM t")
			if n != 80 {
				t.Errorf("%d different counts of 80: writers did not see each other", n)
			}
			return err
		}))
	})
}

// A snapshot does not change under a reader.
func TestReadIsASnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		counter(t, d)
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			for range 3 {
				n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM t")
				must(t, err)
				if n != 0 {
					t.Errorf("%d rows in a snapshot of none", n)
				}
				must(t, add(d, 1))
			}
			return nil
		}))
	})
}

func steps(n int) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 1; i <= n; i++ {
		m[fmt.Sprintf("%05d_step.sql", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "-- +goose Up\nCREATE TABLE step%d (n BIGINT);\n-- +goose Down\nDROP TABLE step%d;\n", i, i)}
	}
	return m
}

func TestMigrate(t *testing.T) {
	req.Shows(t, "OPS-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		must(t, db.Migrate(ctx, d, "room", steps(2)))
		must(t, db.Migrate(ctx, d, "room", steps(2)))
		must(t, db.Migrate(ctx, d, "other", fstest.MapFS{"00001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE a (n BIGINT);\n")}}))
		must(t, db.Migrate(ctx, d, "room", steps(4)))
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM step4, a")
			return err
		}))
		err := db.Migrate(ctx, d, "room", steps(3))
		if !fault.Is(err, fault.Refused) || fault.Key(err) != "db.newer" {
			t.Errorf("an older program: %v", err)
		}
		broken := steps(4)
		broken["00005_x.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (n BIGINT);\nCREATE TABLE a (n BIGINT);\n")}
		if err := db.Migrate(ctx, d, "room", broken); err == nil {
			t.Error("a step that fails passed")
		}
		if err := d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM half")
			return err
		}); err == nil {
			t.Error("half a step was kept")
		}
		if err := db.Migrate(ctx, d, "x; DROP", steps(1)); !fault.Is(err, fault.Internal) {
			t.Errorf("a bad name: %v", err)
		}
	})
}

// Processes that start at the same time bring the same database up once.
func TestMigrateTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := db.Migrate(context.Background(), d, "room", steps(3)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// TestNewFileInUse is a first start on a slow disk, while another process has
// the same new file for longer than a writer waits.
func TestNewFileInUse(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-2")
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "new.db")
	other, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	defer other.Close()
	conn, err := other.Conn(ctx)
	must(t, err)
	defer conn.Close()
	take := func() <-chan error {
		_, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
		must(t, err)
		ended := make(chan error, 1)
		time.AfterFunc(7*time.Second, func() {
			_, err := conn.ExecContext(ctx, "COMMIT")
			ended <- err
		})
		return ended
	}
	ended := take()
	d, err := db.Open(ctx, "sqlite:"+path)
	must(t, err)
	defer d.Close()
	must(t, <-ended)
	ended = take()
	must(t, db.Migrate(ctx, d, "room", steps(3)))
	must(t, <-ended)
}

func TestGivingUpEndsAQuery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		err := d.Read(ctx, func(tx *db.Tx) error {
			_, err := db.One[int64](ctx, tx, "WITH RECURSIVE c(x) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT COUNT(*) FROM c")
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		counter(t, d)
		must(t, add(d, 1))
	})
}
