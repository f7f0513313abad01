package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func TestFaultMapsErrno(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind fault.Kind
		key  string
	}{
		{syscall.ENOSPC, fault.Exhausted, "disk.full"},
		{syscall.EDQUOT, fault.Exhausted, "disk.full"},
		{syscall.EROFS, fault.Unavailable, "disk.read-only"},
		{syscall.EIO, fault.Unavailable, "disk.error"},
		{syscall.ENODEV, fault.Unavailable, "disk.error"},
		{syscall.EINVAL, fault.Internal, "internal"},
	} {
		err := durable.Fault(&fs.PathError{Op: "write", Path: "/x", Err: c.err})
		if fault.Of(err) != c.kind || fault.Key(err) != c.key {
			t.Errorf("%v: got %v %q, want %v %q", c.err, fault.Of(err), fault.Key(err), c.kind, c.key)
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%v is no longer in the chain", c.err)
		}
		if again := durable.Fault(err); again.Error() != err.Error() {
			t.Errorf("mapped twice: %v", again)
		}
	}
	if durable.Fault(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestDroppingCacheLosesNothing(t *testing.T) {
	f, err := durable.OS().OpenFile(filepath.Join(t.TempDir(), "f"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := bytes.Repeat([]byte("footage "), 1<<18)
	drop, ok := f.(durable.PartDropper)
	if !ok {
		t.Fatal("a file of the machine's own cannot forget")
	}
	for at := 0; at < len(want); at += len(want) / 4 {
		if _, err := f.Write(want[at : at+len(want)/4]); err != nil {
			t.Fatal(err)
		}
		if err := drop.DropPart(0, int64(at)); err != nil { // half of it not synced
			t.Fatal(err)
		}
		if at == len(want)/2 {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := make([]byte, len(want))
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("what was written is not what is read: %v", err)
	}
}

// write is what crash tests do to a file system; broken writers leave a step out.
type write func(f durable.FS, name string, data []byte) error

func properly(f durable.FS, name string, data []byte) error {
	return durable.WriteFile(f, name, data, 0o600)
}

func withoutDirSync(f durable.FS, name string, data []byte) error {
	return steps(f, name, data, true, false)
}

func withoutFileSync(f durable.FS, name string, data []byte) error {
	return steps(f, name, data, false, true)
}

func steps(f durable.FS, name string, data []byte, syncFile, syncDir bool) error {
	file, err := f.OpenFile(name+".t", os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	if syncFile {
		if err := file.Sync(); err != nil {
			return err
		}
	}
	if err := errors.Join(file.Close(), f.Rename(name+".t", name)); err != nil || !syncDir {
		return err
	}
	return f.SyncDir(filepath.Dir(name))
}

// harm replaces a file, cuts the power before the n-th step, and says what is
// wrong with what is left.
func harm(seed uint64, n int, w write) (problem string, done bool) {
	older, newer := bytes.Repeat([]byte("old "), 700), bytes.Repeat([]byte("newer "), 900)
	c := durabletest.NewCrash(seed)
	if err := errors.Join(c.MkdirAll("/d", 0o700), properly(c, "/d/x", older)); err != nil {
		return err.Error(), true
	}
	c.CrashAfter(n)
	err := w(c, "/d/x", newer)
	done = !c.Crashed()
	got, readErr := durable.ReadFile(c.Crash(), "/d/x")
	switch {
	case readErr != nil:
		return readErr.Error(), done
	case err == nil && !bytes.Equal(got, newer):
		return "reported as done, and lost", done
	case !bytes.Equal(got, newer) && !bytes.Equal(got, older):
		return fmt.Sprintf("%d bytes that are neither the old nor the new", len(got)), done
	}
	return "", done
}

func TestWriteFileSurvivesCrashAtEveryStep(t *testing.T) {
	req.Shows(t, "REC-5")
	find := func(w write) string {
		for seed := range uint64(150) {
			for n := 0; ; n++ {
				problem, done := harm(seed, n, w)
				if problem != "" {
					return fmt.Sprintf("seed %d, power cut before step %d: %s", seed, n, problem)
				}
				if done {
					break
				}
			}
		}
		return ""
	}
	if p := find(properly); p != "" {
		t.Error(p)
	}
	// The crash file system must see what is wrong with these.
	if find(withoutFileSync) == "" {
		t.Error("a missing file sync was not found")
	}
	if find(withoutDirSync) == "" {
		t.Error("a missing directory sync was not found")
	}
}

func TestWriteFileLeavesNothingBehindOnFailure(t *testing.T) {
	for _, op := range []durabletest.Op{durabletest.OpCreate, durabletest.OpWrite, durabletest.OpSync, durabletest.OpRename} {
		f := durabletest.NewFaulty(durabletest.NewCrash(1))
		f.FailNth(op, 1, syscall.ENOSPC)
		err := durable.WriteFile(f, "/x", []byte("data"), 0o600)
		if !fault.Is(err, fault.Exhausted) {
			t.Errorf("op %d: got %v", op, err)
		}
		if left, _ := f.ReadDir("/"); len(left) != 0 {
			t.Errorf("op %d left %v", op, left)
		}
	}
}

func TestOS(t *testing.T) {
	f, dir := durable.OS(), t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	for range 2 { // the second time it is there
		if err := f.MkdirAll(deep, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(deep, "x")
	for _, text := range []string{"first, and longer", "second"} {
		if err := durable.WriteFile(f, name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := durable.ReadFile(f, name); err != nil || string(got) != text {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if err := f.MkdirAll(filepath.Join(name, "below"), 0o700); err == nil {
		t.Error("made a directory below a file")
	}
	entries, err := f.ReadDir(deep)
	if err != nil || len(entries) != 1 || entries[0].Name() != "x" {
		t.Errorf("got %v, %v", entries, err)
	}
	if err := f.Rename(name, name+"2"); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(f.Remove(name+"2"), f.SyncDir(deep)); err != nil {
		t.Error(err)
	}
	u, err := f.Usage(dir)
	if err != nil || u.Total == 0 || u.Free > u.Total || u.Type == "" {
		t.Errorf("got %+v, %v", u, err)
	}
	if file, err := f.OpenFile(filepath.Join(dir, "nothing"), os.O_RDONLY, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, %v", file, err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	release, err := durable.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Lock(dir); !fault.Is(err, fault.Conflict) || fault.Key(err) != "dir.locked" {
		t.Errorf("a second lock: %v", err)
	}
	release()
	again, err := durable.Lock(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again()
	if _, err := durable.Lock(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestCopyOnWrite(t *testing.T) {
	for kind, want := range map[string]bool{"ext4": false, "xfs": false, "btrfs": true, "zfs": true} {
		if got := (durable.Usage{Type: kind}).CopyOnWrite(); got != want {
			t.Errorf("%s: got %v", kind, got)
		}
	}
}
