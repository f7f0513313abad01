package fault_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// needStrace ends the test where system calls cannot be made to fail.
func needStrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("VIDNE_PARTIAL") == "1" {
			t.Skip("strace: is missing (Debian package strace)")
		}
		t.Fatal("needs the Debian package strace")
	}
}

// TestSystemCallsFail lets the n-th call of a kind fail under the real
// program: once, or from then on for a while. It goes on or says why not, and
// nothing that was promised is lost.
func TestSystemCallsFail(t *testing.T) {
	req.Shows(t, "REC-5")
	needStrace(t)
	cams := newCameras(t, 2)
	vidne(t)
	var struck atomic.Int64
	t.Cleanup(func() {
		if struck.Load() == 0 {
			t.Error("no call was made to fail")
		}
	})
	// Counted in each thread by itself: once, three times, again and again.
	when := []string{"2", "3..5", "4+6"}
	if long() {
		when = append(when, "1", "3", "4", "5", "6", "7", "8", "10", "13", "17", "1+2", "2+3", "3+10", "5..20")
	}
	for _, c := range []struct{ calls, fault string }{
		{"fsync,fdatasync,syncfs", "error=EIO"},
		{"fsync,fdatasync,syncfs", "error=ENOSPC"},
		{"rename,renameat,renameat2", "error=ENOSPC"},
		{"pwrite64", "error=ENOSPC"},
		{"openat", "error=EMFILE"},
		{"unlinkat,unlink", "error=EIO"},
		{"ftruncate", "error=EIO"},
	} {
		for _, n := range when {
			t.Run(fmt.Sprintf("%s-%s-%s", strings.SplitN(c.calls, ",", 2)[0], c.fault[6:], n), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, t.TempDir(), "")
				r.traced = true
				trace := filepath.Join(t.TempDir(), "trace")
				r.up()
				r.ready()
				from := time.Now()
				r.allow(cams...)
				r.recording(patience, cams...)
				wait(2 * time.Second)
				lives := []life{{from, time.Now(), true, nil}}
				r.kill()

				from = time.Now()
				r.up("strace", "-f", "--seccomp-bpf", "-qq", "-o", trace, "-e", "trace="+c.calls,
					"-e", "inject="+c.calls+":"+c.fault+":when="+n)
				wait(4 * time.Second)
				r.endTraced(syscall.SIGTERM)
				calls, err := os.ReadFile(trace)
				must(t, err)
				struck.Add(int64(bytes.Count(calls, []byte("INJECTED"))))
				t.Logf("%d calls failed", bytes.Count(calls, []byte("INJECTED")))
				lives = append(lives, life{from, time.Now(), false, map[string]bool{cams[0].name: true, cams[1].name: true}})

				from = time.Now()
				r.up()
				r.ready()
				r.recording(patience, cams...)
				wait(3 * time.Second)
				lives = append(lives, life{from, time.Now(), false, nil})
				r.down()
				r.check()
				for _, cam := range cams {
					r.judge(cam, lives)
				}
			})
		}
	}
}

// endTraced signals the program under the tracer and waits for both. A program
// that gave up for the fault has ended already.
func (r *rig) endTraced(sig syscall.Signal) {
	r.t.Helper()
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(r.cmd.Process.Pid)).Output()
	if err == nil {
		for _, pid := range strings.Fields(string(out)) {
			var n int
			if _, err := fmt.Sscan(pid, &n); err == nil {
				_ = syscall.Kill(n, sig) // it may end by itself meanwhile
			}
		}
	}
	select {
	case <-r.ended:
		r.cmd = nil
	case <-time.After(patience):
		r.t.Fatal("the traced engine does not end")
	}
}
