package ledger_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, d *db.DB, name string) (*ledger.Log, *clock.Fake) {
	t.Helper()
	clk := clock.NewFake(start)
	l, err := ledger.Open(context.Background(), d, name, key(1), clk)
	must(t, err)
	return l, clk
}

type body struct {
	N    int    `json:"n"`
	Word string `json:"ord"`
}

// fill appends n entries, some alone and some in batches.
func fill(t testing.TB, d *db.DB, l *ledger.Log, n int) {
	t.Helper()
	ctx := context.Background()
	at, err := l.Size(ctx)
	must(t, err)
	for n > 0 {
		k := min(n, 1+int(at)%7)
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			var es []ledger.New
			for i := range k {
				es = append(es, ledger.New{At: start.Add(time.Duration(at+int64(i)) * time.Second), Kind: []string{"viewing.opened", "permit.issued", "camera.stopped"}[(at+int64(i))%3], Body: body{int(at) + i, "<æble>"}})
			}
			first, err := l.AppendAll(ctx, tx, es)
			if err == nil && first != at {
				t.Fatalf("first index %d, want %d", first, at)
			}
			return err
		}))
		at += int64(k)
		n -= k
	}
}

func TestEntryCommitsWithTheAct(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l, _ := open(t, d, "one")
		undone := fmt.Errorf("the act failed")
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := l.Append(ctx, tx, start, "viewing.opened", body{1, "x"})
			must(t, err)
			return undone
		}); err == nil {
			t.Fatal("no error")
		}
		if n, err := l.Size(ctx); err != nil || n != 0 {
			t.Fatalf("size %d, %v after an act that was undone", n, err)
		}
		fill(t, d, l, 5)
		es, err := l.Entries(ctx, 1, 3)
		must(t, err)
		if len(es) != 3 || es[0].Index != 1 || es[2].Kind != "viewing.opened" || string(es[0].Body) != `{"n":1,"ord":"<æble>"}` ||
			!es[0].Time.Equal(start.Add(time.Second)) || es[0].Expired {
			t.Errorf("entries %+v", es)
		}
		if _, err := l.Latest(ctx); !fault.Is(err, fault.NotFound) {
			t.Errorf("a checkpoint before the first: %v", err)
		}
	})
}

// Every checkpoint, inclusion and consistency proof of a growing log is
// accepted by package tlog, which is how any other reader of the format would
// judge.
func TestProofs(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l, clk := open(t, d, "proofs")
		_, vkey := l.Public()
		v, err := note.NewVerifier(vkey)
		must(t, err)
		roots := map[int64]tlog.Hash{}
		sizes := []int64{}
		for _, grow := range []int{1, 1, 5, 9, 1, 47, 192, 1, 30} {
			fill(t, d, l, grow)
			clk.Advance(time.Minute)
			msg, err := l.Checkpoint(ctx)
			must(t, err)
			if _, err := note.Open(msg, note.VerifierList(v)); err != nil {
				t.Fatal(err)
			}
			c, err := l.Latest(ctx)
			must(t, err)
			if !bytes.Equal(c.Note, msg) || !c.Time.Equal(clk.Now()) {
				t.Errorf("latest %+v", c)
			}
			roots[c.Size] = c.Root
			sizes = append(sizes, c.Size)
		}
		again, err := l.Checkpoint(ctx)
		must(t, err)
		if c, _ := l.Latest(ctx); !bytes.Equal(again, c.Note) {
			t.Error("signed again without need")
		}
		last := sizes[len(sizes)-1]
		es, err := l.Entries(ctx, 0, 1000)
		must(t, err)
		for _, size := range sizes {
			for i := int64(0); i < size; i += 1 + size/23 {
				p, err := l.ProveEntry(ctx, i, size)
				must(t, err)
				must(t, tlog.CheckRecord(p, size, roots[size], i, tlog.RecordHash(es[i].Commit)))
			}
			p, err := l.ProveTree(ctx, size, last)
			must(t, err)
			must(t, tlog.CheckTree(p, last, roots[last], size, roots[size]))
		}
		for _, bad := range [][2]int64{{-1, 5}, {5, 5}, {0, last + 1}} {
			if _, err := l.ProveEntry(ctx, bad[0], bad[1]); !fault.Is(err, fault.NotFound) {
				t.Errorf("ProveEntry%v: %v", bad, err)
			}
		}
		found, err := l.Check(ctx)
		must(t, err)
		if len(found) > 0 {
			t.Errorf("a good log: %v", found)
		}
	})
}

// Two logs in one database do not touch each other, and writers of both take
// turns without gaps.
func TestConcurrentWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		a, _ := open(t, d, "a")
		b, _ := open(t, d, "b")
		var wg sync.WaitGroup
		seen := make(chan int64, 200)
		for w := range 8 {
			wg.Go(func() {
				for i := range 10 {
					l := a
					if w%4 == 3 {
						l = b
					}
					var at int64
					err := d.Write(ctx, func(tx *db.Tx) (err error) {
						at, err = l.Append(ctx, tx, start, "viewing.opened", body{w, fmt.Sprint(i)})
						return err
					})
					if err != nil {
						t.Error(err)
					} else if l == a {
						seen <- at
					}
				}
			})
		}
		wg.Wait()
		close(seen)
		have := map[int64]bool{}
		for at := range seen {
			have[at] = true
		}
		if len(have) != 60 || !have[0] || !have[59] {
			t.Errorf("%d different indexes of 60", len(have))
		}
		for _, l := range []*ledger.Log{a, b} {
			_, err := l.Checkpoint(ctx)
			must(t, err)
			if f, err := l.Check(ctx); err != nil || len(f) > 0 {
				t.Errorf("%v %v", f, err)
			}
		}
	})
}

func TestFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l, _ := open(t, d, "find")
		fill(t, d, l, 30)
		for _, c := range []struct {
			f    ledger.Filter
			want []int64
		}{
			{ledger.Filter{Kinds: []string{"permit.issued"}, Limit: 2}, []int64{1, 4}},
			{ledger.Filter{Kinds: []string{"permit.", "camera.stopped"}, Newest: true, Limit: 3}, []int64{29, 28, 26}},
			{ledger.Filter{Kinds: []string{"perm"}}, nil},
			{ledger.Filter{Kinds: []string{"%."}}, nil},
			{ledger.Filter{From: start.Add(3 * time.Second), To: start.Add(5 * time.Second)}, []int64{3, 4}},
			{ledger.Filter{Text: `"N":17`}, []int64{17}},
			{ledger.Filter{Text: "ÆBLE", First: 10, Below: 12}, []int64{10, 11}},
			{ledger.Filter{Text: "æble", Newest: true, Limit: 1}, []int64{29}},
			{ledger.Filter{Text: "pære"}, nil},
		} {
			es, err := l.Find(ctx, c.f)
			must(t, err)
			var got []int64
			for _, e := range es {
				got = append(got, e.Index)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%+v: %v, want %v", c.f, got, c.want)
			}
		}
	})
}

func TestExpiry(t *testing.T) {
	req.Shows(t, "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		l, clk := open(t, d, "expiry")
		fill(t, d, l, 40)
		expire := func(before time.Time, kinds ...string) (n int64) {
			must(t, d.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = l.Expire(ctx, tx, before, kinds)
				return err
			}))
			return n
		}
		if n := expire(clk.Now().Add(time.Hour), "viewing.opened"); n != 0 {
			t.Errorf("%d expired that no checkpoint covers", n)
		}
		_, err := l.Checkpoint(ctx)
		must(t, err)
		c, err := l.Latest(ctx)
		must(t, err)
		if n := expire(start.Add(30*time.Second), "viewing.opened"); n != 10 {
			t.Errorf("%d expired, want 10", n)
		}
		must(t, l.Scrub(ctx))
		e, err := l.Entries(ctx, 0, 2)
		must(t, err)
		if !e[0].Expired || e[0].Body != nil || e[0].Salt != nil || e[1].Expired {
			t.Errorf("%+v", e)
		}
		p, err := l.ProveEntry(ctx, 0, c.Size)
		must(t, err)
		must(t, tlog.CheckRecord(p, c.Size, c.Root, 0, tlog.RecordHash(e[0].Commit)))
		said, err := l.Find(ctx, ledger.Filter{Kinds: []string{"ledger.expired"}})
		must(t, err)
		if len(said) != 1 || !strings.Contains(string(said[0].Body), `"count":10`) {
			t.Errorf("the expiry was logged as %v", said)
		}
		must(t, l.Confirm(ctx, c.Note))
		_, err = l.Checkpoint(ctx)
		must(t, err)
		if f, err := l.Check(ctx); err != nil || len(f) > 0 {
			t.Errorf("%v %v", f, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	ctx := context.Background()
	clk := clock.NewFake(start)
	for _, name := range []string{"", "a b", "A", "a/b", strings.Repeat("a", 65)} {
		if _, err := ledger.Open(ctx, d, name, key(1), clk); !fault.Is(err, fault.Invalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	l, _ := open(t, d, "refusals")
	for _, n := range []ledger.New{
		{start, "Bad Kind", 1}, {start, "", 1}, {time.Time{}, "a", 1}, {start, "a", func() {}},
		{start, "a", json.RawMessage("{")}, {start, "a", strings.Repeat("x", ledger.MaxBody)}, {start, "a", json.RawMessage("\"\xff\"")},
	} {
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := l.Append(ctx, tx, n.At, n.Kind, n.Body)
			return err
		})
		if err == nil {
			t.Errorf("accepted %q %T", n.Kind, n.Body)
		}
	}
	if n, _ := l.Size(ctx); n != 0 {
		t.Errorf("size %d", n)
	}
}

// A log opened while the database is away opens for good when it returns.
func TestOpenedWhileAway(t *testing.T) {
	s := dbtest.Own(t)
	address := s.Database(t)
	s.Stop(t)
	d := dbtest.Open(t, address)
	ctx := context.Background()
	l, err := ledger.Open(ctx, d, "late", key(1), clock.NewFake(start))
	must(t, err)
	if _, err := l.Size(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	s.Start(t)
	must(t, l.Ready(ctx))
	fill(t, d, l, 2)
}
