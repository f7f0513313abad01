package archive

import (
	"errors"
	"io"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestErasedFootageStaysErasedWhenAnOldDatabaseIsRestored(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-3", "KEEP-6")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(3 * time.Minute)
	c.cut()
	k.settle()
	k.close()
	backup := k.backup()
	k.open()
	c = k.cam(rulesFor("cam-1", 5*day))
	c.record(10 * time.Second) // after the backup
	c.cut()
	k.settle()
	later := c.sent[0].at
	h, err := k.hold(permit.HoldCrime, later, later.Add(time.Minute), start.Add(100*day), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(day + time.Hour))
	if s := k.sweep(); s.Condemned == 0 {
		t.Fatalf("%+v", s)
	}
	k.close()
	k.restore(backup)
	k.open()
	if k.rec.Replayed == 0 || k.rec.Adopted != 1 {
		t.Errorf("recovery %+v", k.rec)
	}
	if n := k.count("SELECT COUNT(*) FROM segment"); n != 1 {
		t.Errorf("%d rows: what was deleted is back, or what was recorded is gone", n)
	}
	if n := k.count("SELECT COUNT(*) FROM held_segment WHERE hold = ?", string(h.ID)); n != 1 {
		t.Errorf("the hold keeps %d segments", n)
	}
	if runs, err := k.a.Runs(k.ctx(), []string{"cam-1"}, start.Add(-day), start.Add(3*day)); err != nil || len(runs) != 1 || !runs[0].Held {
		t.Errorf("runs %+v, %v", runs, err)
	}
	k.at(start.Add(40 * day))
	k.sweep()
	_, got := k.mustRead("cam-1", later, later.Add(time.Minute))
	same(t, got, c.sent)
	k.sound()
}

func TestALostDatabaseDeletesNothingAndIsBuiltAnew(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-3", "KEEP-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(3 * time.Minute)
	c.cut()
	k.settle()
	segments := k.count("SELECT COUNT(*) FROM segment")
	k.close()
	k.d = dbtest.Open(t, dbtest.SQLite(t))
	k.open()
	if k.rec.Adopted != int(segments) {
		t.Errorf("recovery %+v", k.rec)
	}
	if s := k.sweep(); s.Condemned != 0 || s.Erased != 0 {
		t.Errorf("a sweep over a new database: %+v", s)
	}
	_, got := k.mustRead("cam-1", start, k.clk.Now())
	same(t, got, c.sent)
	if n := len(k.kinds("segment.adopted")); n != int(segments) {
		t.Errorf("%d entries", n)
	}
	k.sound()
	k.at(start.Add(15 * day))
	if s := k.sweep(); s.Condemned != int(segments) || s.Erased != 1 {
		t.Errorf("and in its time: %+v", s)
	}
}

func TestADirectoryAndADatabaseThatDoNotKnowEachOther(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3", "OPS-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(10 * time.Second)
	c.cut()
	k.close()

	other := sqlite(t)
	other.close()
	mine := k.d
	k.d = other.d
	if err := k.tryOpen(); fault.Key(err) != "archive.foreign" || !fault.Is(err, fault.Conflict) {
		t.Errorf("another archive's database: %v", err)
	}
	k.close()
	k.d = mine
	dir := k.dir
	k.dir = t.TempDir() // the disk is not mounted
	if err := k.tryOpen(); fault.Key(err) != "archive.foreign" {
		t.Errorf("an empty directory for a database that has an archive: %v", err)
	}
	k.close()
	k.dir = dir
	k.open()
	if err := durable.OS().Remove(k.a.path(identityFile)); err != nil {
		t.Fatal(err)
	}
	k.close()
	if err := k.tryOpen(); fault.Key(err) != "archive.foreign" {
		t.Errorf("footage without its identity: %v", err)
	}
	if len(k.dirFiles("cam-1")) == 0 {
		t.Error("footage was touched")
	}
}

func TestWhoLooksSlowlySeesNothingPastItsTime(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-2", "KEEP-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Minute)
	c.cut()
	k.settle()
	k.at(start.Add(day - time.Minute))
	r, err := k.a.Reader(k.ctx(), "cam-1", start, start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(k.ctx()); err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(day + 5*time.Minute))
	f, err := r.Next(k.ctx())
	if err != nil || !f.Due.After(k.clk.Now()) {
		t.Errorf("due at %v, served at %v, %v", f.Due, k.clk.Now(), err)
	}
	k.at(start.Add(2 * day))
	if _, err := r.Next(k.ctx()); !errors.Is(err, io.EOF) {
		t.Errorf("and after all of it is due: %v", err)
	}
	if at, err := k.a.Oldest(k.ctx(), "cam-1"); err != nil || !at.IsZero() {
		t.Errorf("oldest %v, %v", at, err)
	}
}

func TestTheNextHoursKeyIsThereBeforeTheHour(t *testing.T) {
	t.Parallel()
	k := sqlite(t)
	k.at(start.Add(40 * time.Minute))
	c := k.cam(rulesFor("cam-1", day))
	c.record(3 * time.Minute)
	k.settle()
	next := keys.PeriodAt("cam-1", start.Add(time.Hour), permit.ClassCrime)
	if _, err := k.keys.Lookup(next); err != nil {
		t.Errorf("the next hour's key: %v", err)
	}
	c.record(20 * time.Minute)
	c.cut()
	k.settle()
	for _, n := range k.filesOf("cam-1", segment.Closed) {
		h, _, _, err := k.a.about(n)
		if err != nil || h.Hour != segment.Hour(h.Start) {
			t.Errorf("%s: hour %d, %v", n.Path(), h.Hour, err)
		}
	}
	if at, err := k.a.Oldest(k.ctx(), "cam-1"); err != nil || !at.Equal(c.sent[0].at) {
		t.Errorf("oldest %v, %v", at, err)
	}
	if n := k.count("SELECT COUNT(*) FROM run"); n != 1 {
		t.Errorf("%d stretches over the change of hour", n)
	}
}

func TestManyFilesAreAdoptedBehindTheRecordersBack(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-3", "REC-5")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	const many = adoptAtOnce + 40
	for range many {
		if err := c.r.Start(rulesFor("cam-1", 14*day), []media.Track{pictures(t)}); err != nil {
			t.Fatal(err)
		}
		c.record(2 * time.Second)
	}
	c.cut()
	k.settle()
	k.close()
	k.d = dbtest.Open(t, dbtest.SQLite(t))
	k.open()
	if k.rec.Adopted < adoptAtOnce || k.rec.Adopted+k.rec.Adopting != many || k.rec.Adopting == 0 {
		t.Errorf("recovery %+v", k.rec)
	}
	k.settle()
	if k.alarm(AlarmAdopting) {
		t.Error("still adopting")
	}
	_, got := k.mustRead("cam-1", start, k.clk.Now())
	same(t, got, c.sent)
	k.sound()
}
