package ledger_test

import (
	"context"
	"errors"
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

// Two programs take turns at one log, and acts are undone in between: each
// thinks the log is where it left it, and is wrong. Names, entries and root
// are nevertheless those of what was committed.
func TestAppendAfterOthersAndAfterUndoing(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		mine, clk := open(t, d, "shared")
		theirs, err := ledger.Open(ctx, d, "shared", key(1), clk, ledger.Named())
		must(t, err)
		undone := errors.New("undone")
		want := 0
		add := func(l *ledger.Log, word string, fail error) {
			t.Helper()
			err := d.Write(ctx, func(tx *db.Tx) error {
				for range 2 {
					if _, err := l.Append(ctx, tx, start, "viewing.opened", body{want, word}); err != nil {
						return err
					}
				}
				return fail
			})
			if !errors.Is(err, fail) {
				t.Fatalf("have %v, want %v", err, fail)
			}
			if fail == nil {
				want += 2
			}
		}
		for range 12 {
			add(mine, "min", nil)
			add(mine, "fortrudt", undone)
			add(mine, "min", nil)
			add(theirs, "deres", nil)
			add(theirs, "fortrudt", undone)
			add(mine, "fortrudt", undone)
			add(mine, "min", nil)
		}
		if n, err := mine.Size(ctx); err != nil || n != int64(want) {
			t.Fatalf("%d entries, %v, want %d", n, err, want)
		}
		if _, err := mine.Checkpoint(ctx); err != nil {
			t.Error(err)
		}
		for word, n := range map[string]int{"min": want * 3 / 4, "deres": want / 4, "fortrudt": 0} {
			es, err := theirs.Find(ctx, ledger.Filter{Text: `"` + word + `"`, Limit: 1000})
			if err != nil || len(es) != n {
				t.Errorf("%d entries of %q, %v, want %d", len(es), word, err, n)
			}
		}
	})
}
