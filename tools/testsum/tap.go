package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// tap gathers what Node's test runner prints in the Test Anything Protocol.
type tap struct {
	inside         bool
	seen           bool
	ended          bool
	text           strings.Builder
	passed, failed int
}

// take reports whether the line belonged to a TAP stream.
func (t *tap) take(line string) bool {
	if strings.HasPrefix(line, "TAP version") {
		t.inside, t.seen, t.ended = true, true, false
	}
	if !t.inside {
		return false
	}
	t.text.WriteString(line)
	word, number, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), " ")
	if !ok || !strings.HasPrefix(line, "# ") {
		return true
	}
	switch n, _ := strconv.Atoi(number); word {
	case "pass":
		t.passed += n
	case "fail", "cancelled", "skipped", "todo": // none is allowed to be left undone
		t.failed += n
	case "duration_ms": // the last line
		t.inside, t.ended = false, true
	}
	return true
}

// finish prints the stream if anything in it failed and returns the counts.
func (t *tap) finish(out io.Writer) (passed, failed int) {
	if t.seen && !t.ended {
		t.failed++
		fmt.Fprintln(out, "FAIL  web: Node's run ended in the middle")
	}
	if t.failed > 0 {
		fmt.Fprint(out, t.text.String())
	} else if t.seen {
		fmt.Fprintf(out, "ok    %-40s %4d tests\n", "web (Node)", t.passed)
	}
	return t.passed, t.failed
}
