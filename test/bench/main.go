// Command bench measures what the recorder must reach, as ratios against what
// a user would pick instead, in one run on one machine. The load generator and
// each recorder are processes of their own, so that the processor time of one
// is never in the figures of another. Ratios are the gate; absolute figures
// depend on the machine.
//
//	go run ./test/bench                 everything
//	go run ./test/bench -only record    recording against ffmpeg
//	go run ./test/bench -only read      first picture, coverage
//	go run ./test/bench -only portal    pages of a portal with 2,000 cases
//	go run ./test/bench -only public    the page of a place: answers a second, weight
//	go run ./test/bench -only access    decisions on who may what
//	go run ./test/bench -only play      four 1080p cameras in step, seeks, in a browser
//	go run ./test/bench -only log       searches of ten million uses, appends while 50 play
//	go run ./test/bench -only package   an evidence package of four cameras: speed, memory, copies to look at
//	go run ./test/bench -only anonymise an anonymised copy: time, memory, who can be seen (-people FOLDER with labels)
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

var (
	only   = flag.String("only", "", "measure only this: "+strings.Join(names(), ", "))
	scene  = flag.String("scene", "", "of recording, measure only scenes that begin so: \"32 cameras of 8\"")
	window = flag.Duration("window", 20*time.Second, "how long each recorder is measured")
	rounds = flag.Int("rounds", 1, "how often recorder and peer take turns; the median counts")
	work   = flag.String("dir", "", "where recordings go; a temporary folder when empty")
)

// parts are what can be measured.
var parts = []struct {
	name string
	run  func(context.Context, *sheet) error
}{
	{"record", measureRecording},
	{"many", measureMany},
	{"read", measureReading},
	{"play", measurePlaying},
	{"portal", measurePortal},
	{"public", measurePublic},
	{"log", measureLog},
	{"access", measureAccess},
	{"package", measurePackages},
	{"anonymise", measureAnonymising},
}

func names() []string {
	return []string{"record", "many", "read", "play", "portal", "public", "log", "access", "package", "anonymise"}
}

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "load":
		err = load(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "visit":
		err = visit(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "record":
		var n int
		if n, err = strconv.Atoi(os.Args[4]); err == nil {
			err = profiled(func() error { return record(os.Args[2], os.Args[3], n) })
		}
	case len(os.Args) > 2 && os.Args[1] == "archive":
		err = profiled(func() error { return serveArchive(os.Args[2:]) })
	case len(os.Args) > 2 && os.Args[1] == "package":
		err = profiled(func() error { return makePackages(os.Args[2:]) })
	default:
		flag.Parse()
		err = measure()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled writes a CPU profile of f where VIDNE_BENCH_PROFILE says, with the
// part's name behind it.
func profiled(f func() error) error {
	path := os.Getenv("VIDNE_BENCH_PROFILE")
	if path == "" {
		return f()
	}
	out, err := os.Create(path + "." + os.Args[1])
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

func measure() error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if *work == "" {
		dir, err := os.MkdirTemp("", "vidne-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*work = dir
	}
	s := &sheet{}
	for _, p := range parts {
		if *only != "" && *only != p.name {
			continue
		}
		if err := p.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if s.print() {
		return nil
	}
	return fmt.Errorf("a goal is missed")
}

// sheet gathers lines of "what, measured, goal".
type sheet struct {
	lines []line
	free  bool // what comes now is told, and held against nothing
}

type line struct {
	what, got, goal string
	ok, gate        bool
}

// ratio adds a measured ratio with the most it may be and what is aimed at.
func (s *sheet) ratio(what string, got, most, aim float64) {
	s.lines = append(s.lines, line{what, fmt.Sprintf("%.2f", got), fmt.Sprintf("<= %.2f (aim %.2f)", most, aim), got <= most, true})
}

// most adds a measured value that may be at most this.
func (s *sheet) most(what string, got, most float64, unit string) {
	s.lines = append(s.lines, line{what, fmt.Sprintf("%.2f %s", got, unit), fmt.Sprintf("<= %g %s", most, unit), got <= most, !s.free})
}

// least adds a measured value that must be at least this.
func (s *sheet) least(what string, got, least float64, unit string) {
	s.lines = append(s.lines, line{what, fmt.Sprintf("%.2f %s", got, unit), fmt.Sprintf(">= %g %s", least, unit), got >= least, !s.free})
}

// note adds a figure without a goal.
func (s *sheet) note(what, format string, args ...any) {
	s.lines = append(s.lines, line{what: what, got: fmt.Sprintf(format, args...)})
}

func (s *sheet) print() bool {
	all := true
	for _, l := range s.lines {
		verdict := ""
		if l.gate {
			verdict = "ok"
			if !l.ok {
				verdict, all = "MISSED", false
			}
		}
		fmt.Printf("%-58s %-22s %-22s %s\n", l.what, l.got, l.goal, verdict)
	}
	return all
}
