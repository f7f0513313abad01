package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryAlarmIsListed reads the source: an alarm that is raised and not
// listed would reach people without words.
func TestEveryAlarmIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`\.alarm\("([a-z.-]+)"(\+?)`)
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			n++
			if m[2] == "" && !slices.Contains(AlarmKeys(), m[1]) {
				t.Errorf("%s raises %q, which is not listed", name, m[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d alarms are found in the source", n)
	}
}
