package fault_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// away is how long the database is taken away.
func away() time.Duration {
	if long() {
		return 10 * time.Minute
	}
	return 25 * time.Second
}

// TestDatabaseLocked locks the engine's SQLite file for long.
func TestDatabaseLocked(t *testing.T) {
	req.Shows(t, "REC-5")
	t.Parallel()
	r := newRig(t, t.TempDir(), "")
	// A connection of its own: internal/db gives up a transaction after a while.
	var held *sql.Conn
	withoutDatabase(t, r, func() {
		d, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, "engine.db")+"?_pragma=busy_timeout(10000)")
		must(t, err)
		t.Cleanup(func() { _ = d.Close() })
		held, err = d.Conn(context.Background())
		must(t, err)
		_, err = held.ExecContext(context.Background(), "BEGIN IMMEDIATE")
		must(t, err)
	}, func() {
		_, err := held.ExecContext(context.Background(), "ROLLBACK")
		must(t, err)
		must(t, held.Close())
	})
}

// TestDatabaseKilled ends the PostgreSQL server under a recording engine.
func TestDatabaseKilled(t *testing.T) {
	req.Shows(t, "REC-5", "OPS-2")
	t.Parallel()
	s := dbtest.Own(t)
	r := newRig(t, t.TempDir(), s.Database(t))
	withoutDatabase(t, r, func() { s.Stop(t) }, func() { s.Start(t) })
}

// TestDatabaseHangs stops the PostgreSQL server without ending it.
func TestDatabaseHangs(t *testing.T) {
	req.Shows(t, "REC-5", "OPS-2")
	t.Parallel()
	s := dbtest.Own(t)
	r := newRig(t, t.TempDir(), s.Database(t))
	withoutDatabase(t, r, func() { s.Pause(t) }, func() { s.Resume(t) })
}

// withoutDatabase takes the database away from a recording engine and gives
// it back: recording goes on without a hole, statements are obeyed, who looks is
// refused or written down, and the index and the ledger catch up.
func withoutDatabase(t *testing.T, r *rig, take, give func()) {
	t.Helper()
	cams := newCameras(t, 3)
	from := r.begin(cams...)
	wait(3 * time.Second)
	take()
	gone := time.Now()
	// The index is written to when a segment closes, once a minute, and waits its
	// turn for some seconds before it takes the database for away.
	r.until("it says that the database is away", time.Minute+patience, func() bool {
		s, err := r.status()
		return err == nil && s.Database == "away"
	})
	last := cams[2].name
	stop := &permit.Stop{Head: r.head(), Cameras: []string{last}, Reason: "prøve"}
	must(t, r.tell(stop))
	r.until("a stop is obeyed meanwhile", 10*time.Second, func() bool { return r.of(last).State == engineapi.StateStopped })
	now := now()
	live := &permit.Live{Head: r.head(), Person: "p-7", Approver: "p-8", Purpose: "Fare for liv", Case: "2026-118",
		Cameras: []string{cams[0].name}, Expires: now.Add(10 * time.Minute), Text: "Anna Berg"}
	signed, err := permit.Sign(live, r.signer)
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	looked := ""
	if body, err := r.client.Fragments(ctx, engineapi.FragmentQuery{Camera: cams[0].name, From: now.Add(-5 * time.Second), To: now},
		engineapi.Pass{Statement: signed.Encode(), Whence: "10.1.2.3"}); err == nil {
		looked = string(live.ID) // it must be written down, then, and enter the ledger
		_ = body.Close()
	}
	wait(time.Until(gone.Add(away())))
	for _, c := range cams[:2] {
		if s := r.of(c.name).State; s != engineapi.StateRecording {
			t.Errorf("%s is %s while the database is away", c.name, s)
		}
	}
	give()
	back := time.Now()
	r.until("all is entered", 2*time.Minute, func() bool {
		s, err := r.status()
		return err == nil && s.Database == "ok" && s.Pending == 0
	})
	t.Logf("away for %v, all was entered %v after", time.Since(gone).Round(time.Second), time.Since(back).Round(time.Millisecond))
	entries, err := r.client.LedgerFind(context.Background(), engineapi.LedgerFilter{From: from.Add(-time.Minute), To: time.Now().Add(time.Minute), Limit: 1000})
	must(t, err)
	text := ""
	for _, e := range entries {
		text += string(e.Body)
	}
	if !strings.Contains(text, string(stop.ID)) {
		t.Error("the stop is not in the ledger")
	}
	if !strings.Contains(text, looked) {
		t.Error("somebody looked, and it is not in the ledger")
	}
	wait(2 * time.Second)
	lives := []life{{from, time.Now(), false, nil}}
	r.down()
	r.check()
	for _, c := range cams[:2] {
		r.judge(c, lives)
	}
}
