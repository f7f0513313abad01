package archive

import (
	"io/fs"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// at moves the clock to a moment.
func (k *kit) at(t time.Time) { k.clk.Advance(t.Sub(k.clk.Now())) }

func TestFootageIsGoneWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-2", "KEEP-3", "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKit(t, d)
		c := k.cam(rulesFor("cam-1", 14*day))
		c.record(90 * time.Second)
		c.cut()
		k.settle()
		end := k.clk.Now()
		period := keys.PeriodAt("cam-1", start, permit.ClassCrime)

		k.at(start.Add(14*day - time.Second))
		if s := k.sweep(); s.Condemned != 0 || s.Erased != 0 {
			t.Fatalf("a second early: %+v", s)
		}
		_, got := k.mustRead("cam-1", start, end)
		same(t, got, c.sent)

		// Due, and not swept: no longer there for anybody.
		k.at(start.Add(14 * day))
		if frags, _ := k.mustRead("cam-1", start, start.Add(30*time.Second)); len(frags) != 0 {
			t.Fatal("footage past its time is read")
		}
		if frags, _ := k.mustRead("cam-1", start, end); len(frags) == 0 {
			t.Fatal("what is not due yet is refused")
		}
		if s := k.sweep(); s.Condemned != 1 || s.Unlinked != 1 || s.Erased != 0 {
			t.Fatalf("at the first one's time: %+v", s)
		}
		if runs, err := k.a.Runs(k.ctx(), []string{"cam-1"}, start, end); err != nil || len(runs) != 1 || runs[0].From.Before(start.Add(39*time.Second)) {
			t.Errorf("runs %+v, %v", runs, err)
		}
		if _, err := k.keys.Lookup(period); err != nil {
			t.Errorf("the hour's key, with a segment still to keep: %v", err)
		}
		k.at(end.Add(14*day + time.Second))
		if s := k.sweep(); s.Condemned != 1 || s.Erased != 1 || s.Failed != 0 {
			t.Fatalf("at the last one's time: %+v", s)
		}
		if _, err := k.keys.Lookup(period); fault.Key(err) != "key.erased" {
			t.Errorf("the hour's key: %v", err)
		}
		if files := k.filesOf("cam-1", segment.Closed); len(files) != 0 {
			t.Errorf("files left: %v", files)
		}
		if n := k.count("SELECT COUNT(*) FROM segment") + k.count("SELECT COUNT(*) FROM run"); n != 0 {
			t.Errorf("%d rows left", n)
		}
		if n := len(k.kinds("deletion.intended")); n != 2 {
			t.Errorf("%d intents", n)
		}
		if n := len(k.kinds("deletion.done")); n != 2 {
			t.Errorf("%d proofs", n)
		}
		if n := len(k.kinds("key.erased")); n != 1 {
			t.Errorf("%d erasures", n)
		}
		list, err := k.a.Deletions(k.ctx(), start.Add(13*day), start.Add(15*day))
		if err != nil || len(list) != 1 || list[0].State != "done" || list[0].Segments != 2 || list[0].Bytes == 0 || list[0].Erased.IsZero() || list[0].Rule != "retention" {
			t.Errorf("deletions %+v, %v", list, err)
		}
		tallies, err := k.a.Tallies(k.ctx(), start.Add(-time.Hour), start.Add(15*day))
		if err != nil || len(tallies) != 1 || tallies[0].Recorded < 20*time.Second || tallies[0].Recorded > time.Hour || tallies[0].Due != 1 || tallies[0].Done != 1 || tallies[0].Late != 0 || tallies[0].Files != 2 ||
			tallies[0].Worst <= 0 || tallies[0].Worst > time.Minute || !tallies[0].Last.Equal(k.clk.Now()) || tallies[0].Proofs[0] < 0 || tallies[0].Proofs[1] < tallies[0].Proofs[0] || tallies[0].Held+tallies[0].Freed != 0 {
			t.Errorf("in figures %+v, %v", tallies, err)
		}
		if late, err := k.a.Late(k.ctx(), start, start.Add(16*day)); err != nil || len(late) != 0 {
			t.Errorf("late %+v, %v", late, err)
		}
		k.sound()
		k.reopen()
		if k.rec.Adopted+k.rec.Replayed+k.rec.Mended != 0 {
			t.Errorf("a quiet restart recovered %+v", k.rec)
		}
	})
}

func TestThirtyDaysEndTwelveHoursEarly(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-2")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 30*day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	k.at(start.Add(30*day - 12*time.Hour - time.Second))
	if s := k.sweep(); s.Condemned != 0 {
		t.Fatalf("early: %+v", s)
	}
	k.at(start.Add(30*day - 12*time.Hour))
	if s := k.sweep(); s.Condemned != 1 || s.Erased != 1 {
		t.Fatalf("due: %+v", s)
	}
	list, err := k.a.Deletions(k.ctx(), start, k.clk.Now().Add(day))
	if err != nil || len(list) != 1 || list[0].Rule != "limit" {
		t.Errorf("deletions %+v, %v", list, err)
	}
}

func TestACameraThatIsGoneStillHasItsFootageDeleted(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 2*day))
	c.record(10 * time.Second)
	c.cut()
	k.reopen() // nobody asks for its recorder again
	k.at(start.Add(2*day + time.Minute))
	if s := k.sweep(); s.Condemned != 1 || s.Erased != 1 {
		t.Errorf("%+v", s)
	}
	if len(k.filesOf("cam-1", segment.Closed)) != 0 {
		t.Error("its file stays")
	}
}

func TestAFileThatCannotBeRemovedIsAnAlarmAndUnreadable(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3")
	faulty := durabletest.NewFaulty(durable.OS())
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), faulty, t.TempDir())
	k.open()
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	k.at(start.Add(day + time.Minute))
	faulty.Only(func(name string) bool { return name != "" && len(name) > 5 && name[len(name)-5:] == segment.Closed })
	faulty.FailFrom(durabletest.OpRemove, 1, &fs.PathError{Op: "unlink", Err: syscall.EIO})
	s := k.sweep()
	if s.Failed != 1 || s.Unlinked != 0 || s.Erased != 1 || !k.alarm(AlarmUnlink) {
		t.Fatalf("%+v, alarm %v", s, k.alarm(AlarmUnlink))
	}
	if frags, _ := k.mustRead("cam-1", start, start.Add(time.Minute)); len(frags) != 0 {
		t.Error("still served")
	}
	if _, err := k.keys.Lookup(keys.PeriodAt("cam-1", start, permit.ClassCrime)); fault.Key(err) != "key.erased" {
		t.Errorf("the key must go although the file stays: %v", err)
	}
	list, err := k.a.Deletions(k.ctx(), start, k.clk.Now())
	if err != nil || len(list) != 1 || list[0].State != "late" {
		t.Errorf("deletions %+v, %v", list, err)
	}
	k.clk.Advance(time.Hour)
	if late, err := k.a.Tallies(k.ctx(), start, k.clk.Now()); err != nil || len(late) != 1 || late[0].Due != 1 || late[0].Done != 0 || late[0].Late != 1 || late[0].Recorded != 10*time.Second {
		t.Errorf("in figures %+v, %v", late, err)
	}
	if late, err := k.a.Late(k.ctx(), start, k.clk.Now()); err != nil || len(late) != 1 || late[0].State != "late" || late[0].Problem == "" || !late[0].Done.IsZero() {
		t.Errorf("not deleted, and why: %+v, %v", late, err)
	}
	if n := k.count("SELECT COUNT(*) FROM late WHERE tries >= 1"); n != 1 {
		t.Errorf("%d on the late list", n)
	}
	faulty.Heal()
	if s := k.sweep(); s.Unlinked != 1 || k.alarm(AlarmUnlink) {
		t.Errorf("retried: %+v, alarm %v", s, k.alarm(AlarmUnlink))
	}
	if n := k.count("SELECT COUNT(*) FROM late") + k.count("SELECT COUNT(*) FROM segment"); n != 0 {
		t.Errorf("%d rows left", n)
	}
	if late, err := k.a.Late(k.ctx(), start, k.clk.Now()); err != nil || len(late) != 1 || late[0].State != "done" || late[0].Done.Sub(late[0].Due) < time.Hour {
		t.Errorf("deleted late: %+v, %v", late, err)
	}
	if in, err := k.a.Tallies(k.ctx(), start, k.clk.Now()); err != nil || len(in) != 1 || in[0].Worst < time.Hour || in[0].Late != 1 || in[0].Done != 1 {
		t.Errorf("deleted late, in figures: %+v, %v", in, err)
	}
	k.sound()
}

// stated is a trusted clock that says whether it waits for a second opinion.
type stated struct {
	*clock.Fake
	held *bool
}

func (s stated) State() (held bool, since time.Time, synced bool) { return *s.held, time.Time{}, false }

func TestAHeldClockStopsDeletionForTwelveHoursAtMost(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3")
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), durable.OS(), t.TempDir())
	held := true
	k.trust = stated{k.clk, &held}
	k.open()
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	k.at(start.Add(day + time.Minute))
	if s := k.sweep(); !s.Waiting || s.Condemned != 0 {
		t.Fatalf("%+v", s)
	}
	k.clk.Advance(12*time.Hour - time.Second)
	if s := k.sweep(); !s.Waiting {
		t.Fatalf("before twelve hours: %+v", s)
	}
	k.clk.Advance(time.Second)
	if s := k.sweep(); s.Waiting || s.Condemned != 1 {
		t.Fatalf("after twelve hours: %+v", s)
	}
	held = false
	k.sweep()
	held = true
	if s := k.sweep(); !s.Waiting {
		t.Errorf("held anew: %+v", s)
	}
}

func TestTheWatchdogSeesOnTheDiskWhatTheSweepMissed(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	oldest, late, err := k.a.Watch(k.ctx())
	if err != nil || late != 0 || !oldest.Equal(start) {
		t.Fatalf("oldest %v, late %d, %v", oldest, late, err)
	}
	// The index forgets the segment: a sweep that believes it has nothing to do.
	if err := k.d.Write(k.ctx(), func(tx *db.Tx) error {
		_, err := tx.Exec(k.ctx(), "DELETE FROM segment")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(day + time.Hour + time.Minute))
	if _, late, err = k.a.Watch(k.ctx()); err != nil || late != 1 || !k.alarm(AlarmLate) {
		t.Fatalf("late %d, %v, alarm %v", late, err, k.alarm(AlarmLate))
	}
	if s := k.sweep(); s.Condemned != 1 || s.Erased != 1 {
		t.Errorf("the next sweep: %+v", s)
	}
	if oldest, late, err = k.a.Watch(k.ctx()); err != nil || late != 0 || !oldest.IsZero() || k.alarm(AlarmLate) {
		t.Errorf("oldest %v, late %d, %v", oldest, late, err)
	}
}

func TestAnUnusedKeyIsErasedToo(t *testing.T) {
	t.Parallel()
	k := sqlite(t)
	if _, err := k.keys.Period(keys.PeriodAt("cam-9", start, permit.ClassCrime)); err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(2 * time.Hour))
	if s := k.sweep(); s.Erased != 1 || len(k.keys.Periods()) != 0 {
		t.Errorf("%+v", s)
	}
	if n := len(k.kinds("key.erased")); n != 0 {
		t.Errorf("%d entries for a key that wrapped nothing", n)
	}
}
