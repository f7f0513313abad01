package accesslog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

func (k *desk) keep(kind accesslog.Kind, months int) {
	k.t.Helper()
	must(k.t, k.a.SetKeep(k.t.Context(), "lindeby", kind, months, "Prøve af fristen", "Mette", map[string]any{"controller": "lindeby", "person": "p9", "name": "Mette"}))
}

// Each kind goes when its time has passed and no sooner, by what its controller
// decided; nothing of another's goes; and every proof stays valid.
func TestTheLogIsDeletedOnTime(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		k := newDesk(t, d)
		var searches, looks []int64
		for i := range 30 {
			searches = append(searches, k.add("data.searched", map[string]any{"person": "p1", "name": "P", "terms": fmt.Sprintf("ord%d", i)}))
			looks = append(looks, k.look("p2", "kam-1", start, 5, "Hærværk"))
			k.add("ticket.issued", map[string]any{"by": "p2", "body": map[string]any{"text": "Navn p2"}})
		}
		theirs := k.add("data.searched", map[string]any{"controller": "kadence", "person": "x1", "name": "X", "terms": "deres"})
		act := k.add("case.decided", map[string]any{"person": "p1", "name": "P", "case": "2026-001"})
		k.keep(accesslog.Search, 6)
		early, err := k.l.Checkpoint(ctx)
		must(t, err)
		late := k.add("data.searched", map[string]any{"person": "p1", "name": "P", "terms": "efter"})

		k.clk.SetWall(start.AddDate(0, 6, 0).Add(-time.Hour))
		if n, err := k.a.Expire(ctx); n != 0 || err != nil {
			t.Fatalf("an hour early: %d, %v", n, err)
		}
		k.clk.SetWall(start.AddDate(0, 6, 0).Add(time.Hour))
		if n, err := k.a.Expire(ctx); n != len(searches) || err != nil {
			t.Fatalf("%d of %d, %v", n, len(searches), err)
		}
		// What no checkpoint covered waits for one.
		if _, err := k.a.Use(ctx, "lindeby", late); err != nil {
			t.Error("an entry that nobody has signed for is deleted")
		}
		if _, err := k.l.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := k.a.Expire(ctx); n != 1 || err != nil {
			t.Errorf("after the next checkpoint: %d, %v", n, err)
		}
		if got := len(k.find(accesslog.Query{Camera: "kam-1", Limit: 100}).Uses); got != len(looks) {
			t.Errorf("%d looks are left of %d", got, len(looks))
		}
		if _, err := k.a.Use(ctx, "kadence", theirs); err != nil {
			t.Error("another controller's is gone")
		}
		k.clk.SetWall(start.AddDate(5, 0, 0).Add(time.Hour))
		n, err := k.a.Expire(ctx)
		must(t, err)
		// Thirty looks, their tickets, the other's search, the decision on the time.
		if n < 2*len(looks)+1 {
			t.Errorf("after five years %d are deleted", n)
		}
		if _, err := k.a.Use(ctx, "lindeby", act); err != nil {
			t.Error("what follows the case is deleted with the log")
		}
		people, err := k.a.People(ctx, "lindeby", "", 10)
		must(t, err)
		for _, p := range people {
			if p.Person == "p2" {
				t.Error("the name of whoever has no use left is still there")
			}
		}
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM access_mark WHERE mark = 'w:ord3' OR mark = 'c:kam-1'")
			if n != 0 {
				t.Errorf("%d marks are left", n)
			}
			return err
		}))
		if found, err := k.l.Check(ctx); err != nil || len(found) != 0 {
			t.Errorf("the ledger: %v %v", found, err)
		}
		must(t, k.l.Confirm(ctx, early))
		size, err := k.l.Size(ctx)
		must(t, err)
		var file, proof bytes.Buffer
		must(t, k.l.Extract(ctx, 0, size, &file))
		must(t, k.l.Consistency(ctx, early, &proof))
		_, vkey := k.l.Public()
		key, err := verify.ParseKey(vkey)
		must(t, err)
		r, err := verify.Extract(&file, []verify.Key{key}, verify.ExtractOptions{Old: [][]byte{early}})
		must(t, err)
		var said strings.Builder
		must(t, r.Text(&said, verify.English))
		if !r.OK() || !strings.Contains(said.String(), "expired entry") || strings.Contains(said.String(), "withheld") {
			t.Error(said.String())
		}
		if r, err := verify.Consistency(&proof, []verify.Key{key}, early); err != nil || !r.OK() {
			t.Errorf("the proof: %v", err)
		}
	})
}

func TestTimesThatCannotBeChosen(t *testing.T) {
	k := newDesk(t, dbtest.Open(t, dbtest.SQLite(t)))
	for _, c := range []struct {
		kind   accesslog.Kind
		months int
		key    string
	}{{accesslog.Footage, 5, "log.keep.months"}, {accesslog.Footage, 121, "log.keep.months"}, {accesslog.Footage, 0, "log.keep.months"}, {accesslog.Edit, 24, "log.keep.follows"}, {"none", 24, "page.unknown"}} {
		if err := k.a.SetKeep(t.Context(), "lindeby", c.kind, c.months, "x", "y", nil); fault.Key(err) != c.key {
			t.Errorf("%s for %d months: %v", c.kind, c.months, err)
		}
	}
	all, err := k.a.Keeps(t.Context(), "lindeby")
	must(t, err)
	if len(all) != len(accesslog.Kinds()) {
		t.Errorf("%d kinds have a time", len(all))
	}
	for _, keep := range all {
		if keep.Da == "" || keep.En == "" {
			t.Errorf("%s cites nothing", keep.Kind)
		}
	}
}

// A change of the tables behind the ledger's back is no change of the log: rows
// can be lost, entries cannot be changed, removed, exchanged or added (J4).
func TestChangesBehindTheLedgerAreFound(t *testing.T) {
	req.Shows(t, "LOG-2")
	for name, statement := range map[string]string{
		"changed":    `UPDATE ledger_entry SET body = '{"person":"p9"}' WHERE idx = 4`,
		"removed":    "DELETE FROM ledger_entry WHERE idx = 4",
		"cut":        "DELETE FROM ledger_entry WHERE idx >= 8",
		"exchanged":  "UPDATE ledger_entry SET idx = CASE idx WHEN 3 THEN -3 ELSE idx END",
		"added":      "INSERT INTO ledger_entry (log, idx, at, kind, body, salt, commitment) SELECT log, 99, at, kind, body, salt, commitment FROM ledger_entry WHERE idx = 4",
		"disguised":  "UPDATE ledger_entry SET body = NULL, salt = NULL, commitment = (SELECT e.commitment FROM ledger_entry e WHERE e.idx = 5) WHERE idx = 4",
		"other time": "UPDATE ledger_entry SET at = at + 1 WHERE idx = 4",
		"other kind": "UPDATE ledger_entry SET kind = 'view.closed' WHERE idx = 4",
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			d := dbtest.Open(t, dbtest.SQLite(t))
			k := newDesk(t, d)
			for range 10 {
				k.look("p1", "kam-1", start, 1, "Hærværk")
			}
			_, err := k.l.Checkpoint(t.Context())
			must(t, err)
			must(t, d.Write(t.Context(), func(tx *db.Tx) error {
				n, err := tx.Exec(t.Context(), statement)
				if n == 0 {
					t.Error("nothing was changed")
				}
				return err
			}))
			found, err := k.l.Check(t.Context())
			must(t, err)
			if len(found) == 0 {
				t.Error("it is not found")
			}
		})
	}
}
