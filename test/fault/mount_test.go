package fault_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// needLoop ends the test where a file cannot be mounted as a disk.
func needLoop(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err == nil {
		err = f.Close()
	}
	switch {
	case err == nil:
	case os.Getenv("VIDNE_PARTIAL") == "1":
		t.Skipf("loop-devices: %v", err)
	default:
		t.Fatalf("a file cannot be mounted as a disk: %v", err)
	}
}

// inside runs this test once more in a process with mounts of its own, which
// end with it however it ends, and reports whether this is that process.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv("VIDNE_INSIDE") == t.Name() {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), "VIDNE_INSIDE="+t.Name(), "VIDNE_PROGRAM="+vidne(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil && os.Getenv("VIDNE_PARTIAL") == "1" && len(out) == 0 {
		t.Skipf("mount-namespaces: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// run runs a program of the system.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// ext4 makes a file system in a file and mounts it: the file is the disk.
func ext4(t *testing.T, size int64, options ...string) (image, mounted string) {
	t.Helper()
	dir := t.TempDir()
	image, mounted = filepath.Join(dir, "disk.img"), filepath.Join(dir, "disk")
	f, err := os.Create(image)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = os.Mkdir(mounted, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", append(options, "-q", "-F", image)...)
	run(t, "mount", "-o", "loop", image, mounted)
	t.Cleanup(func() { run(t, "umount", mounted) })
	return image, mounted
}
