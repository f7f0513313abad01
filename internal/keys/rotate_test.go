package keys

import (
	"fmt"
	"os"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
)

var next = Key{9, 8, 7}

func TestRotateSurvivesCrashAtEveryStep(t *testing.T) {
	finished := false
	for seed := uint64(0); seed < 12; seed++ {
		for n := 0; ; n++ {
			c := durabletest.NewCrash(seed*1000 + uint64(n))
			s := open(t, c, "/k")
			made := map[Period]Key{}
			for i := range 20 {
				k, err := s.Period(period(i))
				must(t, err)
				made[period(i)] = k
			}
			must(t, s.Erase(period(3)))
			delete(made, period(3))
			c.CrashAfter(n)
			rotated := s.Rotate(next) == nil
			done := !c.Crashed()
			c = c.Crash()
			what := fmt.Sprintf("seed %d, power cut before step %d", seed, n)
			opened := 0
			for _, m := range []Key{next, master} {
				s, err := Open(c, "/k", m)
				if fault.Key(err) == "key.master" {
					continue
				}
				if err != nil || len(s.Warnings()) > 0 {
					t.Fatalf("%s: %v, %v", what, err, s)
				}
				opened++
				for p, k := range made {
					if got, err := s.Lookup(p); err != nil || got != k {
						t.Fatalf("%s: %v: %v", what, p, err)
					}
				}
				if _, err := s.Period(period(50)); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				must(t, s.Close())
				break
			}
			if opened == 0 {
				t.Fatalf("%s: neither master key opens it", what)
			}
			if rotated {
				finished = true
				wantNothingUnder(t, c, master)
			}
			if done {
				break
			}
		}
	}
	if !finished {
		t.Error("no rotation ran to its end")
	}
}

// wantNothingUnder: with the old master key nothing in the file opens.
func wantNothingUnder(t *testing.T, f durable.FS, old Key) {
	t.Helper()
	if _, err := Open(f, "/k", old); fault.Key(err) != "key.master" || !fault.Is(err, fault.Denied) {
		t.Fatalf("the old master key still opens: %v", err)
	}
	data, err := durable.ReadFile(f, "/k/"+FileName)
	must(t, err)
	h, _ := decodeHeader(data[:slotSize])
	for off := 0; off+WrappedSize <= 2*pageSize; off++ {
		for id := range h.roots[0].id + 2 {
			if _, err := Unwrap(old, data[off:off+WrappedSize], rootAAD(h.store, id)); err == nil {
				t.Fatalf("a root key lies at %d under the old master key", off)
			}
		}
	}
}

// TestRotateAfterFailure: a rotation that a fault broke off is done by the next.
func TestRotateAfterFailure(t *testing.T) {
	for n := 1; ; n++ {
		c := durabletest.NewCrash(uint64(n))
		f := durabletest.NewFaulty(c)
		s := open(t, f, "/k")
		want, err := s.Period(period(1))
		must(t, err)
		f.FailNth(durabletest.OpAny, n, os.ErrPermission)
		failed := s.Rotate(next) != nil
		f.Heal()
		if failed {
			if got, err := s.Lookup(period(1)); err != nil || got != want {
				t.Fatalf("operation %d: %v", n, err)
			}
			_, err := s.Period(period(2))
			must(t, err, s.Rotate(next))
		}
		left := c.Crash()
		s, err = Open(left, "/k", next)
		must(t, err)
		if got, err := s.Lookup(period(1)); err != nil || got != want {
			t.Fatalf("operation %d, opened again: %v", n, err)
		}
		wantNothingUnder(t, left, master)
		if !failed {
			return
		}
	}
}

func TestWrongMaster(t *testing.T) {
	c := durabletest.NewCrash(1)
	_, err := open(t, c, "/k").Period(period(1))
	must(t, err)
	if _, err := Open(c, "/k", Key{4}); !fault.Is(err, fault.Denied) || fault.Key(err) != "key.master" {
		t.Errorf("got %v", err)
	}
}
