package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
)

// TestNamesAreFoundAsByReading finds the same entries by name as by reading all
// of them: those from before names were kept and those since, and none that
// have expired.
func TestNamesAreFoundAsByReading(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clk := t.Context(), clock.NewFake(start)
		plain, err := ledger.Open(ctx, d, "portal", key(1), clk)
		must(t, err)
		enter := func(l *ledger.Log, kind, body string) {
			must(t, d.Write(ctx, func(tx *db.Tx) error {
				_, err := l.Append(ctx, tx, clk.Now(), kind, json.RawMessage(body))
				return err
			}))
		}
		enter(plain, "a", `{"camera":"k-1","by":"Anna"}`)
		enter(plain, "b", `{"deep":{"list":["x","K-1"]}}`)
		found := func(l *ledger.Log, text string) (out []int64) {
			t.Helper()
			for _, newest := range []bool{true, false} {
				all, err := l.Find(context.Background(), ledger.Filter{Text: text, Newest: newest, Limit: 100})
				must(t, err)
				out = out[:0]
				for _, e := range all {
					out = append(out, e.Index)
				}
				if newest {
					slices.Reverse(out)
				}
			}
			return out
		}
		same := func(l *ledger.Log, text string, want ...int64) {
			t.Helper()
			if got := found(l, text); !slices.Equal(got, want) {
				t.Errorf("%s is found in %v, want %v", text, got, want)
			}
		}
		same(plain, `"k-1"`, 0, 1)
		named, err := ledger.Open(ctx, d, "portal", key(1), clk, ledger.Named())
		must(t, err)
		enter(named, "a", `{"camera":"k-1","text":"k-1 is a camera"}`)
		enter(plain, "a", `{"camera":"k-2","text":"not \"k-1\" but another"}`) // opened before, and keeps names now
		enter(named, "a", `{"camera":"k-10"}`)
		same(named, `"k-1"`, 0, 1, 2)
		same(named, `"k-2"`, 3)
		same(named, `"anna"`, 0)
		same(named, `k-1 is`, 2)
		same(named, `"none"`)
		one, err := named.Find(ctx, ledger.Filter{Text: `"k-1"`, Kinds: []string{"a"}, Newest: true, Limit: 1})
		must(t, err)
		if len(one) != 1 || one[0].Index != 2 {
			t.Errorf("the newest of a kind is %v", one)
		}
		_, err = named.Checkpoint(ctx)
		must(t, err)
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			_, err := named.Expire(ctx, tx, start.Add(time.Hour), []string{"a"})
			return err
		}))
		same(named, `"k-1"`, 1)
		n := int64(-1)
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			n, err = db.One[int64](ctx, tx, "SELECT COUNT(*) FROM ledger_name WHERE idx <> 1 AND name LIKE 'k-%'")
			return err
		}))
		if n != 0 {
			t.Errorf("%d names are left of what expired", n)
		}
	})
}

// TestManyOfOneName finds by name, from both ends and page by page, what reading
// finds, whether names are entered for none, some or all.
func TestManyOfOneName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clk := t.Context(), clock.NewFake(start)
		l, err := ledger.Open(ctx, d, "portal", key(1), clk, ledger.Named())
		must(t, err)
		n := 0
		enter := func(many int) {
			must(t, d.Write(ctx, func(tx *db.Tx) error {
				for range many {
					n++
					if _, err := l.Append(ctx, tx, clk.Now(), []string{"a", "b"}[n/5%2], json.RawMessage(fmt.Sprintf(`{"camera":"k-%d"}`, n%3))); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		for _, many := range []int{300, 2400, 200} { // read as they are; entered by the search; some of each
			enter(many)
			for _, f := range []ledger.Filter{{}, {Kinds: []string{"a"}}, {First: 100, Below: int64(n - 50), Limit: 70}, {Limit: 900, Newest: true},
				{Newest: true, Below: 2000, Limit: 30, Kinds: []string{"b"}}, {First: int64(n - 20), Newest: true}, {From: start.Add(time.Hour)}} {
				f.Text = `"k-1"`
				got, err := l.Find(ctx, f)
				must(t, err)
				f.Text = `k-1"` // no name: found by reading
				want, err := l.Find(ctx, f)
				must(t, err)
				if !slices.EqualFunc(got, want, func(a, b ledger.Entry) bool { return a.Index == b.Index && string(a.Body) == string(b.Body) }) {
					t.Errorf("of %d, %+v: %d entries by name, %d by reading", n, f, len(got), len(want))
				}
			}
		}
	})
}

// TestKindsOfWhichThereAreMany are found by who asks for them, and by name only
// without their names being kept.
func TestKindsOfWhichThereAreMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clk := t.Context(), clock.NewFake(start)
		plain, err := ledger.Open(ctx, d, "engine", key(1), clk)
		must(t, err)
		enter := func(l *ledger.Log, kind string) {
			must(t, d.Write(ctx, func(tx *db.Tx) error {
				_, err := l.Append(ctx, tx, clk.Now(), kind, json.RawMessage(`{"camera":"k-1"}`))
				return err
			}))
		}
		enter(plain, "segment.sealed")
		enter(plain, "stop.taken")
		l, err := ledger.Open(ctx, d, "engine", key(1), clk, ledger.Named("segment.sealed"))
		must(t, err)
		enter(l, "segment.sealed")
		enter(l, "view.opened")
		for _, c := range []struct {
			kinds, except []string
			want          []int64
		}{
			{nil, nil, []int64{0, 1, 2, 3}},
			{nil, []string{"segment.sealed"}, []int64{1, 3}},
			{nil, []string{"segment."}, []int64{1, 3}},
			{nil, []string{"segment.", "view."}, []int64{1}},
			{[]string{"segment."}, nil, []int64{0, 2}},
			{[]string{"stop.taken", "view."}, []string{"view."}, []int64{1}},
		} {
			found, err := l.Find(ctx, ledger.Filter{Text: `"k-1"`, Kinds: c.kinds, Except: c.except})
			must(t, err)
			var got []int64
			for _, e := range found {
				got = append(got, e.Index)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("of %v but %v: %v, want %v", c.kinds, c.except, got, c.want)
			}
		}
		_, err = l.Checkpoint(ctx) // enters the names
		must(t, err)
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM ledger_name")
			if n != 2 {
				t.Errorf("%d names are kept", n)
			}
			return err
		}))
	})
}
