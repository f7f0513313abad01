package ledger_test

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

func TestKeyRolls(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l, clk := open(t, d, "roll")
		fill(t, d, l, 3)
		before, err := l.Checkpoint(ctx)
		must(t, err)
		_, oldKey := l.Public()

		if _, err := ledger.Open(ctx, d, "roll", key(2), clk); !fault.Is(err, fault.Refused) {
			t.Fatalf("another key without a word: %v", err)
		}
		if _, err := ledger.Open(ctx, d, "roll", key(2), clk, ledger.Rolling(key(3))); !fault.Is(err, fault.Refused) {
			t.Fatalf("rolled from a key that was never the log's: %v", err)
		}
		l, err = ledger.Open(ctx, d, "roll", key(2), clk, ledger.Rolling(key(1)))
		must(t, err)
		_, newKey := l.Public()
		during, err := l.Checkpoint(ctx)
		must(t, err)
		for _, k := range []string{oldKey, newKey} {
			v, err := note.NewVerifier(k)
			must(t, err)
			if _, err := note.Open(during, note.VerifierList(v)); err != nil {
				t.Errorf("%s did not sign while the keys were rolled: %v", k, err)
			}
		}
		l, err = ledger.Open(ctx, d, "roll", key(2), clk)
		must(t, err)
		fill(t, d, l, 1)
		after, err := l.Checkpoint(ctx)
		must(t, err)
		if strings.Count(string(after), "— ") != 1 {
			t.Errorf("after the roll:\n%s", after)
		}
		for _, msg := range [][]byte{before, during, after} {
			must(t, l.Confirm(ctx, msg))
		}
		es, err := l.Find(ctx, ledger.Filter{Kinds: []string{"ledger.key"}})
		must(t, err)
		if len(es) != 1 || !strings.Contains(string(es[0].Body), newKey) || !strings.Contains(string(es[0].Body), oldKey) {
			t.Errorf("the change was logged as %v", es)
		}

		l, err = ledger.Open(ctx, d, "roll", key(4), clk, ledger.Lost("nøglekortet er brændt"))
		must(t, err)
		_, err = l.Checkpoint(ctx)
		must(t, err)
		if f, err := l.Check(ctx); err != nil || len(f) > 0 {
			t.Errorf("%v %v", f, err)
		}
	})
}

func TestAnchors(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		mine, _ := open(t, d, "mine")
		other, _ := open(t, d, "other")
		_, otherKey := other.Public()
		anchor := func(f ledger.Foreign) (at int64, err error) {
			err = d.Write(ctx, func(tx *db.Tx) error {
				at, err = mine.AnchorForeign(ctx, tx, f)
				return err
			})
			return at, err
		}
		fill(t, d, other, 9)
		one, err := other.Checkpoint(ctx)
		must(t, err)
		if _, err := anchor(ledger.Foreign{Checkpoint: one, Key: otherKey[:len(otherKey)-2] + "A="}); !fault.Is(err, fault.Refused) {
			t.Errorf("an anchor by another key: %v", err)
		}
		first, err := anchor(ledger.Foreign{Checkpoint: one, Key: otherKey})
		must(t, err)
		if again, err := anchor(ledger.Foreign{Checkpoint: one, Key: otherKey}); err != nil || again != first {
			t.Errorf("anchored twice: %d, %v", again, err)
		}
		fill(t, d, other, 4)
		two, err := other.Checkpoint(ctx)
		must(t, err)
		p, err := other.ProveTree(ctx, 9, 13)
		must(t, err)
		wrong := append(tlog.TreeProof(nil), p...)
		wrong[0][3] ^= 1
		if _, err := anchor(ledger.Foreign{Checkpoint: two, Key: otherKey, Proof: wrong}); fault.Key(err) != "ledger.anchor" {
			t.Errorf("a wrong proof: %v", err)
		}
		asked := 0
		f, err := mine.Continues(ctx, two, otherKey, func(old, size int64) ([][]byte, error) {
			asked++
			if old != 9 || size != 13 {
				t.Errorf("asked for a proof from %d to %d", old, size)
			}
			out := make([][]byte, len(p))
			for i := range p {
				out[i] = p[i][:]
			}
			return out, nil
		})
		must(t, err)
		if asked != 1 || len(f.Proof) != len(p) {
			t.Errorf("asked %d times, a proof of %d hashes", asked, len(f.Proof))
		}
		if _, err := mine.Continues(ctx, two, otherKey, func(int64, int64) ([][]byte, error) { return [][]byte{{1, 2}}, nil }); fault.Key(err) != "ledger.proof" {
			t.Errorf("a hash of two bytes: %v", err)
		}
		_, err = anchor(f)
		must(t, err)
		if _, err := anchor(ledger.Foreign{Checkpoint: one, Key: otherKey}); !fault.Is(err, fault.Corrupt) {
			t.Errorf("the other went back: %v", err)
		}
		c, err := mine.Anchored(ctx, other.Origin())
		must(t, err)
		must(t, other.Confirm(ctx, c.Note))
		if _, err := mine.Anchored(ctx, "vidne/nobody"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
	})
}
