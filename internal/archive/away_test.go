package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// back waits until the archive has found its database again.
func (k *kit) back() {
	k.t.Helper()
	for deadline := time.Now().Add(25 * time.Second); ; {
		k.clk.Advance(lastRetry)
		k.settle()
		if !k.alarm(AlarmDatabase) {
			k.settle()
			return
		}
		if time.Now().After(deadline) {
			k.t.Fatal("the database is back and not found")
		}
		ctx, cancel := context.WithTimeout(k.ctx(), 100*time.Millisecond)
		_ = k.clk.Waiters(ctx, 1)
		cancel()
	}
}

func TestADatabaseThatIsAwayStopsNeitherRecordingNorDeletion(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-3", "LOG-2")
	server := dbtest.Own(t)
	k := newKit(t, dbtest.Open(t, server.Database(t)))
	old := k.cam(rulesFor("cam-1", 2*time.Hour))
	old.record(2 * time.Minute)
	old.cut()
	held := k.cam(rulesFor("cam-2", 2*time.Hour))
	from := k.clk.Now()
	held.record(time.Minute)
	held.cut()
	k.settle()
	k.a.Note("cam-1", "recording", "", start)
	h, err := k.hold(permit.HoldCrime, from, from.Add(time.Minute), start.Add(90*day), "cam-2")
	if err != nil {
		t.Fatal(err)
	}

	server.Stop(t)
	k.at(start.Add(3*time.Hour + 30*time.Minute))
	c := k.cam(rulesFor("cam-1", 14*day))
	begun := k.clk.Now()
	c.record(3 * time.Minute)
	c.cut()
	k.settle()
	k.a.Note("cam-1", "lost", "camera.silent", k.clk.Now())
	k.a.ClockSample("cam-1", k.clk.Now(), 3*time.Second)
	late, err := k.hold(permit.HoldCrime, begun, begun.Add(30*time.Second), start.Add(90*day), "cam-1")
	if err != nil {
		t.Fatalf("a hold while the database is away: %v", err)
	}
	s, err := k.a.Sweep(k.ctx())
	if err != nil || !s.Away || s.Unlinked != 3 || s.Erased != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if !k.alarm(AlarmDatabase) {
		t.Error("no alarm")
	}
	if n := len(k.filesOf("cam-1", segment.Closed)); n != 4 {
		t.Errorf("%d files of the new recording", n)
	}
	if n := len(k.filesOf("cam-2", segment.Closed)); n != 2 {
		t.Errorf("%d held files", n)
	}
	if _, _, err := k.read("cam-1", begun, k.clk.Now()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("reading without the index: %v", err)
	}
	k.close() // the process ends too
	k.open()
	if !k.rec.Away {
		t.Errorf("recovery %+v", k.rec)
	}

	server.Start(t)
	k.back()
	_, got := k.mustRead("cam-1", begun, k.clk.Now())
	same(t, got, c.sent)
	_, got = k.mustRead("cam-2", from, from.Add(time.Minute))
	same(t, got, held.sent)
	if n := k.count("SELECT COUNT(*) FROM segment"); n != 6 {
		t.Errorf("%d rows", n)
	}
	for _, id := range []permit.ID{h.ID, late.ID} {
		if n := k.count("SELECT COUNT(*) FROM held_segment WHERE hold = ?", string(id)); n == 0 {
			t.Errorf("hold %s keeps nothing", id)
		}
	}
	if a, b, c := len(k.kinds("deletion.intended")), len(k.kinds("deletion.done")), len(k.kinds("key.erased")); a != 1 || b != 1 || c != 2 {
		t.Errorf("%d intents, %d proofs, %d erasures in the ledger", a, b, c)
	}
	states, err := k.a.States(k.ctx(), []string{"cam-1"}, begun, k.clk.Now())
	if err != nil || len(states) != 2 || states[0].State != "recording" || states[1].Cause != "camera.silent" {
		t.Errorf("states %+v, %v", states, err)
	}
	offsets, err := k.a.ClockSamples(k.ctx(), "cam-1", begun, k.clk.Now())
	if err != nil || len(offsets) != 1 || offsets[0].Offset != 3*time.Second {
		t.Errorf("clock %+v, %v", offsets, err)
	}
	k.sound()
}

func TestADatabaseThatIsAwayAtTheStart(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5")
	server := dbtest.Own(t)
	d := dbtest.Open(t, server.Database(t))
	server.Stop(t)
	k := prepare(t, d, durable.OS(), t.TempDir())
	k.open()
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(90 * time.Second)
	server.Start(t)
	k.back()
	c.cut()
	k.settle()
	_, got := k.mustRead("cam-1", start, k.clk.Now())
	same(t, got, c.sent)
	k.sound()
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-3")
	k := sqlite(t)
	const cameras, rounds = 6, 150
	var wait sync.WaitGroup
	stop := make(chan struct{})
	fail := func(format string, args ...any) { t.Errorf(format, args...) }
	var holds []*permit.Hold
	for i := range cameras {
		c := k.cam(rulesFor(fmt.Sprintf("cam-%d", i), time.Duration(i+1)*time.Hour))
		c.keep = false
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range rounds {
				if err := c.frame(); err != nil {
					fail("write: %v", err)
					return
				}
			}
			if err := c.r.Cut("camera.closed"); err != nil {
				fail("cut: %v", err)
			}
		}()
	}
	var others sync.WaitGroup
	loop := func(f func()) {
		others.Add(1)
		go func() {
			defer others.Done()
			for {
				select {
				case <-stop:
					return
				default:
					f()
				}
			}
		}()
	}
	loop(func() {
		if _, err := k.a.Sweep(context.Background()); err != nil {
			fail("sweep: %v", err)
		}
	})
	loop(func() {
		r, err := k.a.Reader(context.Background(), "cam-1", start, start.Add(time.Hour))
		if err != nil {
			fail("reader: %v", err)
			return
		}
		for {
			if _, err := r.Next(context.Background()); err != nil {
				if !errors.Is(err, io.EOF) {
					fail("next: %v", err)
				}
				break
			}
		}
		_ = r.Close()
	})
	loop(func() {
		if _, err := k.a.Runs(context.Background(), []string{"cam-1", "cam-2"}, start, start.Add(time.Hour)); err != nil {
			fail("runs: %v", err)
		}
		k.a.Note("cam-1", "recording", "", k.clk.Now())
		if _, _, err := k.a.Watch(context.Background()); err != nil {
			fail("watch: %v", err)
		}
	})
	for i := range 4 {
		h, err := k.hold(permit.HoldCrime, start, start.Add(time.Hour), start.Add(90*day), fmt.Sprintf("cam-%d", i))
		if err != nil {
			fail("hold: %v", err)
			continue
		}
		holds = append(holds, h)
	}
	wait.Wait()
	close(stop)
	others.Wait()
	for _, h := range holds[:2] {
		k.release(h)
	}
	k.settle()
	k.sound()
	k.at(k.clk.Now().Add(10 * time.Hour))
	k.sweep()
	if n := k.count("SELECT COUNT(*) FROM segment WHERE camera NOT IN ('cam-2', 'cam-3')"); n != 0 {
		t.Errorf("%d segments left that nothing holds", n)
	}
	k.sound()
}
