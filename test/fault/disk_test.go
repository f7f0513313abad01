package fault_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/req"
)

// needMounts ends the test where a process can have no mounts of its own.
func needMounts(t *testing.T) {
	t.Helper()
	if exec.Command("unshare", "--mount", "true").Run() == nil || exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").Run() == nil {
		return
	}
	if os.Getenv("VIDNE_PARTIAL") == "1" {
		t.Skip("mount-namespaces: the kernel gives none")
	}
	t.Fatal("a process cannot have mounts of its own")
}

// tmpfs mounts a disk in memory.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	must(t, os.Mkdir(dir, 0o700), syscall.Mount("vidne", dir, "tmpfs", 0, options))
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestDiskFull fills the disk under a recording engine and frees it again: it
// says so, deletes nothing, answers, and records again within ten seconds.
func TestDiskFull(t *testing.T) {
	req.Shows(t, "REC-5")
	needMounts(t)
	t.Parallel()
	if !inside(t) {
		return
	}
	disk := tmpfs(t, "size=48m")
	filler := filepath.Join(disk, "filler")
	starve(t, disk, func() { fill(t, filler) }, func() { must(t, os.Remove(filler)) })
}

// TestNoInodes takes every inode while half of the disk is free.
func TestNoInodes(t *testing.T) {
	req.Shows(t, "REC-5")
	needMounts(t)
	t.Parallel()
	if !inside(t) {
		return
	}
	disk := tmpfs(t, "size=48m,nr_inodes=400")
	many := filepath.Join(disk, "many")
	starve(t, disk, func() {
		must(t, os.Mkdir(many, 0o700))
		for i := 0; ; i++ {
			f, err := os.Create(filepath.Join(many, fmt.Sprint(i)))
			if err != nil {
				return
			}
			must(t, f.Close())
		}
	}, func() { must(t, os.RemoveAll(many)) })
}

func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	must(t, err)
	for size := 1 << 20; size >= 512; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
	_ = f.Close() // full
}

// starve runs an engine on a disk, takes away what it needs and gives it back.
func starve(t *testing.T, disk string, take, give func()) {
	t.Helper()
	cams := newCameras(t, 2)
	r := newRig(t, filepath.Join(disk, "engine"), "")
	from := r.begin(cams...)
	wait(5 * time.Second)

	before := segmentsOf(t, r.dir)
	lives := []life{{from, time.Now(), false, nil}}
	take()
	// Within a minute the segment ends at the latest, and the next cannot begin.
	r.until("it says that the disk is full", 80*time.Second, func() bool {
		c := r.of(cams[1].name)
		return c.State == engineapi.StateDisk && c.Cause == engineapi.CauseDiskFull
	})
	if !r.alarm("archive.write") {
		t.Error("no alarm")
	}
	wait(3 * time.Second)
	after := segmentsOf(t, r.dir)
	for name := range before {
		if !after[name] {
			t.Errorf("%s was deleted for want of space", name)
		}
	}
	give()
	freed := time.Now()
	r.recording(10*time.Second, cams...)
	t.Logf("it records again %v after there is room", time.Since(freed).Round(time.Millisecond))
	r.until("the alarm ends", 20*time.Second, func() bool { return !r.alarm("archive.write") })
	wait(3 * time.Second)
	lives = append(lives, life{freed, time.Now(), false, nil})
	r.down()
	r.check()
	for _, c := range cams {
		r.judge(c, lives[1:])
	}
}

// TestTheLessImportantGiveWay fills the disk step by step under cameras of
// three priorities: one after the other gives way to the more important, nothing
// that was recorded is lost, and all record again when there is room.
func TestTheLessImportantGiveWay(t *testing.T) {
	req.Shows(t, "REC-5", "REC-6")
	needLoop(t)
	t.Parallel()
	if !inside(t) {
		return
	}
	_, disk := ext4(t, 2<<30, "-m", "0")
	cams := newCameras(t, 3)
	for i := range cams {
		cams[i].priority = 10 * i
	}
	r := newRig(t, filepath.Join(disk, "engine"), "")
	from := r.begin(cams...)
	wait(3 * time.Second)
	before := segmentsOf(t, r.dir)

	gives := func(c camera) {
		t.Helper()
		r.until(c.name+" gives way", 30*time.Second, func() bool {
			s := r.of(c.name)
			return s.State == engineapi.StateDisk && s.Cause == engineapi.CauseDiskYielded
		})
	}
	// Two percent are 40 MB: the third stops below 27, the second below 13.
	leave(t, disk, "first", 20<<20)
	gives(cams[2])
	r.recording(time.Second, cams[:2]...)
	leave(t, disk, "second", 7<<20)
	gives(cams[1])
	wait(3 * time.Second)
	r.recording(time.Second, cams[0])
	if !r.alarm("disk.yielded") {
		t.Error("no alarm")
	}
	gone := time.Now()
	must(t, os.Remove(filepath.Join(disk, "first")), os.Remove(filepath.Join(disk, "second")))
	r.recording(30*time.Second, cams...)
	t.Logf("all record %v after there is room", time.Since(gone).Round(time.Millisecond))
	r.until("the alarm ends", 20*time.Second, func() bool { return !r.alarm("disk.yielded") })
	for name := range before {
		if !segmentsOf(t, r.dir)[name] {
			t.Errorf("%s was deleted for want of space", name)
		}
	}
	lives := []life{{from, time.Now(), false, nil}}
	r.down()
	r.check()
	r.judge(cams[0], lives)
}

// leave takes room with a file until only so much is free.
func leave(t *testing.T, disk, name string, free int64) {
	t.Helper()
	var s syscall.Statfs_t
	must(t, syscall.Statfs(disk, &s))
	f, err := os.Create(filepath.Join(disk, name))
	must(t, err)
	must(t, syscall.Fallocate(int(f.Fd()), 0, 0, int64(s.Bavail)*s.Bsize-free), f.Close())
}

// segmentsOf lists the footage in an engine's folder by segment number.
func segmentsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(dir, "archive", "*", "*", "*"))
	must(t, err)
	for _, n := range names {
		if base := filepath.Base(n); len(base) > 66 {
			out[base[:66]] = true
		}
	}
	return out
}

// TestDiskTurnsReadOnly lets the kernel remount the disk read-only under a
// recording engine, as it does when the disk fails.
func TestDiskTurnsReadOnly(t *testing.T) {
	req.Shows(t, "REC-5")
	needLoop(t)
	t.Parallel()
	if !inside(t) {
		return
	}
	image, disk := ext4(t, 96<<20, "-e", "remount-ro")
	cams := newCameras(t, 2)
	r := newRig(t, filepath.Join(disk, "engine"), "")
	r.begin(cams...)
	wait(5 * time.Second)
	out, err := exec.Command("findmnt", "-n", "-o", "SOURCE", disk).Output()
	must(t, err)
	loop := filepath.Base(strings.TrimSpace(string(out)))
	must(t, os.WriteFile("/sys/fs/ext4/"+loop+"/trigger_fs_error", []byte("test"), 0))
	r.until("it says that the disk is read-only", 80*time.Second, func() bool {
		return r.of(cams[1].name).State == engineapi.StateDisk && r.alarm("archive.write")
	})
	if c := r.of(cams[1].name); c.Cause != engineapi.CauseDiskReadOnly && c.Cause != engineapi.CauseDiskError {
		t.Errorf("it says %q", c.Cause)
	}
	r.kill()

	// A person mends the disk and starts it again.
	run(t, "umount", disk)
	if out, err := exec.Command("e2fsck", "-fy", image).CombinedOutput(); err != nil && !strings.Contains(err.Error(), "exit status 1") {
		t.Fatalf("e2fsck: %v\n%s", err, out)
	}
	run(t, "mount", "-o", "loop", image, disk)
	from := time.Now()
	r.up()
	r.ready()
	r.recording(patience, cams...)
	wait(3 * time.Second)
	lives := []life{{from, time.Now(), false, nil}}
	r.down()
	r.check()
	for _, c := range cams {
		r.judge(c, lives)
	}
}
