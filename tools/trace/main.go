// Trace says which test shows which requirement. It reads the rows of
// docs/requirements.md and the markers in the tests, which are calls of
// req.Shows with the ids as string literals, and prints requirement after
// requirement with its tests, then those that no test shows.
//
// It parses the sources and runs nothing: that a marker's test passes is the
// test run's word. It refuses an id that is not in the catalogue, an id that is
// not a string literal, and a row that is there twice.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	quiet := flag.Bool("quiet", false, "print only faults and one line of counts")
	flag.Parse()
	faults, err := run(os.Stdout, *root, *quiet)
	if err != nil {
		fmt.Fprintln(os.Stderr, "trace:", err)
		os.Exit(2)
	}
	for _, f := range faults {
		fmt.Fprintln(os.Stderr, f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

func run(out io.Writer, root string, quiet bool) (faults []string, err error) {
	rows, faults, err := catalogue(filepath.Join(root, "docs", "requirements.md"))
	if err != nil {
		return nil, err
	}
	shown, bad, err := markers(root)
	if err != nil {
		return nil, err
	}
	faults = append(faults, bad...)
	known := map[string]bool{}
	for _, r := range rows {
		known[r.id] = true
	}
	for _, m := range shown {
		if !known[m.id] {
			faults = append(faults, fmt.Sprintf("%s: %s shows %s, which docs/requirements.md does not have", m.at, m.test, m.id))
		}
	}
	var none []row
	for _, r := range rows {
		var tests []marker
		for _, m := range shown {
			if m.id == r.id {
				tests = append(tests, m)
			}
		}
		if len(tests) == 0 {
			none = append(none, r)
			continue
		}
		if quiet {
			continue
		}
		fmt.Fprintf(out, "%s  %s (%s)\n", r.id, brief(r.duty), r.source)
		for _, m := range tests {
			fmt.Fprintf(out, "    %s  %s\n", m.test, m.at)
		}
	}
	if !quiet && len(none) > 0 {
		fmt.Fprintf(out, "\nShown by no test yet:\n")
		for _, r := range none {
			fmt.Fprintf(out, "  %-7s %s (%s)\n", r.id, brief(r.duty), r.source)
		}
	}
	fmt.Fprintf(out, "\n%d of %d requirements are shown, by %d markers\n", len(rows)-len(none), len(rows), len(shown))
	return faults, nil
}

// brief is the first words of a duty, for a line on a screen.
func brief(duty string) string {
	const most = 90
	words := strings.Fields(duty)
	line := ""
	for _, w := range words {
		if len([]rune(line))+len([]rune(w))+1 > most {
			return line + " ..."
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return line
}
