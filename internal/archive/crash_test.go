package archive

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// seeds is how many power cuts a test makes; VIDNE_LONG=1 makes more.
func seeds(n int) uint64 {
	if os.Getenv("VIDNE_LONG") != "" {
		n *= 20
	}
	return uint64(n)
}

// crashKit is an archive whose files lie on a disk that loses what was not
// synced. The database is real and loses nothing, so a row that came before
// its file would be seen.
func crashKit(t *testing.T, seed uint64) (*kit, *durabletest.CrashFS) {
	t.Helper()
	f := durabletest.NewCrash(seed)
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), f, "/archive")
	k.open()
	return k, f
}

// cutPower ends everything as a power cut does, and starts again.
func (k *kit) cutPower(f *durabletest.CrashFS) *durabletest.CrashFS {
	k.t.Helper()
	next := f.Crash()
	k.close()
	k.fs = next
	k.open()
	return next
}

func TestAPowerCutAtAnyMomentOfRecording(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-1", "LOG-2")
	lost := time.Duration(0)
	for seed := range seeds(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		k, f := crashKit(t, seed)
		cams := []*cam{k.cam(rulesFor("cam-1", 14*day)), k.cam(rulesFor("cam-2", 14*day))}
		for _, c := range cams {
			c.every = time.Second
		}
		f.CrashAfter(rng.IntN(120))
		for i := 0; i < 400 && !f.Crashed(); i++ {
			for _, c := range cams {
				s := c.sample()
				if c.r.Write(s) == nil {
					c.sent = append(c.sent, sent{s.Arrival, s.Key, s.Data})
				}
			}
			k.clk.Advance(time.Second)
			if i%10 == 0 {
				k.settle()
			}
		}
		k.cutPower(f)
		k.sound()
		if len(k.rec.Remaining) != 0 || k.rec.Adopting != 0 {
			t.Fatalf("seed %d: %+v", seed, k.rec)
		}
		for i, camera := range []string{"cam-1", "cam-2"} {
			_, got := k.mustRead(camera, start.Add(-time.Hour), k.clk.Now().Add(time.Hour))
			if len(got) > len(cams[i].sent) {
				t.Fatalf("seed %d: more pictures than were sent", seed)
			}
			// What is there is what was sent, in order, nothing in between left out.
			for n := range got {
				if !bytes.Equal(got[n], cams[i].sent[n].data) {
					t.Fatalf("seed %d, %s: picture %d is not the one that was sent", seed, camera, n)
				}
			}
			if len(got) < len(cams[i].sent) {
				lost = max(lost, k.clk.Now().Sub(cams[i].sent[len(got)].at))
			}
		}
		// And recording goes on.
		c := k.cam(rulesFor("cam-1", 14*day))
		from := k.clk.Now()
		c.record(10 * time.Second)
		c.cut()
		k.settle()
		_, got := k.mustRead("cam-1", from, k.clk.Now())
		same(t, got, c.sent)
		k.close()
	}
	t.Logf("at most %v lost (syncs are grouped, and this clock runs far faster than the disk)", lost)
}

// What a start finds empty and removes must stay removed: its key is erased
// some time, and a file that came back after that looks like footage in need.
func TestAnEmptySegmentThatIsRemovedStaysSo(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-1")
	dropped := 0
	for seed := range seeds(40) {
		k, f := crashKit(t, seed)
		if err := k.cam(rulesFor("cam-1", 14*day)).frame(); err != nil {
			t.Fatal(err)
		}
		k.settle()
		f = k.cutPower(f)
		dropped += k.rec.Dropped
		k.cutPower(f)
		if k.rec.Dropped > 0 {
			t.Errorf("seed %d: a second power cut brought it back", seed)
		}
		k.close()
	}
	if dropped == 0 {
		t.Error("no file was left empty: the test shows nothing")
	}
}

func TestAPowerCutAtEveryStepOfDeletingAndHolding(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3", "KEEP-4", "REC-5", "OPS-3")
	// How many steps there are is learned from a run that is not cut.
	whole := tellStory(t, 1, -1)
	step := max(1, whole/40)
	if os.Getenv("VIDNE_LONG") != "" {
		step = 1
	}
	for n := 0; n <= whole; n += step {
		tellStory(t, uint64(n)+2, n)
	}
}

// tellStory records, holds, and lets time pass; the power is cut before the
// n-th change of the disk after recording. It returns how many there were.
func tellStory(t *testing.T, seed uint64, n int) int {
	t.Helper()
	k, f := crashKit(t, seed)
	defer func() { k.close() }()
	c := k.cam(rulesFor("cam-1", 2*time.Hour))
	c.every = time.Second
	c.record(4 * time.Minute)
	c.cut()
	k.settle()
	from, to := start.Add(65*time.Second), start.Add(80*time.Second)
	_, want := k.mustRead("cam-1", from, to)
	begun := f.Ops()
	if n >= 0 {
		f.CrashAfter(n)
	}
	until := start.Add(100 * day)
	h, err := k.hold(permit.HoldCrime, from, to, until, "cam-1")
	accepted := err == nil
	k.at(start.Add(2*time.Hour + 2*time.Minute))
	_, _ = k.a.Sweep(k.ctx()) // fails if the power is cut
	k.at(start.Add(3*time.Hour + 10*time.Minute))
	_, _ = k.a.Sweep(k.ctx())
	if n < 0 {
		ops := f.Ops() - begun
		checkStory(t, k, seed, accepted, want, from, to)
		return ops
	}
	crashed := f.Crashed()
	k.cutPower(f)
	if !accepted {
		// The answer was lost: the portal asks again.
		s := newSigner(t)
		if err := k.a.Hold(k.ctx(), s.sign(h), h); err != nil && fault.Key(err) != "hold.deleted" {
			t.Fatalf("cut %d: asking again: %v", n, err)
		} else if err == nil {
			accepted = true
		}
	}
	k.sweep()
	checkStory(t, k, seed, accepted, want, from, to)
	k.reopen()
	checkStory(t, k, seed, accepted, want, from, to)
	if !crashed && n < 20 {
		t.Fatalf("cut %d did not happen", n)
	}
	return 0
}

func checkStory(t *testing.T, k *kit, seed uint64, held bool, want [][]byte, from, to time.Time) {
	t.Helper()
	_, got, err := k.read("cam-1", from, to)
	switch {
	case err != nil:
		t.Fatalf("seed %d: %v", seed, err)
	case held && len(got) != len(want):
		t.Fatalf("seed %d: held, and %d of %d pictures are readable", seed, len(got), len(want))
	case !held && len(got) != 0:
		t.Fatalf("seed %d: not held, and %d pictures are readable", seed, len(got))
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("seed %d: picture %d changed", seed, i)
		}
	}
	if k.keysLive("cam-1") {
		t.Fatalf("seed %d: the period key lives on", seed)
	}
	segments := 0
	if held {
		segments = 1
	}
	if n := len(k.filesOf("cam-1", segment.Closed)); n != segments {
		t.Fatalf("seed %d: %d files, %d are held", seed, n, segments)
	}
	if n := k.count("SELECT COUNT(*) FROM segment"); n != int64(segments) {
		t.Fatalf("seed %d: %d rows", seed, n)
	}
	if n := k.count("SELECT COALESCE(SUM(segments), 0) FROM deletion"); n != int64(5-segments) {
		t.Fatalf("seed %d: %d deletions are proven", seed, n)
	}
	k.sound()
}

func (k *kit) keysLive(camera string) bool {
	_, err := k.keys.Lookup(keys.PeriodAt(camera, start, permit.ClassCrime))
	return err == nil
}
