package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
	// FailedBuild is whose build failed, in the event that ends a package.
	FailedBuild string
}

// part is a package under test.
type part struct {
	running map[string]*strings.Builder // output of tests that have not ended
	output  strings.Builder             // outside every test
	failed  int
	passed  int
	done    bool
}

type timed struct {
	name    string
	seconds float64
}

type summary struct {
	out                     io.Writer
	may                     leave
	parts                   map[string]*part
	builds                  map[string]*strings.Builder // compiler's words by package
	packages, tests         []timed
	passed, failed, skipped int
	tap                     tap
}

func newSummary(out io.Writer, may leave) *summary {
	return &summary{out: out, may: may, parts: map[string]*part{}, builds: map[string]*strings.Builder{}}
}

// read takes lines until the input ends. What is neither an event nor TAP is
// what a tool wrote beside it, and is passed on.
func (s *summary) read(in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if bytes.HasPrefix(line, []byte("{")) && json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.take(e)
			} else if !s.tap.take(string(line)) {
				fmt.Fprintf(s.out, "%s", line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) take(e event) {
	switch {
	case e.Action == "build-output":
		if s.builds[e.ImportPath] == nil {
			s.builds[e.ImportPath] = &strings.Builder{}
		}
		s.builds[e.ImportPath].WriteString(e.Output)
		return
	case e.Package == "":
		return
	}
	p := s.parts[e.Package]
	if p == nil {
		p = &part{running: map[string]*strings.Builder{}}
		s.parts[e.Package] = p
	}
	if e.Test == "" {
		s.takePackage(p, e)
		return
	}
	text := p.running[e.Test]
	if text == nil {
		text = &strings.Builder{}
		p.running[e.Test] = text
	}
	switch e.Action {
	case "output":
		text.WriteString(e.Output)
		return
	case "pass":
		s.passed++
		p.passed++
	case "fail":
		s.fail(p, e.Test, text.String())
	case "skip":
		s.skipped++
		if !s.may.allows(e.Package, e.Test) {
			s.fail(p, e.Test, text.String()+"left out, and test/partial.txt does not allow it here\n")
		}
	default:
		return
	}
	delete(p.running, e.Test)
	s.tests = append(s.tests, timed{short(e.Package) + " " + e.Test, e.Elapsed})
}

func (s *summary) takePackage(p *part, e event) {
	switch e.Action {
	case "output":
		p.output.WriteString(e.Output)
	case "pass":
		p.done = true
		fmt.Fprintf(s.out, "ok    %-40s %4d tests %7.1f s\n", short(e.Package), p.passed, e.Elapsed)
		s.packages = append(s.packages, timed{short(e.Package), e.Elapsed})
	case "fail":
		p.done = true
		s.packages = append(s.packages, timed{short(e.Package), e.Elapsed})
		s.lost(p)
		if p.failed == 0 { // it did not build, or died outside a test
			s.fail(p, "", s.compiler(e)+p.output.String())
		}
		fmt.Fprintf(s.out, "FAIL  %-40s %4d tests %7.1f s, %d failed\n", short(e.Package), p.passed, e.Elapsed, p.failed)
	case "skip":
		p.done = true // no test files
	}
}

// compiler is what the compiler said of the package that a fail event names.
func (s *summary) compiler(e event) string {
	if b := s.builds[e.FailedBuild]; b != nil {
		return b.String()
	}
	return ""
}

// lost counts the tests that began and never ended: a panic or the time limit.
func (s *summary) lost(p *part) {
	names := make([]string, 0, len(p.running))
	for name := range p.running {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s.fail(p, name, p.running[name].String()+"did not end\n")
		delete(p.running, name)
	}
}

func (s *summary) fail(p *part, test, text string) {
	s.failed++
	p.failed++
	fmt.Fprintf(s.out, "---- %s\n%s", cmp.Or(test, "(the package itself)"), text)
}

// finish says what is left to say and returns the line of counts.
func (s *summary) finish() string {
	for name, p := range s.parts {
		if !p.done {
			s.lost(p)
			fmt.Fprintf(s.out, "FAIL  %s: the run ended in the middle\n", short(name))
			s.failed++
		}
	}
	for name, b := range s.builds {
		if s.failed == 0 { // a build fault whose package never reported
			fmt.Fprintf(s.out, "---- %s\n%s", name, b.String())
			s.failed++
		}
	}
	passed, failed := s.tap.finish(s.out)
	s.passed += passed
	s.failed += failed
	slowest(s.out, "slowest packages", s.packages, 6)
	slowest(s.out, "slowest tests", s.tests, 8)
	line := fmt.Sprintf("%d passed, %d failed", s.passed, s.failed)
	if s.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", s.skipped)
	}
	return line
}

func slowest(out io.Writer, title string, list []timed, n int) {
	slices.SortFunc(list, func(a, b timed) int { return cmp.Compare(b.seconds, a.seconds) })
	fmt.Fprintf(out, "%s:\n", title)
	for _, t := range list[:min(n, len(list))] {
		fmt.Fprintf(out, "  %7.1f s  %s\n", t.seconds, t.name)
	}
}

func short(pkg string) string { return strings.TrimPrefix(pkg, module) }
