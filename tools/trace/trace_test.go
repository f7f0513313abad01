package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHouse reads our own tests: no marker may name what does not exist.
func TestHouse(t *testing.T) {
	faults, err := run(io.Discard, filepath.Join("..", ".."), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// TestCatalogueIsWhole counts the rows that look like one against those read,
// so that a slip in the table does not make a requirement disappear.
func TestCatalogueIsWhole(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "requirements.md")
	rows, _, err := catalogue(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "| id ") && !strings.HasPrefix(line, "|---") {
			n++
		}
	}
	if n != len(rows) {
		t.Errorf("%d rows in the tables, %d read", n, len(rows))
	}
}

func TestMarkersAreReadAndJudged(t *testing.T) {
	const table = "| id | the system must | source |\n|---|---|---|\n| REC-1 | Record | H 1 |\n| REC-2 | Follow hours | H 2 |\n| KEEP-1 | Keep | + |\n"
	tests := []struct {
		name, table, test string
		prints            []string
		faults            []string
	}{
		{
			"two ids in one call, in a subtest", table,
			"func TestA(t *testing.T) { t.Run(\"x\", func(t *testing.T) { req.Shows(t, \"REC-1\", `KEEP-1`) }) }",
			[]string{"REC-1  Record (H 1)\n    room TestA  room/a_test.go:5\n", "Shown by no test yet:\n  REC-2 ", "2 of 3 requirements are shown, by 2 markers"},
			nil,
		},
		{
			"an id that is not in the catalogue", table,
			`func TestA(t *testing.T) { req.Shows(t, "REC-9") }`,
			[]string{"0 of 3"}, []string{"shows REC-9, which docs/requirements.md does not have"},
		},
		{
			"an id that is computed", table,
			`func TestA(t *testing.T) { id := "REC-1"; req.Shows(t, id) }`,
			[]string{"0 of 3"}, []string{"must be a string literal"},
		},
		{
			"no id", table,
			`func TestA(t *testing.T) { req.Shows(t) }`,
			nil, []string{"names no requirement"},
		},
		{
			"a row twice", table + "| REC-1 | Again | + |\n",
			`func TestA(t *testing.T) {}`,
			nil, []string{"REC-1 is there twice"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range map[string]string{
				"docs/requirements.md": test.table,
				"room/a_test.go":       "package room\n\nimport \"testing\"\n\n" + test.test + "\n",
			} {
				p := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			faults, err := run(&out, root, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range test.prints {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it does not print %q:\n%s", want, out.String())
				}
			}
			if len(faults) != len(test.faults) {
				t.Errorf("faults %q, want %q", faults, test.faults)
			}
			for _, want := range test.faults {
				if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, want) }) {
					t.Errorf("no fault says %q: %q", want, faults)
				}
			}
		})
	}
}
