package durabletest_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, f durable.FS, name string) durable.File {
	t.Helper()
	file, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	return file
}

// TestLikeOS does the same things to the crash file system and to the
// machine's own, and compares what each says.
func TestLikeOS(t *testing.T) {
	do := func(f durable.FS, root string) (log []string) {
		say := func(what string, err error) {
			var no syscall.Errno
			switch {
			case errors.As(err, &no):
				what += ": " + no.Error()
			case err != nil:
				what += ": " + err.Error()
			}
			log = append(log, what)
		}
		say("mkdir", f.MkdirAll(root+"/a/b", 0o700))
		file, err := f.OpenFile(root+"/a/b/x", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		say("create", err)
		_, err = file.Write([]byte("hello"))
		say("write", err)
		_, err = file.WriteAt([]byte("J"), 0)
		say("write at", err)
		_, err = file.WriteAt([]byte("far"), 8)
		say("write far", err)
		got := make([]byte, 20)
		n, err := file.ReadAt(got, 1)
		say(string(got[:n]), err)
		_, err = file.ReadAt(got, 50)
		say("past the end", err)
		say("truncate", file.Truncate(4))
		info, err := file.Stat()
		say(info.Name()+" "+string(rune('0'+info.Size())), err)
		say("close", errors.Join(file.Sync(), file.Close()))
		_, err = f.OpenFile(root+"/a/b/x", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		say("create again", err)
		_, err = f.OpenFile(root+"/none/x", os.O_RDWR|os.O_CREATE, 0o600)
		say("create nowhere", err)
		_, err = f.OpenFile(root+"/a/b/x/y", os.O_RDONLY, 0)
		say("below a file", err)
		_, err = f.OpenFile(root+"/a/b", os.O_RDWR, 0)
		say("write a directory", err)
		say("rename missing", f.Rename(root+"/a/b/q", root+"/a/b/r"))
		say("rename", f.Rename(root+"/a/b/x", root+"/a/y"))
		say("remove full", f.Remove(root+"/a"))
		say("remove", f.Remove(root+"/a/y"))
		say("remove missing", f.Remove(root+"/a/y"))
		_, err = f.ReadDir(root + "/a/y")
		say("read missing", err)
		entries, err := f.ReadDir(root + "/a")
		say(entries[0].Name(), err)
		file, err = f.OpenFile(root+"/a/log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		say("append", err)
		_, err = file.Write([]byte("one"))
		say("append", err)
		_, err = file.Write([]byte("two"))
		say("append", errors.Join(err, file.Close()))
		file, err = f.OpenFile(root+"/a/log", os.O_RDONLY, 0)
		say("read", err)
		all, err := io.ReadAll(file)
		say(string(all), err)
		_, err = file.Write([]byte("x"))
		say("write what is read only", err)
		say("close", file.Close())
		file, err = f.OpenFile(root+"/a/log", os.O_WRONLY|os.O_TRUNC, 0)
		say("shorten", errors.Join(err, file.Close()))
		info, err = f.Stat(root + "/a/log")
		say(string(rune('0'+info.Size())), err)
		say("sync", f.SyncDir(root+"/a"))
		say("sync missing", f.SyncDir(root+"/q"))
		return log
	}
	real, crash := do(durable.OS(), t.TempDir()), do(durabletest.NewCrash(1), "/root")
	if len(real) != len(crash) {
		t.Fatalf("%d and %d lines", len(real), len(crash))
	}
	for i := range real {
		if real[i] != crash[i] {
			t.Errorf("the machine says %q, the crash file system %q", real[i], crash[i])
		}
	}
}

// TestCrashLosesEveryKind: over some seeds each kind of loss happens, and
// each thing also survives: a crash file system that loses nothing, or
// always all, tests nothing.
func TestCrashLosesEveryKind(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		c := durabletest.NewCrash(seed)
		must(t, durable.WriteFile(c, "/synced", bytes.Repeat([]byte{1}, 2048), 0o600))
		file := create(t, c, "/synced")
		for range 2 {
			_, err := file.WriteAt(bytes.Repeat([]byte{2}, 2048), 0)
			must(t, err)
		}
		_, err := file.WriteAt(bytes.Repeat([]byte{3}, 2048), 1024)
		must(t, err)
		gone := create(t, c, "/gone")
		must(t, gone.Sync(), c.Rename("/gone", "/moved"))
		left := c.Crash()
		if _, err := c.Stat("/synced"); !errors.Is(err, durabletest.ErrCrashed) {
			t.Fatalf("the old file system still answers: %v", err)
		}
		if err := file.Sync(); !errors.Is(err, durabletest.ErrCrashed) {
			t.Fatalf("an old file still answers: %v", err)
		}
		got, err := durable.ReadFile(left, "/synced")
		must(t, err)
		seen[map[int]string{2048: "old size", 3072: "new size"}[len(got)]] = true
		seen["first sector "+string(rune('0'+got[0]))] = true
		seen["third sector "+string(rune('0'+got[1024]))] = true
		if got[0] != got[512] {
			seen["torn"] = true
		}
		for _, name := range []string{"/gone", "/moved"} {
			if _, err := left.Stat(name); err == nil {
				seen[name] = true
			}
		}
		if a, b := seen["/gone"], seen["/moved"]; !a && !b {
			seen["neither"] = true
		}
		// The same seed loses the same.
	}
	for _, want := range []string{"old size", "new size", "first sector 1", "first sector 2",
		"third sector 1", "third sector 2", "third sector 3", "torn", "/gone", "/moved", "neither"} {
		if !seen[want] {
			t.Errorf("never seen: %s", want)
		}
	}
}

func TestSameSeedSameLoss(t *testing.T) {
	run := func() []byte {
		c := durabletest.NewCrash(7)
		must(t, durable.WriteFile(c, "/x", make([]byte, 9000), 0o600))
		file := create(t, c, "/x")
		_, err := file.WriteAt(bytes.Repeat([]byte{9}, 9000), 3000)
		must(t, err)
		got, err := durable.ReadFile(c.Crash(), "/x")
		must(t, err)
		return got
	}
	if !bytes.Equal(run(), run()) {
		t.Error("two runs of one seed differ")
	}
}

func TestGrepFindsWhatMayComeBack(t *testing.T) {
	c := durabletest.NewCrash(1)
	must(t, durable.WriteFile(c, "/x", []byte("secret"), 0o600))
	has := func(b []byte) bool { return bytes.Contains(b, []byte("secret")) }
	file := create(t, c, "/x")
	_, err := file.WriteAt([]byte("------"), 0)
	must(t, err)
	if len(c.Grep(has)) == 0 {
		t.Error("overwritten and not synced: the old bytes may come back")
	}
	must(t, file.Sync())
	if found := c.Grep(has); len(found) != 0 {
		t.Errorf("still in %v", found)
	}
}

func TestFaulty(t *testing.T) {
	f := durabletest.NewFaulty(durabletest.NewCrash(1))
	file := create(t, f, "/x")
	_, err := file.Write([]byte("12345678"))
	must(t, err)

	f.FailNth(durabletest.OpSync, 2, syscall.EIO)
	must(t, file.Sync())
	if err := file.Sync(); fault.Key(err) != "disk.error" {
		t.Errorf("second sync: %v", err)
	}
	must(t, file.Sync())

	f.LoseWrite(1)
	if n, err := file.WriteAt([]byte("abcd"), 0); n != 4 || err != nil {
		t.Errorf("a lost write says %d, %v", n, err)
	}
	f.ShortWrite(1)
	if n, err := file.WriteAt([]byte("ABCD"), 4); n != 2 || fault.Key(err) != "disk.full" {
		t.Errorf("a short write says %d, %v", n, err)
	}
	if got, _ := durable.ReadFile(f, "/x"); string(got) != "1234AB78" {
		t.Errorf("got %q", got)
	}

	f.SetNoInodes(true)
	if _, err := f.OpenFile("/y", os.O_CREATE|os.O_RDWR, 0o600); fault.Key(err) != "disk.full" {
		t.Errorf("no inodes: %v", err)
	}
	if _, err := file.WriteAt([]byte("9"), 0); err != nil {
		t.Errorf("no inodes, a file that is there: %v", err)
	}
	f.Heal()
	f.SetReadOnly(true)
	for what, err := range map[string]error{
		"rename": f.Rename("/x", "/z"), "remove": f.Remove("/x"), "mkdir": f.MkdirAll("/d", 0o700),
		"sync dir": f.SyncDir("/"), "truncate": file.Truncate(0), "sync": file.Sync(),
	} {
		if fault.Key(err) != "disk.read-only" {
			t.Errorf("read-only, %s: %v", what, err)
		}
	}
	if _, err := durable.ReadFile(f, "/x"); err != nil {
		t.Errorf("read-only, reading: %v", err)
	}
	f.Heal()
	f.FailFrom(durabletest.OpRead, 2, syscall.EIO)
	buf := make([]byte, 1)
	_, err = file.ReadAt(buf, 0)
	must(t, err)
	for range 3 {
		if _, err := file.ReadAt(buf, 0); fault.Key(err) != "disk.error" {
			t.Errorf("from the second read on: %v", err)
		}
	}
	f.Heal()
	f.FailNth(durabletest.OpStat, 1, fs.ErrPermission)
	if _, err := f.Stat("/x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}
