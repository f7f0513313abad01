package tomlfile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/tomlfile"
)

type words struct {
	DA string `toml:"da"`
	EN string
}

type rule struct {
	ID       string
	Text     words
	InForce  time.Time
	ReturnTo string
	Days     int8
	Share    float64
	Hard     bool
	Places   []string
	Steps    []step
	Extra    map[string]string
	When     *step
	Hidden   string `toml:"-"`
}

type named struct{ Name string }

type step struct {
	named
	Count uint
}

type file struct {
	Rules []rule
	Level level
	At    time.Time
}

type level int

func (l *level) UnmarshalText(b []byte) error {
	if string(b) != "high" {
		return fault.New(fault.Invalid, "level", "no level %q", b)
	}
	*l = 3
	return nil
}

const good = `# comment
level = "high"
at = 2026-11-22T01:00:00Z

[[rules]]
id = "one"
text = { da = "En", en = "One" }
in_force = 2025-07-01
return_to = "start"
days = 14
share = 2
hard = true
places = [
  "road", # with a comment
  "mall",
]

[[rules]]
id = "two"
when.name = "x"
[rules.extra]
"med æ" = "ja"
[[rules.steps]]
name = "a"
[[rules.steps]]
name = "b"
count = 2
`

func TestEveryValueLandsInItsField(t *testing.T) {
	var f file
	lines, err := tomlfile.Decode("good.toml", []byte(good), &f)
	if err != nil {
		t.Fatal(err)
	}
	want := file{
		Level: 3,
		At:    time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC),
		Rules: []rule{
			{
				ID: "one", Text: words{"En", "One"}, InForce: time.Date(2025, 6, 30, 22, 0, 0, 0, time.UTC), ReturnTo: "start",
				Days: 14, Share: 2, Hard: true, Places: []string{"road", "mall"},
			},
			{ID: "two", When: &step{named: named{"x"}}, Extra: map[string]string{"med æ": "ja"}, Steps: []step{{named: named{"a"}}, {named: named{"b"}, Count: 2}}},
		},
	}
	if d := cmp.Diff(want, f, cmp.Comparer(time.Time.Equal), cmp.AllowUnexported(step{})); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		line int
		path []any
	}{
		{2, []any{"level"}},
		{5, []any{"rules"}},
		{5, []any{"rules", 0}},
		{7, []any{"rules", 0, "text"}},
		{7, []any{"rules", 0, "text", "en"}},
		{13, []any{"rules", 0, "places"}},
		{14, []any{"rules", 0, "places", 0}},
		{15, []any{"rules", 0, "places", 1}},
		{13, []any{"rules", 0, "places", 2}}, // not there: its list
		{18, []any{"rules", 1}},
		{20, []any{"rules", 1, "when", "name"}},
		{22, []any{"rules", 1, "extra", "med æ"}},
		{25, []any{"rules", 1, "steps", 1}},
		{27, []any{"rules", 1, "steps", 1, "count"}},
		{23, []any{"rules", 1, "steps", 0, "count"}}, // not there: its table
		{1, []any{"nothing"}},
		{1, nil},
	} {
		if got := lines.Line(c.path...); got != c.line {
			t.Errorf("%v: line %d, want %d", c.path, got, c.line)
		}
	}
	err = lines.Errorf([]any{"rules", 1, "extra", "med æ"}, "no %s", "good")
	if !fault.Is(err, fault.Invalid) || fault.Key(err) != "file.form" || err.Error() != `good.toml:22: rules[1].extra."med æ": no good` {
		t.Errorf("got %v", err)
	}
	if lines.Name() != "good.toml" {
		t.Error(lines.Name())
	}
}

func TestWhatIsWrongIsSaidAllAtOnceWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"not TOML":       {"a = 1\nb = = 2\n", []string{"f:2: "}},
		"twice":          {"level = \"high\"\nlevel = \"high\"\n", []string{"f:1: "}}, // go-toml does not say which line
		"unknown keys":   {"x = 1\n[[rules]]\nid=\"a\"\nId = \"b\"\n[rules.text]\nde = \"c\"\n", []string{"f:1: x: unknown key", "f:4: rules[0].Id: unknown key", "f:6: rules[0].text.de: unknown key; known here: da, en"}},
		"hidden":         {"[[rules]]\nhidden = \"a\"\n", []string{"f:2: rules[0].hidden: unknown key"}},
		"unknown table":  {"[other]\na = 1\n", []string{"f:1: other: unknown key"}},
		"wrong types":    {"[[rules]]\nid = 1\nhard = \"yes\"\ndays = 1.5\nshare = \"a\"\nplaces = \"road\"\ntext = \"hej\"\nextra = 3\nin_force = \"2025\"\n", []string{"f:2: rules[0].id: a text is needed, not a whole number", "f:3: rules[0].hard: true or false is needed, not a text", "f:4: rules[0].days: a whole number is needed, not a decimal number", "f:5: rules[0].share: a number is needed, not a text", "f:6: rules[0].places: a list is needed, not a text", "f:7: rules[0].text: a table is needed, not a text", "f:8: rules[0].extra: a table is needed", "f:9: rules[0].in_force: a date is needed, not a text"}},
		"in a list":      {"[[rules]]\nplaces = [\n\"a\",\n2,\ntrue,\n[]]\n", []string{"f:4: rules[0].places[1]: a text is needed", "f:5: rules[0].places[2]: a text is needed, not true or false", "f:2: rules[0].places[3]: a text is needed, not a list"}},
		"list for table": {"[[rules]]\n[[rules.text]]\nda = \"x\"\n", []string{"f:2: rules[0].text: a table is needed, not a list"}},
		"table for list": {"[rules]\nid = \"a\"\n", []string{"f:1: rules: a list is needed, not a table"}},
		"does not fit":   {"[[rules]]\ndays = 200\n[[rules.steps]]\ncount = -1\n", []string{"f:2: rules[0].days: 200 does not fit", "f:4: rules[0].steps[0].count: -1 does not fit"}},
		"no number":      {"[[rules]]\nshare = nan\n", []string{"f:2: rules[0].share: a number is needed"}},
		"own type":       {"level = \"low\"\n", []string{"f:1: level: no level \"low\""}},
		"own type, kind": {"level = 3\n", []string{"f:1: level: a text is needed, not a whole number"}},
		"local time":     {"at = 10:00:00\n", []string{"f:1: at: a date is needed, not a date or time"}},
		"too large":      {strings.Repeat("#", tomlfile.MaxSize+1), []string{"larger than"}},
	} {
		t.Run(name, func(t *testing.T) {
			var f file
			_, err := tomlfile.Decode("f", []byte(c.text), &f)
			if err == nil {
				t.Fatal("taken")
			}
			if !fault.Is(err, fault.Invalid) || fault.Key(err) != "file.form" {
				t.Errorf("kind %v, key %s", fault.Of(err), fault.Key(err))
			}
			got := strings.Split(err.Error(), "\n")
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in:\n%s", w, err)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("%d errors, want %d:\n%s", len(got), len(c.want), err)
			}
		})
	}
}

// FuzzDecode holds that foreign files are taken or refused, never a panic,
// that a refusal names its file, and that every value of a file that is taken
// has a line of that file.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a.b.c = [[1, 2], [], {x = 1}]\n[a.b.d]\n[[a.e]]\n[[a.e.f]]\nx = 1979-05-27\n"))
	f.Add([]byte("\"\" = ''\n'a b' = \"\"\"\n\"\"\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v file
		if lines, err := tomlfile.Decode("f", data, &v); err == nil {
			last := 1 + strings.Count(string(data), "\n")
			for i := range v.Rules {
				if n := lines.Line("rules", i); n < 1 || n > last {
					t.Errorf("rule %d in line %d of %d", i, n, last)
				}
			}
		} else if !strings.HasPrefix(err.Error(), "f:") || !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
		var anything struct{ A, B, C map[string]string }
		if _, err := tomlfile.Decode("f", data, &anything); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}
