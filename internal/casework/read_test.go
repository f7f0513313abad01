package casework_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/req"
)

func fjordby(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "fjordby.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// edit is one change to a good file and what is then said of it, in the line
// of the first text.
type edit struct {
	name, from, to, want string
}

// TestWrongProcessesAreRefused: in form and in meaning, with file and line.
func TestWrongProcessesAreRefused(t *testing.T) {
	req.Shows(t, "CASE-20", "CASE-12", "ID-3")
	good := fjordby(t)
	for _, e := range []edit{
		{"an unknown key", "minutes = 10", "minutes = 10\nlave = 1", "unknown key"},
		{"a word for the copy", `copy = "request"`, `copy = "perhaps"`, "perhaps"},
		{"a word for live view", `allow = "emergency"`, `allow = "sometimes"`, "sometimes"},
		{"nobody may, for a reason", `allow = "emergency"`, `allow = "never"`, "live view is never allowed"},
		{"alone where nobody is", `allow = "emergency"`, `allow = "extraordinary"`, "nobody looks alone here"},
		{"an emergency without its reason", "alone = true", "alone = false", "no reason is an emergency"},
		{"live for hours", "longest = 30", "longest = 61", "1 to 60 minutes"},
		{"more minutes than the longest", "minutes = 10", "minutes = 31", "1 to 30 minutes"},
		{"checks without a reason", "longest = 30", "longest = 30\nchecks_a_day = 2", "reasons for as many"},
		{"a number for words", "version = 1", "version = \"one\"", "whole number"},
		{"no Danish", `name = { da = "Sagen", en`, `name = { da = "", en`, "Danish words"},
		{"no version", "version = 1", "version = 0", "begin at 1"},
		{"an unknown kind of controller", `for = ["municipality"`, `for = ["kommune"`, "none of municipality"},
		{"two of one id among bodies", "id = \"council\"\nname", "id = \"guard\"\nname", "twice"},
		{"two of one id among steps", "id = \"told\"", "id = \"chief\"", "twice"},
		{"two of one id among fields", "id = \"days\"", "id = \"why\"", "twice"},
		{"two applicants", "id = \"guard\"\nname = { da = \"Sikringsansvarlig\", en = \"Security officer\" }\nscope = \"controller\"", "id = \"guard\"\nname = { da = \"Sikringsansvarlig\", en = \"Security officer\" }\nscope = \"case\"", "one body is the applicant"},
		{"an unknown scope", "scope = \"location\"", "scope = \"galaxy\"", "none of controller"},
		{"an unknown body in a step", "body = \"neighbours\"", "body = \"nobody\"", "no body \"nobody\""},
		{"an unknown body told", "escalate = \"chief\"", "escalate = \"nobody\"", "no body \"nobody\""},
		{"an unknown step before", "after = [\"told\"]", "after = [\"tuld\"]", "no step \"tuld\""},
		{"a circle", "after = [\"chief\"]", "after = [\"chief\", \"mount\"]", "circle"},
		{"a step after itself", "after = [\"told\"]", "after = [\"told\", \"mount\"]", "circle"},
		{"an unknown phase", "id = \"hear\"\nphase = \"only\"", "id = \"hear\"\nphase = \"other\"", "no phase"},
		{"When of an unknown field", "field = \"street\"", "field = \"road\"", "no field \"road\""},
		{"When of an answer that cannot be", "field = \"street\", is = [\"yes\"]", "field = \"street\", is = [\"perhaps\"]", "no answer to"},
		{"When of a text", "field = \"street\"", "field = \"why\"", "no choice"},
		{"When without answers", "field = \"street\", is = [\"yes\"]", "field = \"street\", is = []", "no answer makes it hold"},
		{"an unknown meaning", "means = \"retention.days\"", "means = \"retention.weeks\"", "none of"},
		{"an unknown task", "needs.tasks = [\"why\", ", "needs.tasks = [\"why\", \"how\", ", "no task \"how\""},
		{"a task that nobody asks for", "needs.tasks = [\"why\", \"cameras\", \"hours\"]", "needs.tasks = [\"why\", \"cameras\"]", "no application asks"},
		{"an unknown annex", "id = \"told\"\n", "id = \"told\"\nneeds.annexes = [\"letter\"]\n", "no kind of annex"},
		{"an approval that the applicant gives", "id = \"guard\"\nphase = \"only\"\nbody = \"guard\"", "id = \"guard\"\nphase = \"only\"\nbody = \"asker\"", "the applicant does not decide"},
		{"an approval that is work", "kind = \"decision\"\nafter = [\"council\"]", "kind = \"work\"\nafter = [\"council\"]", "an approval is a decision"},
		{"a decision that cannot approve", "may = [\"approve\", \"refuse\"]\ntitle = { da = \"Må", "may = [\"refuse\"]\ntitle = { da = \"Må", "can approve"},
		{"sending back to nowhere", "return_to = \"ask\"\ntitle = { da = \"Sikring\"", "title = { da = \"Sikring\"", "says where to"},
		{"sending forward", "return_to = \"ask\"\ntitle = { da = \"Sikring\"", "return_to = \"told\"\ntitle = { da = \"Sikring\"", "does not come before"},
		{"permits that do not wait for an approval", "after = [\"guard\", \"hear\", \"live\"]", "after = [\"hear\", \"live\"]", "do not wait for the approval \"guard\""},
		{"permits before the decision", "after = [\"mount\"]\neffect = \"permit\"", "after = [\"council\"]\neffect = \"permit\"", "do not wait for the decision"},
		{"no permit effect", "effect = \"permit\"\n", "", "no step has the effect \"permit\""},
		{"no decision", "effect = \"decide\"\n", "", "no step has the effect \"decide\""},
		{"no operation", "effect = \"begin\"\n", "", "no step has the effect \"begin\""},
		{"two permits", "id = \"told\"\n", "id = \"told\"\neffect = \"permit\"\n", "twice"},
		{"a step that leads nowhere", "after = [\"told\"]", "after = [\"chief\"]", "nothing waits for \"told\""},
		{"a wait for a step that may be let go", "id = \"told\"\n", "id = \"told\"\nomittable = true\n", "passed over"},
		{"a wait from what does not come before", "since = \"told\"", "since = \"run\"", "does not come before"},
		{"a wait of no days", "since = \"told\", days = 42", "since = \"told\", days = 0", "at least one day"},
		{"a wait from a date that is not asked", "since = \"told\", days = 42", "since = \"told\", field = \"when\", days = 42", "no date of"},
		{"a wait that may be let go", "wait = {", "omittable = true\nwait = {", "never let go"},
		{"an effect that may be needless", "effect = \"decide\"", "effect = \"decide\"\nwhen = { field = \"live\", is = [\"yes\"] }", "never needless"},
		{"an approval that keeps", "id = \"guard\"\nphase", "id = \"guard\"\nkeeps = true\nphase", "only work keeps"},
		{"an application after an approval", "id = \"told\"\nphase = \"only\"\nbody = \"guard\"\nkind = \"work\"", "id = \"told\"\nphase = \"only\"\nbody = \"asker\"\nkind = \"apply\"\nneeds.tasks = [\"why\"]", "can never stand"},
		{"nobody may withdraw", "withdraw = [\"chief\"]", "withdraw = []", "nobody may"},
		{"keeping for months", "retention_normal = 7", "retention_normal = 90", "1 to 30"},
		{"an unknown way of widening", "widen = \"never\"", "widen = \"always\"", "none of frame"},
		{"reminders of nothing", "days = 14\nremind = [7]", "remind = [7]", "reminders count"},
		{"not TOML", "[[phases]]", "[[phases", "fjordby.toml"},
	} {
		t.Run(e.name, func(t *testing.T) {
			if strings.Count(good, e.from) == 0 {
				t.Fatalf("%q is not in the good file", e.from)
			}
			bad := strings.Replace(good, e.from, e.to, 1)
			_, err := casework.Parse("fjordby.toml", []byte(bad))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), e.want) {
				t.Errorf("%v; want %q", err, e.want)
			}
			if !regexp.MustCompile(`fjordby\.toml:\d+: `).MatchString(err.Error()) {
				t.Errorf("no line: %v", err)
			}
		})
	}
}

// TestErrorsNameTheLine: the line is that of the thing itself.
func TestErrorsNameTheLine(t *testing.T) {
	req.Shows(t, "CASE-20")
	bad := strings.Replace(fjordby(t), "body = \"neighbours\"", "body = \"nobody\"", 1)
	line := strings.Count(bad[:strings.Index(bad, "\"nobody\"")], "\n") + 1
	_, err := casework.Parse("fjordby.toml", []byte(bad))
	if want := fmt.Sprintf("fjordby.toml:%d: ", line); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %s", err, want)
	}
}

// TestVersionsStandSideBySide: a new case begins under the newest that is in
// force, and a running one keeps its own.
func TestVersionsStandSideBySide(t *testing.T) {
	req.Shows(t, "CASE-20")
	one := fjordby(t)
	two := strings.Replace(strings.Replace(one, "version = 1", "version = 2", 1), "in_force = 2025-01-01", "in_force = 2026-06-01", 1)
	two = strings.Replace(two, "da = \"Hør lokalrådet\"", "da = \"Spørg lokalrådet\"", 1)
	l, err := casework.Read(fstest.MapFS{"one.toml": {Data: []byte(one)}, "two.toml": {Data: []byte(two)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want int
	}{{time.Date(2026, 5, 31, 12, 0, 0, 0, time.UTC), 1}, {time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), 2}} {
		got := l.Newest("municipality", c.at)
		if len(got) != 1 || got[0].Version != c.want {
			t.Errorf("%s: %v", c.at, got)
		}
	}
	if len(l.Newest("business", start)) > 0 || len(l.Newest("municipality", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))) > 0 {
		t.Error("offered to whom, or when, it is not in force")
	}
	old, _ := l.Process("fjordby", 1)
	newer, _ := l.Process("fjordby", 2)
	c, _, err := old.Open(casework.Opening{ID: "1"}, casework.Facts{}, casework.Actor{Person: "p"}, start)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := newer.Do(c, casework.Facts{}, casework.Act{Kind: casework.ActSend, Step: "ask"}, casework.Actor{Person: "p"}, start); err == nil {
		t.Error("a running case went on under another version")
	}
	if _, _, err := newer.Open(casework.Opening{ID: "1"}, casework.Facts{}, casework.Actor{Person: "p"}, start); err == nil {
		t.Error("a case began before its process was in force")
	}
	if _, err := casework.Read(fstest.MapFS{"one.toml": {Data: []byte(one)}, "again.toml": {Data: []byte(one)}}); err == nil || !strings.Contains(err.Error(), "also in") {
		t.Errorf("one version twice: %v", err)
	}
}

// TestNoCodeKnowsAMunicipality: what a process says stands in its file alone.
func TestNoCodeKnowsAMunicipality(t *testing.T) {
	req.Shows(t, "CASE-20")
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			code, _, _ := strings.Cut(line, "//")
			for _, word := range []string{"herning", "ØKE", "virksomhed\"", "\"dpo\"", "\"committee\"", "\"director\"", "\"risk\"", "MED-"} {
				if strings.Contains(strings.ToLower(code), strings.ToLower(word)) {
					t.Errorf("%s:%d knows %q", name, i+1, word)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	good := fjordby(f)
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, "after = [\"told\"]", "after = [\"run\"]", 1)))
	f.Add([]byte("id = \"x\"\n[[steps]]\nid = \"a\"\nafter = [\"a\"]\n"))
	f.Add([]byte("[[bodies]]\n[[tasks.fields]]\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := casework.Parse("f.toml", data)
		if err != nil {
			return
		}
		// What is accepted runs.
		c, _, err := p.Open(casework.Opening{ID: "1"}, casework.Facts{}, casework.Actor{Person: "p"}, p.InForce)
		if err != nil || len(p.Ball(c, p.InForce)) == 0 {
			t.Errorf("opens with nobody holding the ball: %v", err)
		}
		p.May(c, casework.Facts{}, casework.Actor{Person: "p"}, p.InForce)
		p.Due(c, casework.Facts{}, p.InForce.AddDate(1, 0, 0))
		p.Missing(casework.Application{})
	})
}
