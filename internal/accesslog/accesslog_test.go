package accesslog_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk is a ledger with its log of who looked.
type desk struct {
	t   testing.TB
	db  *db.DB
	l   *ledger.Log
	a   *accesslog.Log
	clk *clock.Fake
}

func newDesk(t testing.TB, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, db: d, clk: clock.NewFake(start)}
	k.open()
	return k
}

// open opens both, as at a start of the program.
func (k *desk) open() {
	k.t.Helper()
	var err error
	k.l = k.bare()
	k.a, err = accesslog.Open(context.Background(), k.db, k.l, k.clk)
	must(k.t, err)
}

// bare is the ledger as another program opens it, which keeps no rows.
func (k *desk) bare() *ledger.Log {
	k.t.Helper()
	l, err := ledger.Open(context.Background(), k.db, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), k.clk, ledger.Named())
	must(k.t, err)
	return l
}

func (k *desk) add(kind string, body map[string]any) int64 {
	k.t.Helper()
	return k.addTo(k.l, kind, body)
}

func (k *desk) addTo(l *ledger.Log, kind string, body map[string]any) (index int64) {
	k.t.Helper()
	ctx := context.Background()
	if _, ok := body["controller"]; !ok {
		body["controller"] = "lindeby"
	}
	must(k.t, k.db.Write(ctx, func(tx *db.Tx) (err error) {
		index, err = l.Append(ctx, tx, k.clk.Now(), kind, body)
		return err
	}))
	k.clk.Advance(time.Second)
	return index
}

// look is a person's look at a camera's minutes.
func (k *desk) look(person, camera string, from time.Time, minutes int, why string) int64 {
	k.t.Helper()
	return k.add("view.opened", map[string]any{"person": person, "name": "Navn " + person, "camera": camera, "location": "skole", "from": from,
		"to": from.Add(time.Duration(minutes) * time.Minute), "purpose": why, "reference": "4100-70121-00417-26", "address": "10.1.2.3"})
}

func (k *desk) find(q accesslog.Query) accesslog.Found {
	k.t.Helper()
	if q.Controller == "" {
		q.Controller = "lindeby"
	}
	f, err := k.a.Find(context.Background(), q)
	must(k.t, err)
	return f
}

func indexes(f accesslog.Found) string {
	var out []string
	for _, u := range f.Uses {
		out = append(out, fmt.Sprint(u.Index))
	}
	return strings.Join(out, " ")
}

func TestEveryUseIsARow(t *testing.T) {
	req.Shows(t, "LOG-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		from := start.Add(-3 * time.Hour)
		i := k.look("p1", "kam-1", from, 20, "Rude knust ved indgangen")
		u, err := k.a.Use(t.Context(), "lindeby", i)
		must(t, err)
		want := accesslog.Use{Index: i, At: start, Controller: "lindeby", Kind: accesslog.Footage, Entry: "view.opened", Person: "p1", Name: "Navn p1", Place: "skole", Cameras: "kam-1",
			Matter: "4100-70121-00417-26", Since: db.Micros(from), Until: db.Micros(from.Add(20 * time.Minute)), Why: "Rude knust ved indgangen", Address: "10.1.2.3"}
		if u != want {
			t.Errorf("got %+v\nwant %+v", u, want)
		}
		if _, err := k.a.Use(t.Context(), "kadence", i); err == nil {
			t.Error("another controller reads it")
		}
		refused := k.add("view.refused", map[string]any{"person": "p1", "name": "Navn p1", "camera": "kam-1", "from": from, "to": from.Add(time.Minute), "why": "viewing.closed"})
		search := k.add("data.searched", map[string]any{"person": "p2", "name": "Navn p2", "terms": "Jensen, Skolevej", "path": "/soeg"})
		rights := k.add("designation.begun", map[string]any{"by": "p1", "what": map[string]any{"location": "gaard", "person": "p3", "name": "Navn p3"}})
		unknown := k.add("brand.new", map[string]any{"person": "p4", "name": "Navn p4", "camera": "kam-9"})
		k.add("ticket.issued", map[string]any{"by": "p1", "cameras": []string{"kam-1"}})
		k.add("something.ticking", map[string]any{"count": 3})
		for _, c := range []struct {
			name string
			q    accesslog.Query
			want []int64
		}{
			{"all", accesslog.Query{}, []int64{unknown, rights, search, refused, i}},
			{"who", accesslog.Query{People: []string{"p1"}}, []int64{rights, refused, i}},
			{"two people", accesslog.Query{People: []string{"p2", "p4"}}, []int64{unknown, search}},
			{"camera", accesslog.Query{Camera: "kam-1"}, []int64{refused, i}},
			{"cameras", accesslog.Query{Cameras: []string{"kam-1", "kam-9"}}, []int64{unknown, refused, i}},
			{"place", accesslog.Query{Place: "gaard"}, []int64{rights}},
			{"kind", accesslog.Query{Kind: accesslog.Search}, []int64{search}},
			{"refused", accesslog.Query{Refused: true}, []int64{refused}},
			{"matter", accesslog.Query{Matter: "4100-70121-00417-26"}, []int64{i}},
			{"term", accesslog.Query{Text: "JENSEN"}, []int64{search}},
			{"words of the purpose", accesslog.Query{Text: "knust rude"}, []int64{i}},
			{"a journal number", accesslog.Query{Text: "70121-00417"}, []int64{i}},
			{"camera and person", accesslog.Query{Camera: "kam-1", People: []string{"p1"}, Refused: true}, []int64{refused}},
			{"camera and another", accesslog.Query{Camera: "kam-1", People: []string{"p2"}}, nil},
			{"period", accesslog.Query{From: start.Add(time.Second), To: start.Add(3 * time.Second)}, []int64{search, refused}},
			{"minutes", accesslog.Query{Camera: "kam-1", Minutes: [2]time.Time{from.Add(19 * time.Minute), from.Add(time.Hour)}}, []int64{i}},
			{"minutes beside", accesslog.Query{Camera: "kam-1", Minutes: [2]time.Time{from.Add(20 * time.Minute), from.Add(time.Hour)}}, nil},
			{"another controller", accesslog.Query{Controller: "kadence"}, nil},
		} {
			var want []string
			for _, x := range c.want {
				want = append(want, fmt.Sprint(x))
			}
			if got := indexes(k.find(c.q)); got != strings.Join(want, " ") {
				t.Errorf("%s: %q, want %q", c.name, got, want)
			}
		}
		r := k.find(accesslog.Query{Place: "gaard"}).Uses[0]
		if r.Person != "p1" || r.Name != "Navn p1" || r.About != "Navn p3" {
			t.Errorf("who gave the right to whom: %+v", r)
		}
	})
}

// What was there before, and what another program adds beside, has its rows
// too, however often the reading is broken off.
func TestWhatWasThereHasItsRows(t *testing.T) {
	req.Shows(t, "LOG-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := &desk{t: t, db: d, clk: clock.NewFake(start)}
		l := k.bare()
		ctx := t.Context()
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			for i := range 4500 {
				if _, err := l.Append(ctx, tx, k.clk.Now().Add(time.Duration(i)*time.Second), "data.read", map[string]any{"controller": "lindeby", "person": "p1", "name": "P", "path": "/x"}); err != nil {
					return err
				}
			}
			return nil
		}))
		if more, err := accesslog.OpenOneStep(ctx, d, l, k.clk); err != nil || !more {
			t.Fatalf("the first step: more %v, %v", more, err)
		}
		k.open()
		n := 0
		must(t, k.a.All(ctx, accesslog.Query{Controller: "lindeby"}, func(accesslog.Use) error { n++; return nil }))
		if n != 4500 {
			t.Fatalf("%d rows of 4500", n)
		}
		k.clk.Advance(24 * time.Hour)
		beside := k.addTo(k.bare(), "view.opened", map[string]any{"person": "p2", "name": "Q", "camera": "kam-1"})
		if len(k.find(accesslog.Query{Camera: "kam-1"}).Uses) != 0 {
			t.Error("what another program added has a row before anybody read it")
		}
		own := k.look("p1", "kam-1", start, 1, "Hærværk")
		if got := indexes(k.find(accesslog.Query{Camera: "kam-1"})); got != fmt.Sprintf("%d %d", own, beside) {
			t.Errorf("the rows are %q", got)
		}
		k.open()
		n = 0
		must(t, k.a.All(ctx, accesslog.Query{Controller: "lindeby"}, func(accesslog.Use) error { n++; return nil }))
		if n != 4502 {
			t.Errorf("%d rows after another start", n)
		}
	})
}

// An act whose row cannot be written does not happen.
func TestNoActWithoutItsRow(t *testing.T) {
	req.Shows(t, "LOG-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		ctx := t.Context()
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "CREATE TABLE act (id BIGINT)"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DROP TABLE access_use")
			return err
		}))
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO act (id) VALUES (1)"); err != nil {
				return err
			}
			_, err := k.l.Append(ctx, tx, k.clk.Now(), "view.opened", map[string]any{"controller": "lindeby", "person": "p1", "name": "P", "camera": "kam-1"})
			return err
		})
		if err == nil {
			t.Fatal("the act succeeds without its row")
		}
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM act")
			if n != 0 {
				t.Error("the act happened")
			}
			return err
		}))
		if size, err := k.l.Size(ctx); err != nil || size != 0 {
			t.Errorf("the ledger has %d entries, %v", size, err)
		}
	})
}

// Page by page, each use is shown once, and what comes in meanwhile moves
// nothing.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		for i := range 60 {
			k.look(fmt.Sprintf("p%d", i%3), fmt.Sprintf("kam-%d", i%4), start, 1, "Hærværk")
		}
		for _, q := range []accesslog.Query{{}, {Camera: "kam-1"}, {People: []string{"p0", "p1"}}, {Cameras: []string{"kam-0", "kam-3"}, People: []string{"p0", "p2"}}, {Text: "hærværk"}, {Kind: accesslog.Footage, Place: "skole"}} {
			q.Limit = 7
			seen := map[int64]bool{}
			last := int64(1 << 60)
			for pages := 0; ; pages++ {
				f := k.find(q)
				for _, u := range f.Uses {
					if seen[u.Index] || u.Index >= last {
						t.Fatalf("%+v: %d again", q, u.Index)
					}
					seen[u.Index], last = true, u.Index
				}
				if f.Next == nil {
					break
				}
				if pages == 1 {
					k.add("login", map[string]any{"person": "p0", "name": "Navn p0"})
				}
				q.After = *f.Next
			}
			want := 0
			must(t, k.a.All(t.Context(), accesslog.Query{Controller: "lindeby", Camera: q.Camera, Cameras: q.Cameras, People: q.People, Text: q.Text, Kind: accesslog.Footage, Place: q.Place}, func(accesslog.Use) error { want++; return nil }))
			got := 0
			for i := range seen {
				if u, err := k.a.Use(t.Context(), "lindeby", i); err == nil && u.Kind == accesslog.Footage {
					got++
				}
			}
			if got != want || want == 0 {
				t.Errorf("%+v: %d of %d", q, got, want)
			}
		}
	})
}

// Whatever is typed, a row's texts are one line of what can be seen, and the
// database takes them.
func FuzzRowsAreHarmless(f *testing.F) {
	for _, s := range []string{"Rude knust", "a\r\nb", "\x1b[31m", "\u202etxt", "\x00", `"}`, "\xff", "\u2028", strings.Repeat("æ", 5000), "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := accesslog.Clean(s, 100)
		for _, r := range out {
			if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0xfffd {
				t.Fatalf("%q leaves %U", s, r)
			}
		}
		if n := len([]rune(out)); n > 1200 {
			t.Fatalf("%d characters of 100", n)
		}
	})
}
