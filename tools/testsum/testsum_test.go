package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sum runs testsum over input and returns what it printed and whether all was well.
func sum(t *testing.T, input, partial, lacking string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"partial": partial, "lacking": lacking} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	ok, err := run(strings.NewReader(input), &out, filepath.Join(dir, "partial"), filepath.Join(dir, "lacking"), filepath.Join(dir, "counts"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	counts, err := os.ReadFile(filepath.Join(dir, "counts"))
	if err != nil {
		t.Fatal(err)
	}
	if last := lines[len(lines)-1]; strings.TrimSpace(string(counts)) != last {
		t.Errorf("last line is %q, the counts file has %q", last, counts)
	}
	return out.String(), ok
}

const (
	start = `{"Action":"start","Package":"p/a"}
`
	good = `{"Action":"run","Package":"p/a","Test":"TestGood"}
{"Action":"output","Package":"p/a","Test":"TestGood","Output":"quiet words\n"}
{"Action":"pass","Package":"p/a","Test":"TestGood","Elapsed":1.5}
`
	bad = `{"Action":"run","Package":"p/a","Test":"TestBad"}
{"Action":"output","Package":"p/a","Test":"TestBad","Output":"    a_test.go:7: loud words\n"}
{"Action":"fail","Package":"p/a","Test":"TestBad","Elapsed":0.1}
`
	skip = `{"Action":"run","Package":"p/a","Test":"TestOut/postgres"}
{"Action":"output","Package":"p/a","Test":"TestOut/postgres","Output":"no server\n"}
{"Action":"skip","Package":"p/a","Test":"TestOut/postgres"}
`
	pass  = `{"Action":"pass","Package":"p/a","Elapsed":2}` + "\n"
	fail  = `{"Action":"fail","Package":"p/a","Elapsed":2}` + "\n"
	list  = "# words\npostgresql-15 p/* */postgres the second database\n"
	tapOK = "TAP version 13\n# Subtest: x\nok 1 - x\n1..1\n# tests 1\n# pass 1\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 3.5\n"
)

func TestVerdicts(t *testing.T) {
	tests := []struct {
		name, input, lacking, last, says string
		ok                               bool
	}{
		{"all well", start + good + pass, "", "1 passed, 0 failed", "ok    p/a", true},
		{"a test fails", start + good + bad + fail, "", "1 passed, 1 failed", "loud words", false},
		{"a test skips for no allowed reason", start + good + skip + pass, "", "1 passed, 1 failed, 1 skipped", "no server", false},
		{"a test skips as listed", start + good + skip + pass, "root\npostgresql-15\n", "1 passed, 0 failed, 1 skipped", "ok    p/a", true},
		{"a package dies in a test", start + `{"Action":"output","Package":"p/a","Test":"TestLong","Output":"panic: test timed out\n"}` + "\n" + fail, "", "0 passed, 1 failed", "test timed out", false},
		{"a package does not build", `{"ImportPath":"p/a [p/a.test]","Action":"build-output","Output":"a.go:3: undefined: x\n"}
{"ImportPath":"p/a [p/a.test]","Action":"build-fail"}
` + start + `{"Action":"fail","Package":"p/a","Elapsed":0,"FailedBuild":"p/a [p/a.test]"}` + "\n", "", "0 passed, 1 failed", "undefined: x", false},
		{"the run ends in the middle", start + good, "", "1 passed, 1 failed", "ended in the middle", false},
		{"nothing ran", "", "", "0 passed, 0 failed", "", false},
		{"Node's tests count", tapOK + start + good + pass, "", "2 passed, 0 failed", "web (Node)", true},
		{"Node's tests fail", strings.Replace(tapOK, "# fail 0", "# fail 2", 1) + start + good + pass, "", "2 passed, 2 failed", "ok 1 - x", false},
		{"Node dies", "TAP version 13\n" + start + good + pass, "", "1 passed, 1 failed", "Node's run", false},
		{"a tool's words pass through", "go: warning\n" + start + good + pass, "", "1 passed, 0 failed", "go: warning", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, ok := sum(t, test.input, list, test.lacking)
			if ok != test.ok {
				t.Errorf("ok is %v", ok)
			}
			if !strings.HasSuffix(out, "\n"+test.last+"\n") && out != test.last+"\n" {
				t.Errorf("last line is not %q:\n%s", test.last, out)
			}
			if !strings.Contains(out, test.says) {
				t.Errorf("it does not say %q:\n%s", test.says, out)
			}
			if strings.Contains(out, "quiet words") {
				t.Errorf("a passing test speaks:\n%s", out)
			}
		})
	}
}

func TestListMustSayWhy(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "partial")
	if err := os.WriteFile(name, []byte("root a TestX\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readLeave(name, filepath.Join(dir, "none")); err == nil {
		t.Error("a line without words was taken")
	}
}
