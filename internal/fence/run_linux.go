package fence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vidne.dk/vidne/internal/fault"
)

const (
	// memoryLimit is of address space: threads and their arenas count in it.
	memoryLimit = 3 << 30
	// firstToGo is how gladly the kernel ends a run when the machine has no
	// memory left: before everything else, and so before the recorder.
	firstToGo = "1000"
	// nobody is the user that ffmpeg runs as when Vidne runs as root.
	nobody = 65534
	// lowest is how much ffmpeg gives way to recording.
	lowest = 10
	// last is how much a run gives way that nobody waits for.
	last = 19
	// reap is how long its pipes are waited for once it is gone.
	reap = 2 * time.Second
	// firstExtra is the first descriptor behind the standard ones: the second
	// pipe, or the overlay where there is one pipe.
	firstExtra = 3
)

// job is one run of ffmpeg.
type job struct {
	args []string
	in   []io.ReadCloser // pipe:0, then pipe:3, pipe:4 and so on; closed when the run ends
	out  io.Writer       // pipe:1
	cpu  uint64          // seconds of CPU time
	data uint64          // bytes of memory of its own; 0: what memoryLimit leaves
	last bool            // gives way to every other run
	burn *burn           // drawn into the picture; its memory is the descriptor after the last pipe
	told *os.File        // memory that ffmpeg reads once: the descriptor after burn's

	program string    // another than ffmpeg
	from    *os.File  // its standard input is this end of a pipe, and the first of in is descriptor 3
	to      *os.File  // its standard output is this end of a pipe, and out is not used
	second  io.Writer // what it writes to the descriptor after the last pipe
}

// run starts ffmpeg, holds its input back until its limits stand, and returns
// when it is gone. What ffmpeg complains of is in the error's detail.
func (f *Fence) run(ctx context.Context, j job) error {
	done := make(chan error, 1)
	go func() {
		// The parent-death signal comes when the thread that started the child
		// ends: this one lives as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- f.runLocked(ctx, j)
	}()
	return <-done
}

func (f *Fence) runLocked(ctx context.Context, j job) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, cmp.Or(j.program, f.ffmpeg), j.args...) //nolint:gosec // the fence's own constant arguments; footage goes in by pipes
	cmd.Env = []string{"LC_ALL=C", "MALLOC_ARENA_MAX=2"}
	cmd.Dir = "/"
	cmd.SysProcAttr = f.attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = reap
	var complaint tail
	cmd.Stderr = &complaint
	if j.to != nil {
		cmd.Stdout = j.to
	} else {
		cmd.Stdout = &stopper{w: j.out, cancel: cancel}
	}
	if j.from != nil {
		cmd.Stdin = j.from
	}
	feeds, err := pipes(cmd, len(j.in))
	var told *os.File
	if err == nil && j.second != nil {
		told, err = tell(cmd)
	}
	if err != nil {
		closeAll(feeds)
		closeAll(childEnds(cmd))
		return fault.As(fault.Unavailable, "ffmpeg.start", err)
	}
	own := childEnds(cmd)
	if j.burn != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, j.burn.file)
	}
	if j.told != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, j.told)
	}
	if err := cmd.Start(); err != nil {
		closeAll(feeds)
		closeAll(own)
		if told != nil {
			closeAll([]*os.File{told})
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause // it was stopped before it began
		}
		return fault.As(fault.Unavailable, "ffmpeg.start", err)
	}
	closeAll(own)
	if j.burn != nil {
		defer j.burn.keep(ctx)()
	}
	if err := limit(cmd.Process.Pid, j); err != nil {
		cancel(err)
	}
	// Whatever happens in the group outlives neither this call nor Vidne.
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	var feeding sync.WaitGroup
	for i, w := range feeds {
		feeding.Go(func() {
			defer w.Close() //nolint:errcheck // a pipe: what was not taken was said by Copy
			_, err := io.Copy(w, j.in[i])
			if err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, os.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
				cancel(err) // the footage broke off: what ffmpeg makes of half of it is not wanted
			}
		})
	}
	if told != nil {
		feeding.Go(func() {
			defer told.Close() //nolint:errcheck // a pipe that was read
			if _, err := io.Copy(j.second, told); err != nil {
				cancel(err)
			}
		})
	}
	err = cmd.Wait()
	closeAll(feeds)
	for _, in := range j.in {
		_ = in.Close() // frees a feeder that waits for footage nobody takes
	}
	cause := context.Cause(ctx)
	cancel(err)
	feeding.Wait()
	switch {
	case cause != nil:
		return cause
	case err != nil && j.program != "":
		return fault.New(fault.Unavailable, "anonymise.failed", "%s: %v: %s", j.program, err, complaint.String())
	case err != nil:
		return fault.New(fault.Corrupt, "ffmpeg.failed", "ffmpeg: %v: %s", err, complaint.String())
	}
	return nil
}

func (f *Fence) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = nobody, nobody
		a.Credential = &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: f.userns}
	}
	if f.isolated {
		a.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC
	}
	if f.userns {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: gid, Size: 1}}
	}
	return a
}

// limit sets the child's limits from outside: it has read nothing yet.
func limit(pid int, j job) error {
	for resource, most := range map[int]uint64{
		unix.RLIMIT_AS: memoryLimit, unix.RLIMIT_DATA: cmp.Or(j.data, memoryLimit), unix.RLIMIT_CPU: j.cpu,
		unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: 256,
	} {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil); err != nil {
			if errors.Is(err, unix.ESRCH) {
				return nil // gone already: Wait tells why
			}
			return fault.As(fault.Unavailable, "ffmpeg.limits", fmt.Errorf("limit %d: %w", resource, err))
		}
	}
	nice := lowest
	if j.last {
		nice = last
	}
	// Kindnesses, not walls.
	_ = unix.Setpriority(unix.PRIO_PGRP, pid, nice)
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(firstToGo), 0) //nolint:forbidigo // the kernel takes it: nothing survives
	return nil
}

// pipes gives the child n pipes to read from, the first as its standard input
// and the rest from descriptor 3 on, and returns our ends.
func pipes(cmd *exec.Cmd, n int) ([]*os.File, error) {
	var feeds []*os.File
	for i := range n {
		r, w, err := os.Pipe()
		if err != nil {
			return feeds, err
		}
		feeds = append(feeds, w)
		if i == 0 && cmd.Stdin == nil {
			cmd.Stdin = r
		} else {
			cmd.ExtraFiles = append(cmd.ExtraFiles, r)
		}
	}
	return feeds, nil
}

// tell gives the child a pipe to write to, and returns our end.
func tell(cmd *exec.Cmd) (*os.File, error) {
	r, w, err := os.Pipe()
	if err == nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, w)
	}
	return r, err
}

// childEnds are the ends of pipes that are the child's once it runs.
func childEnds(cmd *exec.Cmd) []*os.File {
	files := slices.Clone(cmd.ExtraFiles)
	for _, end := range []any{cmd.Stdin, cmd.Stdout} {
		if f, ok := end.(*os.File); ok {
			files = append(files, f)
		}
	}
	return files
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // pipes; some are closed already
	}
}

// stopper ends the run when its output is no longer wanted.
type stopper struct {
	w      io.Writer
	cancel context.CancelCauseFunc
}

func (s *stopper) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		s.cancel(err)
	}
	return n, err
}
