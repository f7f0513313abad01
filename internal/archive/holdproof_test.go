package archive

import (
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestAKeyIsNotErasedBeforeWhatIsHeldIsProved(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	faulty := durabletest.NewFaulty(durable.OS())
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), faulty, t.TempDir())
	k.open()
	c := k.cam(rulesFor("cam-1", day))
	c.record(2 * time.Minute)
	c.cut()
	k.settle()
	if _, err := k.hold(permit.HoldCrime, start, start.Add(10*time.Second), start.Add(90*day), "cam-1"); err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(day + time.Hour))
	faulty.Only(func(name string) bool { return strings.Contains(name, segment.Held) })
	faulty.FailFrom(durabletest.OpSync, 1, &fs.PathError{Op: "fsync", Err: syscall.EIO})
	s, err := k.a.Sweep(k.ctx())
	if err == nil || s.Unlinked != 2 || s.Erased != 0 || !k.alarm(AlarmProof) {
		t.Fatalf("%+v, %v, alarm %v", s, err, k.alarm(AlarmProof))
	}
	if _, got := k.mustRead("cam-1", start, start.Add(10*time.Second)); len(got) == 0 {
		t.Error("held footage is not readable")
	}
	faulty.Heal()
	if s := k.sweep(); s.Erased != 1 || k.alarm(AlarmProof) {
		t.Errorf("%+v", s)
	}
	if _, got := k.mustRead("cam-1", start, start.Add(10*time.Second)); len(got) == 0 {
		t.Error("held footage is not readable by the hold's key")
	}
}

func TestAForgedOrDamagedHoldFileIsAnAlarm(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	h, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), start.Add(90*day), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	// A release that says nothing does not release.
	if err := os.WriteFile(k.a.path(holdsDir, string(h.ID)+fileRelease), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.reopen()
	if !k.alarm(AlarmHoldFile) {
		t.Error("no alarm")
	}
	k.at(start.Add(2 * day))
	k.sweep()
	if _, got := k.mustRead("cam-1", start, start.Add(time.Minute)); len(got) != len(c.sent) {
		t.Error("a damaged release let the footage go")
	}
}

func TestAHoldAndASweepNeverMeetHalfWay(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKit(t, d)
		const rounds = 6
		for i := range rounds {
			rules := rulesFor("cam-1", time.Duration(i+1)*time.Hour)
			from := k.clk.Now()
			c := k.cam(rules)
			c.record(time.Minute)
			c.cut()
			k.settle()
			k.at(from.Add(rules.Retention + 2*time.Minute))
			var wait sync.WaitGroup
			var holdErr error
			wait.Add(2)
			go func() {
				defer wait.Done()
				_, holdErr = k.hold(permit.HoldCrime, from, from.Add(time.Minute), k.clk.Now().Add(90*day), "cam-1")
			}()
			go func() {
				defer wait.Done()
				if _, err := k.a.Sweep(k.ctx()); err != nil {
					t.Errorf("sweep: %v", err)
				}
			}()
			wait.Wait()
			_, got := k.mustRead("cam-1", from, from.Add(time.Minute))
			switch {
			case holdErr == nil && len(got) != len(c.sent):
				t.Fatalf("round %d: held, and %d of %d pictures are there", i, len(got), len(c.sent))
			case holdErr != nil && (fault.Key(holdErr) != "hold.deleted" || len(got) != 0):
				t.Fatalf("round %d: %v, and %d pictures are there", i, holdErr, len(got))
			}
		}
		k.sound()
	})
}

// A disk that cannot be read for a moment must not cost held footage its key.
func TestAKeyIsNotErasedWhileHeldFootageCannotBeRead(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k, faulty := faultyKit(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(30 * time.Second)
	c.cut()
	k.settle()
	if _, err := k.hold(permit.HoldCrime, start, start.Add(10*time.Second), start.Add(90*day), "cam-1"); err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(day + time.Hour))
	faulty.Only(func(name string) bool { return strings.HasSuffix(name, segment.Closed) })
	faulty.FailFrom(durabletest.OpOpen, 1, syscall.EIO)
	s, err := k.a.Sweep(k.ctx())
	if err == nil || s.Erased != 0 || !k.alarm(AlarmProof) {
		t.Fatalf("%+v, %v, alarm %v", s, err, k.alarm(AlarmProof))
	}
	faulty.Heal()
	if s := k.sweep(); s.Erased != 1 || k.alarm(AlarmProof) {
		t.Errorf("%+v", s)
	}
	if _, got := k.mustRead("cam-1", start, start.Add(10*time.Second)); len(got) == 0 {
		t.Error("held footage is not readable by the hold's key")
	}
}
