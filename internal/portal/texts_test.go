package portal

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// Whatever the engine raises as an alarm or enters in its ledger is said in
// words here: the keys are read from where they are written.
func TestTheEnginesKeysHaveWords(t *testing.T) {
	c, err := page.ReadCatalogue(web.Text())
	fatal(t, err)
	find := func(dir string, patterns ...string) map[string]string {
		found := map[string]string{}
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		fatal(t, err)
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			data, err := os.ReadFile(f)
			fatal(t, err)
			for _, p := range patterns {
				for _, m := range regexp.MustCompile(p).FindAllStringSubmatch(string(data), -1) {
					found[m[1]] = f
				}
			}
		}
		return found
	}
	for dir, patterns := range map[string][]string{
		"engine":  {`\.alarm\("([a-z]+\.[a-z-]+)"`},
		"archive": {`Alarm[A-Z]\w*\s*= "([a-z.-]+)"`},
	} {
		for k, f := range find(dir, patterns...) {
			if !c.Has(page.Danish, "alarm."+k) {
				t.Errorf("the alarm %q of %s has no words", k, f)
			}
		}
	}
	events := find("engine", `\.event\("([a-z]+\.[a-z-]+)"`)
	for k, f := range find("archive", `Kind: "([a-z]+\.[a-z]+)"`, `Append\(ctx, tx, [^"]*"([a-z]+\.[a-z]+)"`, `kind, when :?= "([a-z.]+)"`) {
		events[k] = f
	}
	for k, f := range events {
		if !c.Has(page.Danish, "log."+k) {
			t.Errorf("the entry %q of %s has no words", k, f)
		}
	}
	if len(events) < 8 {
		t.Errorf("only %d kinds of entries were found: the patterns are out of date", len(events))
	}
	ours := map[string]string{}
	dirs, err := filepath.Glob("../*")
	fatal(t, err)
	for _, dir := range dirs {
		for k, f := range find(filepath.Base(dir), `Append\(ctx, tx, [^"\n]*"([a-z]+(?:\.[a-z-]+)?)"[,)]`, `\.(?:add|enter|act|enterDone)\(ctx, [^"\n]*"([a-z]+\.[a-z-]+)"`) {
			ours[k] = f
		}
	}
	for k, f := range find("permit", `Kind\w+\s+Kind = "([a-z-]+)"`) {
		ours[k+".issued"], ours["statement."+k] = f, f
	}
	for k, f := range find("casework", `ActKind = "([a-z-]+)"`) {
		ours["case."+k] = f
	}
	for k, f := range find("dossier", `\.save\(ctx, [^"\n]*"([a-z]+)", \w+\)`) {
		ours["case."+k] = f
	}
	for k, f := range ours {
		if !c.Has(page.Danish, "log."+k) {
			t.Errorf("the entry %q of %s has no words", k, f)
		}
	}
	if len(ours) < 130 {
		t.Errorf("only %d kinds of entries were found: the patterns are out of date", len(ours))
	}
	states := find("engineapi", `State\w+\s+State = "([a-z-]+)"`)
	for k := range states {
		if !c.Has(page.Danish, "state."+k) {
			t.Errorf("the state %q has no words", k)
		}
	}
	causes := find("engineapi", `Cause\w+\s+Cause = "([a-z.-]+)"`)
	for k := range causes {
		if !c.Has(page.Danish, "why."+k) {
			t.Errorf("the cause %q has no words", k)
		}
	}
	if len(states) < 10 || len(causes) < 20 {
		t.Errorf("%d states and %d causes were found: the patterns are out of date", len(states), len(causes))
	}
}
