package keys

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// lives is how many stores a crash test lives through.
func lives() uint64 {
	if os.Getenv("VIDNE_LONG") == "1" {
		return 5000
	}
	return 60
}

// life is what a test knows of a store across crashes.
type life struct {
	keys    map[ref]Key
	unknown map[ref]bool // the last call on it did not return
	gone    [][]byte     // wrapped keys that were reported as erased
}

func (l *life) check(t testing.TB, what string, c *durabletest.CrashFS, s *Store) {
	t.Helper()
	for r, k := range l.keys {
		got, err := s.lookup(r)
		if l.unknown[r] && fault.Is(err, fault.NotFound) {
			delete(l.keys, r)
		} else if err != nil || got != k {
			t.Fatalf("%s: the key for %s: %v", what, r, err)
		}
	}
	for r := range s.index {
		if _, ok := l.keys[r]; !ok {
			if !l.unknown[r] {
				t.Fatalf("%s: a key for %s came from nowhere", what, r)
			}
			l.keys[r], _ = s.lookup(r)
		}
	}
	clear(l.unknown)
	for _, w := range l.gone {
		if found := c.Grep(func(b []byte) bool { return bytes.Contains(b, w) }); len(found) > 0 {
			t.Fatalf("%s: an erased key lies in %v", what, found)
		}
	}
}

// step does one random thing; false when the power was cut.
func (l *life) step(t testing.TB, rng *rand.Rand, s *Store) bool {
	r := ref{period: period(rng.IntN(30))}
	if rng.IntN(5) == 0 {
		r = ref{hold: permit.ID(fmt.Sprintf("%032x", rng.IntN(5)))}
	}
	var err error
	if rng.IntN(3) > 0 {
		var k Key
		if k, err = s.obtain(r); err == nil {
			if old, ok := l.keys[r]; ok && old != k {
				t.Fatalf("the key for %s changed", r)
			}
			l.keys[r] = k
		}
	} else {
		var w [][]byte
		for _, n := range s.index[r] {
			w = append(w, bytes.Clone(s.slots[n].wrapped[:]))
		}
		if err = s.erase([]ref{r}); err == nil {
			delete(l.keys, r)
			l.gone = append(l.gone, w...)
		}
	}
	if err != nil {
		l.unknown[r] = true
	}
	return err == nil
}

func TestStoreSurvivesCrashes(t *testing.T) {
	req.Shows(t, "REC-5", "KEEP-6")
	for seed := range lives() {
		rng := rand.New(rand.NewPCG(seed, 3))
		c := durabletest.NewCrash(seed)
		l := &life{keys: map[ref]Key{}, unknown: map[ref]bool{}}
		for n := range 6 {
			c.CrashAfter(rng.IntN(150))
			if s, err := Open(c, "/k", master); err == nil {
				for !c.Crashed() && l.step(t, rng, s) {
				}
			}
			c = c.Crash()
			s := open(t, c, "/k")
			if w := s.Warnings(); len(w) > 0 {
				t.Fatalf("seed %d: %v", seed, w)
			}
			l.check(t, fmt.Sprintf("seed %d life %d", seed, n), c, s)
		}
	}
}

// TestStoreFailsEachStep lets each operation fail in turn, once or from then
// until healed, and the power cut after it.
func TestStoreFailsEachStep(t *testing.T) {
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC} {
		for n := 1; ; n++ {
			rng := rand.New(rand.NewPCG(uint64(n), 4))
			c := durabletest.NewCrash(uint64(n))
			f := durabletest.NewFaulty(c)
			if n%2 == 0 {
				f.FailNth(durabletest.OpAny, n, errno)
			} else {
				f.FailFrom(durabletest.OpAny, n, errno)
			}
			l := &life{keys: map[ref]Key{}, unknown: map[ref]bool{}}
			s, err := Open(f, "/k", master)
			if err != nil {
				f.Heal()
				s = open(t, f, "/k")
			}
			for range 40 {
				l.step(t, rng, s)
			}
			struck := f.Count(durabletest.OpAny) >= n
			f.Heal()
			for r := range s.going { // what failed succeeds when tried again
				must(t, s.erase([]ref{r}))
				delete(l.keys, r)
			}
			for range 20 {
				if !l.step(t, rng, s) {
					t.Fatalf("operation %d: not usable after the fault was healed", n)
				}
			}
			left := c.Crash()
			l.check(t, fmt.Sprintf("%v at operation %d", errno, n), left, open(t, left, "/k"))
			if !struck {
				break
			}
		}
	}
}
