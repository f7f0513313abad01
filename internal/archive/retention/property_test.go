package retention_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/req"
)

// long reports whether there is time for many histories.
func long() bool { return os.Getenv("VIDNE_LONG") == "1" }

// TestRetentionProperty runs the real archive through short random histories
// that rapid can shrink, against the invariants of docs/design/retention.md.
func TestRetentionProperty(t *testing.T) {
	req.Shows(t, "KEEP-2", "KEEP-3", "KEEP-4", "KEEP-6", "OPS-3")
	n := 8
	if long() {
		n = 2000
	}
	times(t, n)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, rapid.Uint64().Draw(rt, "seed"), plants{})
		defer w.close()
		for range rapid.IntRange(5, 60).Draw(rt, "acts") {
			w.act(func(what string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(rt, what) })
		}
		w.inspect()
	})
}

// times sets how many histories rapid runs in this test.
func times(t *testing.T, n int) {
	t.Helper()
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.nofailfile": "true"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}
}

// TestRetentionFor400Days runs one archive for 400 days and more, over both
// changes of the clock and a new year. VIDNE_SEED is the first of the long
// run's seeds, so that it can go on where another stopped.
func TestRetentionFor400Days(t *testing.T) {
	req.Shows(t, "KEEP-2", "KEEP-3", "KEEP-4", "OPS-3")
	local := time.Local
	copenhagen, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	time.Local = copenhagen // which must not matter
	t.Cleanup(func() { time.Local = local })
	first, seeds := uint64(0), uint64(1)
	if long() {
		seeds = 200
	}
	if v := os.Getenv("VIDNE_SEED"); v != "" {
		if first, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatal(err)
		}
		seeds = max(seeds, first+1)
	}
	for seed := first; seed < seeds; seed++ {
		w := newWorld(t, seed, plants{})
		w.until(400*day, seed)
		w.inspect()
		if w.segs == nil || len(w.holds) == 0 || w.boots < 50 {
			t.Errorf("seed %d: too little happened: %d segments, %d holds, %d starts", seed, len(w.segs), len(w.holds), w.boots)
		}
		t.Logf("seed %d: %d acts, %d segments, %d holds, %d starts", seed, len(w.log), len(w.segs), len(w.holds), w.boots)
		w.close()
	}
}

// until acts at random until so much real time has passed.
func (w *world) until(d time.Duration, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 6))
	for w.real().Sub(w.begun) < d {
		w.act(func(_ string, lo, hi int) int { return lo + rng.IntN(hi-lo+1) })
	}
}

// found is what a history in a search is ended with.
type found string

type search struct{}

func (search) Fatalf(format string, args ...any) { panic(found(fmt.Sprintf(format, args...))) }

// find runs histories of up to d until one finds something.
func find(t *testing.T, p plants, histories int, d time.Duration) (what string) {
	t.Helper()
	for seed := range uint64(histories) {
		what := func() (what string) {
			w := newWorld(search{}, seed, p)
			defer func() {
				if r := recover(); r != nil {
					f, ok := r.(found)
					if !ok {
						panic(r)
					}
					what = string(f)
				}
				w.close()
			}()
			w.until(d, seed)
			w.inspect()
			return ""
		}()
		if what != "" {
			return fmt.Sprintf("history %d: %s", seed, what)
		}
	}
	return ""
}

// TestPlantedFaultsAreFound plants one fault at a time: a test that finds
// none of them would show nothing.
func TestPlantedFaultsAreFound(t *testing.T) {
	for name, p := range map[string]plants{
		"wall clock used":                        {wallClock: true},
		"clock an hour late":                     {slowClock: time.Hour},
		"jump ahead trusted":                     {trustForward: true},
		"clock's mark forgotten at restart":      {noMark: true},
		"files not synced":                       {noFileSync: true},
		"directories not synced":                 {noDirSync: true},
		"period counted from the end":            {fromEnd: true},
		"legal class lost":                       {wrongClass: true},
		"restore brings back keys":               {oldKeys: true},
		"restore brings back footage":            {oldFootage: true},
		"restore forgets holds":                  {forgetHolds: true},
		"empty database wipes":                   {emptyWipes: true},
		"key erased before what is held is kept": {eraseFirst: true},
		"full disk deletes":                      {fullDeletes: true},
		"notice not heard":                       {deafToNotice: true},
		"release not heard":                      {deafToRelease: true},
		"never swept":                            {noSweep: true},
	} {
		t.Run(name, func(t *testing.T) {
			what := find(t, p, 20, 100*day)
			if what == "" {
				t.Fatal("not found")
			}
			t.Log(strings.SplitN(what, "\n", 2)[0])
		})
	}
}
