package archive

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/req"
)

// model is what must be readable: every picture that was taken in under
// rules, and when it is due at the earliest and the latest.
type model struct {
	sent
	due time.Time
}

// TestAnyIntervalReadsWhatWasSent lives random lives: groups of every length,
// floods and trickles, cuts, new rules, restarts and sweeps; and reads random
// intervals, in which nothing may be missing, added or changed.
func TestAnyIntervalReadsWhatWasSent(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-1", "KEEP-2", "REC-1", "REC-5")
	for seed := range seeds(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { liveAndRead(t, seed) })
	}
}

func liveAndRead(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), durable.OS(), t.TempDir())
	k.open()
	var all []model
	var c *cam
	keep := time.Duration(1+rng.IntN(3)) * time.Hour
	begin := func() {
		keep = time.Duration(1+rng.IntN(3)) * time.Hour
		c = k.cam(rulesFor("cam-1", keep))
		c.rng = rng // no two pictures of a life are the same
		c.gop = []time.Duration{200 * time.Millisecond, time.Second, 2 * time.Second, 10 * time.Second, 3 * time.Minute}[rng.IntN(5)]
		c.every = c.gop / time.Duration(1+rng.IntN(8))
		if c.every > 5*time.Second {
			c.every = 5 * time.Second
		}
	}
	begin()
	segStart := time.Time{}
	for range 25 {
		switch rng.IntN(9) {
		case 0:
			c.cut()
			segStart = time.Time{}
			k.clk.Advance(time.Duration(rng.Int64N(int64(20 * time.Minute))))
			begin()
		case 1:
			if err := c.r.Start(rulesFor("cam-1", keep), []media.Track{pictures(t)}); err != nil {
				t.Fatal(err)
			}
			segStart = time.Time{}
		case 2:
			c.cut()
			k.reopen()
			segStart = time.Time{}
			begin()
		case 3:
			k.sweep()
		case 4:
			k.settle()
			readAny(t, k, rng, all)
		default:
			for range 5 + rng.IntN(120) {
				c.size = []int{24, 50, 3000, 70_000}[rng.IntN(4)]
				s := c.sample()
				if err := c.r.Write(s); err != nil {
					t.Fatal(err)
				}
				if s.Key || !segStart.IsZero() {
					if segStart.IsZero() {
						segStart = s.Arrival
					}
					all = append(all, model{sent{s.Arrival, s.Key, s.Data}, s.Arrival.Add(keep)})
				}
				k.clk.Advance(c.every)
			}
		}
	}
	c.cut()
	k.settle()
	readAny(t, k, rng, all)
	k.sound()
	for _, n := range k.filesOf("cam-1", segment.Open) {
		t.Errorf("left open: %s", n.Path())
	}
	k.at(k.clk.Now().Add(5 * time.Hour))
	k.sweep()
	if left := k.dirFiles("cam-1"); len(left) != 0 || len(k.keys.Periods()) != 0 {
		t.Errorf("left: %v, %v", left, k.keys.Periods())
	}
}

// readAny reads some intervals and compares them with the model. What is cut
// is complete; the open segment lacks at most what is not flushed.
func readAny(t *testing.T, k *kit, rng *rand.Rand, all []model) {
	t.Helper()
	if len(all) == 0 {
		return
	}
	now := k.clk.Now()
	span := now.Sub(start) + time.Minute
	for range 4 {
		from := start.Add(time.Duration(rng.Int64N(int64(span))))
		to := from.Add(1 + time.Duration(rng.Int64N(int64(10*time.Minute))))
		_, got := k.mustRead("cam-1", from, to)
		// The answer is one stretch of the model, but for what is due.
		at := 0
		for i, g := range got {
			for at < len(all) && !bytes.Equal(all[at].data, g) {
				if i > 0 && all[at].due.After(now.Add(longest+time.Minute)) {
					t.Fatalf("%v to %v: picture %d at %v is left out", from, to, at, all[at].at)
				}
				at++
			}
			if at == len(all) {
				t.Fatalf("%v to %v: a picture that was not sent, or twice", from, to)
			}
			if !all[at].due.After(now.Add(-longest - time.Minute)) {
				t.Fatalf("%v to %v: a picture of %v is past its time", from, to, all[at].at)
			}
			at++
		}
		have := map[string]bool{}
		for _, g := range got {
			have[string(g)] = true
		}
		for _, m := range all {
			inside := !m.at.Before(from) && m.at.Before(to) && m.at.Before(now.Add(-longest-3*time.Minute))
			if inside && m.due.After(now.Add(longest+time.Minute)) && !have[string(m.data)] {
				t.Fatalf("%v to %v: the picture of %v is missing", from, to, m.at)
			}
		}
	}
}

func FuzzSidecar(f *testing.F) {
	id := "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"
	f.Add([]byte(`{"v":1,"segment":"` + id + `","header":"00","keys":[{"hold":"` + id + `","wrapped":"AAAA"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := decodeSidecar(b, id); err == nil && (c.V != 1 || c.Segment != id) {
			t.Fatal("keys of another segment are taken")
		}
	})
}
