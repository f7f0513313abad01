// Testsum reads what `go test -json` and Node's TAP reporter print and says it
// in few words: a line a package, failures in full, the slowest packages and
// tests, and as its last line "N passed, N failed, N skipped".
//
// It promises to fail when anything failed: a test, a build, a panic, a time
// limit, a run that ended in the middle. A skipped test is a failure too,
// unless the list given by -partial names it for something that -lacking says
// is not on this machine. It runs nothing itself.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	partial := flag.String("partial", "test/partial.txt", "list of tests that may be left out, and without what")
	lacking := flag.String("lacking", ".cache/partial", "what this machine lacks, one a line; may be absent")
	counts := flag.String("counts", ".cache/counts", "file that gets the last line too")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *partial, *lacking, *counts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, partial, lacking, counts string) (bool, error) {
	may, err := readLeave(partial, lacking)
	if err != nil {
		return false, err
	}
	s := newSummary(out, may)
	if err := s.read(in); err != nil {
		return false, err
	}
	line := s.finish()
	if err := os.WriteFile(counts, []byte(line+"\n"), 0o644); err != nil {
		return false, err
	}
	fmt.Fprintln(out, line)
	return s.failed == 0 && s.passed > 0, nil
}
