package ledger_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// swap exchanges everything about two entries but their place.
const swap = `UPDATE ledger_entry SET
	at = (SELECT at FROM ledger_entry o WHERE o.idx = 60 - ledger_entry.idx),
	kind = (SELECT kind FROM ledger_entry o WHERE o.idx = 60 - ledger_entry.idx),
	body = (SELECT body FROM ledger_entry o WHERE o.idx = 60 - ledger_entry.idx),
	salt = (SELECT salt FROM ledger_entry o WHERE o.idx = 60 - ledger_entry.idx),
	commitment = (SELECT commitment FROM ledger_entry o WHERE o.idx = 60 - ledger_entry.idx)
	WHERE idx IN (20, 40)`

const cut = `DELETE FROM ledger_entry WHERE idx >= 45`

// Everything that somebody with the database but not the key can do to a log
// of 60 entries, of which 50 are under a checkpoint, is found by the check;
// what concerns entries not yet signed is never signed; what concerns signed
// ones is never handed out as proved.
func TestTampering(t *testing.T) {
	req.Shows(t, "LOG-2")
	type tamper struct {
		name   string
		sql    []string
		finds  string // key of a finding of Check
		signed bool   // it touches what was signed: an extract of that is refused
		fresh  bool   // it touches what is not signed yet: the next checkpoint is refused
	}
	for _, c := range []tamper{
		{"body changed", []string{`UPDATE ledger_entry SET body = '{"n":20,"ord":"pære"}' WHERE idx = 20`}, "ledger.entry-changed", true, false},
		{"time changed", []string{`UPDATE ledger_entry SET at = at + 1 WHERE idx = 20`}, "ledger.entry-changed", true, false},
		{"kind changed", []string{`UPDATE ledger_entry SET kind = 'viewing.refused' WHERE idx = 20`}, "ledger.entry-changed", true, false},
		{"salt removed", []string{`UPDATE ledger_entry SET salt = NULL WHERE idx = 20`}, "ledger.entry-changed", true, false},
		{"commitment changed and body expired", []string{`UPDATE ledger_entry SET body = NULL, salt = NULL, commitment = (SELECT commitment FROM ledger_entry WHERE idx = 21) WHERE idx = 20`}, "ledger.checkpoint", true, false},
		{"entry removed", []string{`DELETE FROM ledger_entry WHERE idx = 20`}, "ledger.entry-missing", true, false},
		{"entry removed and the rest moved up", []string{`DELETE FROM ledger_entry WHERE idx = 20`, `UPDATE ledger_entry SET idx = -idx WHERE idx > 20`, `UPDATE ledger_entry SET idx = -idx - 1 WHERE idx < 0`, `UPDATE ledger_log SET size = 59`}, "ledger.checkpoint", true, false},
		{"entry inserted", []string{`UPDATE ledger_entry SET idx = -idx WHERE idx >= 20`, `UPDATE ledger_entry SET idx = 1 - idx WHERE idx < 0`,
			`INSERT INTO ledger_entry SELECT log, 20, at, kind, body, salt, commitment FROM ledger_entry WHERE idx = 5`}, "ledger.entry-extra", true, false},
		{"entries exchanged", []string{swap}, "ledger.tree", true, false},
		{"stored hash changed", []string{`UPDATE ledger_node SET hash = (SELECT hash FROM ledger_node WHERE level = 4 AND n = 1) WHERE level = 4 AND n = 0`}, "ledger.tree", false, false},
		{"stored hash removed", []string{`DELETE FROM ledger_node WHERE level = 4 AND n = 0`}, "ledger.tree", false, false},
		{"head changed", []string{`UPDATE ledger_log SET edge = (SELECT edge FROM ledger_log WHERE id = 2) WHERE id = 1`}, "ledger.tree", false, true},
		{"new entry changed", []string{`UPDATE ledger_entry SET body = '1' WHERE idx = 55`}, "ledger.entry-changed", false, true},
		{"new entry removed", []string{`DELETE FROM ledger_entry WHERE idx = 55`}, "ledger.entry-missing", false, true},
		{"new entries exchanged", []string{strings.NewReplacer("60 -", "111 -", "20, 40", "53, 58").Replace(swap)}, "ledger.tree", false, true},
		{"tail cut", []string{`DELETE FROM ledger_entry WHERE idx >= 55`}, "ledger.entry-missing", false, true},
		{"tail cut and hidden", []string{cut, `UPDATE ledger_log SET size = 45`}, "ledger.cut", true, true},
		{"checkpoint changed", []string{`UPDATE ledger_checkpoint SET note = REPLACE(note, '50', '49')`}, "ledger.checkpoint", false, false},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := context.Background()
				l, clk := open(t, d, "tampered")
				twin, _ := open(t, d, "twin") // the head of another tree of the same size
				fill(t, d, l, 50)
				_, err := l.Checkpoint(ctx)
				must(t, err)
				clk.Advance(1)
				fill(t, d, l, 10)
				for _, q := range c.sql {
					if strings.Contains(q, "id = 2") {
						fill(t, d, twin, 60)
					}
					must(t, d.Write(ctx, func(tx *db.Tx) error {
						n, err := tx.Exec(ctx, q)
						if err == nil && n == 0 {
							t.Fatalf("%s touched nothing", q)
						}
						return err
					}))
				}
				found, err := l.Check(ctx)
				must(t, err)
				hit := false
				for _, f := range found {
					hit = hit || f.Key == c.finds
					if !fault.Is(f.Err(), fault.Corrupt) || f.Detail == "" {
						t.Errorf("finding %+v", f)
					}
				}
				if !hit {
					t.Errorf("found %v, want %s", found, c.finds)
				}
				if c.fresh {
					if msg, err := l.Checkpoint(ctx); !fault.Is(err, fault.Corrupt) {
						t.Errorf("signed: %v\n%s", err, msg)
					}
				}
				if c.signed {
					if err := l.Extract(ctx, 0, 50, io.Discard); !fault.Is(err, fault.Corrupt) {
						t.Errorf("extracted: %v", err)
					}
				}
			})
		})
	}
}

// A database put back from an older copy is whole in itself; a checkpoint that
// was kept elsewhere shows what is gone, also after new entries.
func TestRolledBackCopy(t *testing.T) {
	req.Shows(t, "LOG-2", "OPS-3")
	ctx := context.Background()
	dir := t.TempDir()
	file, copied := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	d := dbtest.Open(t, "sqlite:"+file)
	l, _ := open(t, d, "back")
	fill(t, d, l, 20)
	_, err := l.Checkpoint(ctx)
	must(t, err)
	must(t, d.Scrub(ctx)) // folds the write-ahead log into the file
	data, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(copied, data, 0o600))
	fill(t, d, l, 5)
	kept, err := l.Checkpoint(ctx)
	must(t, err)

	old := dbtest.Open(t, "sqlite:"+copied)
	l, _ = open(t, old, "back")
	if found, err := l.Check(ctx); err != nil || len(found) > 0 {
		t.Fatalf("%v %v", found, err)
	}
	if err := l.Confirm(ctx, kept); fault.Key(err) != "ledger.rolled-back" {
		t.Errorf("rolled back: %v", err)
	}
	fill(t, old, l, 9)
	if err := l.Confirm(ctx, kept); fault.Key(err) != "ledger.corrupt" {
		t.Errorf("rolled back and gone on: %v", err)
	}
	if err := l.Confirm(ctx, []byte(strings.Replace(string(kept), "\n25\n", "\n24\n", 1))); !fault.Is(err, fault.Refused) {
		t.Errorf("a forged checkpoint: %v", err)
	}
	if err := l.Confirm(ctx, []byte("hej")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no checkpoint: %v", err)
	}
}
