// Package fence is the only place that starts another program: ffmpeg, which
// decodes what cameras sent and so must be taken for hostile from its first
// byte on.
//
// It promises that no string of anybody's reaches an argument: argv is made
// of constants and of numbers that were checked. The input's form is forced,
// its only protocol is a pipe, and it is fed nothing before its limits stand:
// no network (a network namespace of its own, where the kernel allows one),
// no file written (RLIMIT_FSIZE 0), bounded memory and CPU, another user when
// Vidne runs as root, an empty environment, low priority, and death with its
// whole process group when the context ends or Vidne does.
//
// It refuses to run anything else, and without ffmpeg it refuses to run at
// all: everything then works but pictures made from video, and
// [Fence.Lacks] says what is missing.
package fence

import (
	"context"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Fence runs ffmpeg. It is safe for concurrent use and holds more runs than
// the machine has room for back.
type Fence struct {
	ffmpeg   string // path, empty when there is none
	isolated bool   // a network namespace of its own works here
	userns   bool   // and needs a user namespace
	log      *slog.Logger
	pictures chan struct{} // room for short runs
	viewings chan struct{} // room for runs that last as long as somebody looks
	sparse   chan struct{} // and for those of them that take key frames alone
	idle     chan struct{} // room for the one run that nobody waits for
}

// New looks for ffmpeg at path, or where programs are found when path is
// empty, and tries once which isolation the kernel allows. It never fails.
func New(path string, log *slog.Logger) *Fence {
	n := max(2, runtime.NumCPU())
	f := &Fence{log: log, pictures: make(chan struct{}, n), viewings: make(chan struct{}, 2*n), sparse: make(chan struct{}, 8*n), idle: make(chan struct{}, 1)}
	if path == "" {
		path = "ffmpeg"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		log.Warn("ffmpeg not found: no stills, no H.265 in browsers, no masks, no picture check", "path", path)
		return f
	}
	f.ffmpeg = found
	for _, try := range []struct{ isolated, userns bool }{{true, false}, {true, true}, {false, false}, {false, true}} {
		f.isolated, f.userns = try.isolated, try.userns
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		err = f.run(ctx, job{args: []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-version"}, cpu: 10, out: discard{}})
		cancel()
		if err == nil {
			if !f.isolated {
				log.Warn("the kernel allows no network namespace: ffmpeg runs without one")
			}
			return f
		}
	}
	log.Warn("ffmpeg does not run", "path", found, "error", err.Error())
	f.ffmpeg = ""
	return f
}

// Lacks names what the machine lacks, in the words of its package list.
func (f *Fence) Lacks() []string {
	switch {
	case f.ffmpeg == "":
		return []string{"ffmpeg"}
	case !f.isolated:
		return []string{"network namespaces"}
	}
	return nil
}

// Works reports whether there is an ffmpeg to run.
func (f *Fence) Works() bool { return f.ffmpeg != "" }

func (f *Fence) ready() error {
	if f.ffmpeg == "" {
		return fault.New(fault.Unavailable, "ffmpeg.missing", "ffmpeg is not installed (Debian package ffmpeg)")
	}
	return nil
}

// take waits for room for a short run.
func (f *Fence) take(ctx context.Context) (release func(), err error) {
	select {
	case f.pictures <- struct{}{}:
		return func() { <-f.pictures }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// takeLong gives room for a long run or says at once that there is none:
// nobody knows when the others end.
func (f *Fence) takeLong() (release func(), err error) { return takeOf(f.viewings) }

func takeOf(room chan struct{}) (release func(), err error) {
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	default:
		return nil, fault.New(fault.Exhausted, "ffmpeg.busy", "%d pictures are being transcoded already", cap(room))
	}
}

// input is what every input of ffmpeg begins with: fMP4 from a pipe and
// nothing else, one decoder thread each.
func input(threads string) []string {
	return []string{
		"-protocol_whitelist", "pipe", "-f", "mov", "-enable_drefs", "0", "-use_absolute_path", "0",
		"-probesize", "1000000", "-analyzeduration", "0", "-fpsprobesize", "0", // nothing to guess: the init section says all
		"-threads", threads,
	}
}

func general() []string {
	return []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-nostats"}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// tail keeps the end of what a program complains of, for the log.
type tail struct{ b []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if len(t.b) > 2048 {
		t.b = t.b[len(t.b)-2048:]
	}
	return len(b), nil
}

// String has no control characters: a hostile stream may have written them.
func (t *tail) String() string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r > 0x7e {
			return ' '
		}
		return r
	}, string(t.b)))
}
