package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	token    = regexp.MustCompile("`([a-z0-9/-]+)`|\\b((?:Test|Fuzz)[A-Z]\\w+)")
)

// tests are the names of a package's tests.
func tests(t *testing.T, pkg string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pkg), "*_test.go"))
	fatal(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		fatal(t, err)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// cells are the rows of a document's tables.
func cells(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ref", name))
	fatal(t, err)
	for _, l := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(l, "| ") || strings.HasPrefix(l, "|---") {
			continue
		}
		var row []string
		for _, c := range strings.Split(strings.Trim(l, "|"), "|") {
			row = append(row, strings.TrimSpace(c))
		}
		rows = append(rows, row)
	}
	return rows
}

// named holds that the tests that a text names are there, and returns those of
// this room. A path is the package of the tests that follow it.
func named(t *testing.T, where, text string) (ours []string, n int) {
	t.Helper()
	pkg, has := "", []string(nil)
	for _, m := range token.FindAllStringSubmatch(text, -1) {
		if m[1] != "" {
			if !strings.Contains(m[1], "/") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: there is no %s", where, m[1])
			}
			pkg, has = m[1], tests(t, m[1])
			continue
		}
		n++
		if !slices.Contains(has, m[2]) {
			t.Errorf("%s: %q has no test %s", where, pkg, m[2])
		}
		if pkg == "test/attack" {
			ours = append(ours, m[2])
		}
	}
	return ours, n
}

// The list of attacks names tests that are there, and all of this room's.
func TestTheListOfAttacksIsTrue(t *testing.T) {
	t.Parallel()
	var ours, ids []string
	for _, row := range cells(t, "attacks.md") {
		if row[0] == "id" {
			continue
		}
		if len(row) != 4 {
			t.Errorf("%s: a row of %d cells", row[0], len(row))
			continue
		}
		mine, n := named(t, row[0], row[2])
		if ours = append(ours, mine...); n == 0 || row[3] == "" {
			t.Errorf("%s has no test or no outcome", row[0])
		}
		if slices.Contains(ids, row[0]) {
			t.Errorf("%s stands twice", row[0])
		}
		ids = append(ids, row[0])
	}
	for _, name := range tests(t, "test/attack") {
		if !slices.Contains(ours, name) && name != "TestTheListOfAttacksIsTrue" && name != "TestTheVerificationStandardIsAnswered" {
			t.Errorf("%s is on no line of docs/ref/attacks.md", name)
		}
	}
	if len(ids) < 60 {
		t.Errorf("only %d attacks are listed", len(ids))
	}
}

// The page that answers the verification standard has each of its requirements
// once, at its level, with a reason, and names tests and places that are there.
func TestTheVerificationStandardIsAnswered(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "asvs-5.0.txt"))
	fatal(t, err)
	level := map[string]string{}
	for _, l := range strings.Split(string(text), "\n") {
		if id, n, ok := strings.Cut(l, " "); ok && strings.HasPrefix(id, "V") {
			level[id] = n
		}
	}
	if len(level) != 253 {
		t.Fatalf("%d requirements were read", len(level))
	}
	seen, count := map[string]bool{}, map[string]int{}
	for _, row := range cells(t, "asvs.md") {
		if row[0] == "requirement" {
			continue
		}
		if len(row) != 5 {
			t.Errorf("%s: a row of %d cells", row[0], len(row))
			continue
		}
		id, how := row[0], row[4]
		if seen[id] || level[id] != row[1] {
			t.Errorf("%s stands twice, or at a level that is not %q", id, level[id])
		}
		seen[id] = true
		count[row[3]]++
		_, n := named(t, id, how)
		switch {
		case row[2] == "" || len(how) < 8:
			t.Errorf("%s is not answered", id)
		case row[3] == "met" && n == 0 && !strings.Contains(how, "`") && !strings.Contains(how, "]("):
			t.Errorf("%s is met, and nothing shows it", id)
		case !slices.Contains([]string{"met", "partly", "not met", "not applicable"}, row[3]):
			t.Errorf("%s is %q", id, row[3])
		}
	}
	for id := range level {
		if !seen[id] {
			t.Errorf("%s is not on the page", id)
		}
	}
	whole, err := os.ReadFile(filepath.Join("..", "..", "docs", "ref", "asvs.md"))
	fatal(t, err)
	want := fmt.Sprintf("Of %d: %d met, %d partly, %d not met, %d not applicable.", len(level), count["met"], count["partly"], count["not met"], count["not applicable"])
	if !strings.Contains(string(whole), want) {
		t.Errorf("the page does not say %q", want)
	}
}
