package archive

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// isFootage matches the segments' own files.
func isFootage(name string) bool {
	return strings.HasSuffix(name, segment.Open) || strings.HasSuffix(name, segment.Closed) || strings.HasSuffix(name, ".open.tmp")
}

func faultyKit(t *testing.T) (*kit, *durabletest.Faulty) {
	t.Helper()
	f := durabletest.NewFaulty(durable.OS())
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), f, t.TempDir())
	k.open()
	return k, f
}

// mended lets the sealer's retry come, and waits until no file is left open.
func (k *kit) mended(camera string) {
	k.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for len(k.filesOf(camera, segment.Open)) > 0 {
		if time.Now().After(deadline) {
			k.t.Fatal("a segment stays open")
		}
		ctx, cancel := context.WithTimeout(k.ctx(), 50*time.Millisecond)
		if k.clk.Waiters(ctx, 1) == nil {
			k.clk.Advance(mendAgain)
		}
		cancel()
		k.settle()
	}
	k.settle()
}

func TestADiskThatRefusesForAWhile(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5")
	for name, fail := range map[string]struct {
		begin func(*durabletest.Faulty)
		key   string
	}{
		"full":      {func(f *durabletest.Faulty) { f.SetFull(true) }, "disk.full"},
		"read-only": {func(f *durabletest.Faulty) { f.SetReadOnly(true) }, "disk.read-only"},
		"no inodes": {func(f *durabletest.Faulty) { f.SetNoInodes(true) }, "disk.full"},
		"write error": {func(f *durabletest.Faulty) {
			f.FailFrom(durabletest.OpWrite, 1, &fs.PathError{Op: "write", Err: syscall.EIO})
		}, "disk.error"},
		"sync error": {func(f *durabletest.Faulty) {
			f.FailFrom(durabletest.OpSync, 1, &fs.PathError{Op: "fsync", Err: syscall.EIO})
		}, "disk.error"},
		"a short write": {func(f *durabletest.Faulty) { f.ShortWrite(1) }, "disk.error"},
	} {
		t.Run(name, func(t *testing.T) {
			k, f := faultyKit(t)
			c := k.cam(rulesFor("cam-1", 14*day))
			c.record(45 * time.Second)
			k.settle()
			f.Only(isFootage)
			fail.begin(f)
			broke := k.clk.Now()
			opens := f.Count(durabletest.OpOpen)
			refused := 0
			var last error
			// A minute and a half, and until a sync behind the recorder's back is known to fail.
			deadline := time.Now().Add(10 * time.Second)
			for i := 0; i < 180 || refused == 0 && name == "sync error" && time.Now().Before(deadline); i++ {
				if err := c.frame(); err != nil {
					refused++
					last = err
				}
				k.settle()
			}
			if name != "a short write" {
				if refused == 0 || fault.Key(last) != fail.key || !k.alarm(AlarmWrite) {
					t.Errorf("%d refusals, %v, alarm %v", refused, last, k.alarm(AlarmWrite))
				}
				if tried := f.Count(durabletest.OpOpen) - opens; tried > 400 {
					t.Errorf("%d files opened while the disk refuses", tried)
				}
			}
			f.Heal()
			healed := k.clk.Now()
			for range 4 { // to the next key frame
				_ = c.frame()
			}
			c.record(20 * time.Second)
			for deadline := time.Now().Add(10 * time.Second); k.alarm(AlarmWrite) && time.Now().Before(deadline); {
				c.record(c.gop) // until its sync, behind the recorder's back, is known
				k.settle()
			}
			if err := c.r.Stats().Err; err != nil || k.alarm(AlarmWrite) {
				t.Errorf("after the disk is back: %v, alarm %v", err, k.alarm(AlarmWrite))
			}
			c.cut()
			k.mended("cam-1")

			// What was flushed before is there, and what came after; in between
			// nothing that was not sent.
			_, before := k.mustRead("cam-1", start, broke.Add(-4*time.Second))
			for i := range before {
				if !bytes.Equal(before[i], c.sent[i].data) {
					t.Fatalf("picture %d changed", i)
				}
			}
			if len(before) < 78 {
				t.Errorf("%d of 90 pictures from before are left", len(before))
			}
			_, after := k.mustRead("cam-1", healed.Add(4*time.Second), k.clk.Now())
			if len(after) < 36 || !bytes.Equal(after[len(after)-1], c.sent[len(c.sent)-1].data) {
				t.Errorf("%d of 40 pictures from after", len(after))
			}
			k.sound()
		})
	}
}

func TestAFailingDiskOfOneCameraHarmsNoOther(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5")
	k, f := faultyKit(t)
	a, b := k.cam(rulesFor("cam-1", day)), k.cam(rulesFor("cam-2", day))
	f.Only(func(name string) bool { return strings.Contains(name, "/cam-1/") })
	f.FailFrom(durabletest.OpWrite, 4, &fs.PathError{Op: "write", Err: syscall.EIO})
	failed := 0
	for range 100 {
		if a.frame() != nil {
			failed++
		}
		if err := b.frame(); err != nil {
			t.Fatalf("the other camera: %v", err)
		}
	}
	if failed == 0 {
		t.Fatal("nothing failed")
	}
	f.Heal()
	b.cut()
	k.settle()
	_, got := k.mustRead("cam-2", start, k.clk.Now())
	same(t, got, b.sent)
}

func TestAFullDiskDoesNotStopDeletion(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-3", "REC-5")
	k, f := faultyKit(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	k.at(start.Add(day + time.Hour))
	f.Only(func(name string) bool { return !strings.Contains(name, "/keys/") }) // keys are overwritten in place
	f.SetFull(true)
	s, err := k.a.Sweep(k.ctx())
	if s.Unlinked != 1 || s.Erased != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if len(k.filesOf("cam-1", segment.Closed)) != 0 {
		t.Error("the file stays")
	}
	f.Heal()
	k.reopen()
	k.sound()
}

func TestDamageIsReportedAndNeverServed(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-1", "LOG-2")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(3 * time.Minute)
	c.cut()
	k.settle()
	names := k.filesOf("cam-1", segment.Closed)
	path := k.a.path(names[1].Path())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 40; at < len(good); at += len(good)/60 + 1 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x40
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, got, err := k.read("cam-1", start, k.clk.Now())
		for i := range got {
			if !bytes.Equal(got[i], c.sent[i].data) {
				t.Fatalf("byte %d: a changed picture is served", at)
			}
		}
		if err == nil && len(got) != len(c.sent) || err != nil && !fault.Is(err, fault.Corrupt) {
			t.Fatalf("byte %d: %d pictures, %v", at, len(got), err)
		}
		if err != nil && !k.alarm(AlarmCorrupt) {
			t.Fatal("no alarm")
		}
		found := k.checked(DepthHash, true)
		if len(found) == 0 {
			t.Fatalf("byte %d: the check finds nothing", at)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	k.sound()
}

func TestCheckFindsAndRepairOnlyAdopts(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(4 * time.Minute)
	c.cut()
	k.settle()
	names := k.filesOf("cam-1", segment.Closed)
	exec := func(q string, args ...any) {
		t.Helper()
		if err := k.d.Write(k.ctx(), func(tx *db.Tx) error {
			_, err := tx.Exec(k.ctx(), q, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	is := func(depth Depth, repair bool, want ...string) {
		t.Helper()
		got := k.checked(depth, repair)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("found %v, want %v", got, want)
		}
	}
	is(DepthHash, false)

	exec("DELETE FROM segment WHERE id = ?", names[0].ID)
	is(DepthIndex, false, FoundNoRow)
	is(DepthIndex, true, FoundAdopted, FoundNoRow)
	is(DepthHash, false)

	moved := k.a.path(names[1].Path())
	if err := os.Rename(moved, moved+".away"); err != nil {
		t.Fatal(err)
	}
	is(DepthIndex, true, FoundMissing, FoundOther)
	is(DepthIndex, true, FoundMissing, FoundOther) // nothing was repaired away
	if err := os.Rename(moved+".away", moved); err != nil {
		t.Fatal(err)
	}
	exec("UPDATE segment SET due_us = due_us + 1 WHERE id = ?", names[1].ID)
	is(DepthHash, true, FoundDiffers, FoundLedger, FoundName)
	exec("UPDATE segment SET due_us = due_us - 1 WHERE id = ?", names[1].ID)
	exec("DELETE FROM run")
	if got := k.checked(DepthIndex, false); len(got) == 0 || got[0] != FoundRun {
		t.Errorf("without runs: %v", got)
	}

	// Another archive's file, put among ours.
	other := sqlite(t)
	oc := other.cam(rulesFor("cam-1", 14*day))
	oc.record(10 * time.Second)
	oc.cut()
	other.settle()
	n := other.filesOf("cam-1", segment.Closed)[0]
	b, err := os.ReadFile(other.a.path(n.Path()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.a.path(n.Path()), b, 0o600); err != nil {
		t.Fatal(err)
	}
	got := k.checked(DepthIndex, true)
	if got[0] != FoundForeign {
		t.Errorf("found %v", got)
	}
	if !exists(t, k.a.path(n.Path())) || k.count("SELECT COUNT(*) FROM segment WHERE id = ?", n.ID) != 0 {
		t.Error("a repair touched it")
	}
	k.at(start.Add(15 * day))
	k.sweep()
	if !exists(t, k.a.path(n.Path())) {
		t.Error("another archive's file was deleted")
	}
}

func TestEveryFindingHasWords(t *testing.T) {
	t.Parallel()
	for _, key := range []string{FoundNoRow, FoundMissing, FoundOpen, FoundDamaged, FoundDiffers, FoundName, FoundHash,
		FoundLedger, FoundNoKey, FoundForeign, FoundSidecar, FoundOther, FoundRun, FoundAdopted} {
		f := Finding{Key: key, Camera: "cam-1", Path: filepath.Join("cam-1", "x")}
		da, en := f.Text("da"), f.Text("en")
		if da == en || strings.Contains(da, key) || !strings.HasPrefix(da, "Kamera cam-1: ") || !strings.HasPrefix(en, "Camera cam-1: ") {
			t.Errorf("%s: %q, %q", key, da, en)
		}
	}
}
