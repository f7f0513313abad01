package law_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

// files is the book that comes with the system, to change.
func files(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(lawdata.Files(), "*.toml")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		b, err := fs.ReadFile(lawdata.Files(), n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = &fstest.MapFile{Data: b}
	}
	return out
}

// withFile is the book with more at the end of a file.
func withFile(t testing.TB, name, more string) *law.Book {
	t.Helper()
	f := files(t)
	f[name] = &fstest.MapFile{Data: append(append([]byte{}, f[name].Data...), "\n"+more...)}
	b, err := law.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABrokenBookIsRefusedWithFileAndLine(t *testing.T) {
	req.Shows(t, "LAW-12")
	req.Shows(t, "LAW-13")
	for name, c := range map[string]struct {
		file, old, new string
		want           string // with {line} for where old stands
	}{
		"unknown key":                 {"limits.toml", "days = 3\n", "days = 3\ndispensation = true\n", "limits.toml:{line+1}: limits[1].dispensation: unknown key"},
		"no severity in data":         {"findings.toml", "rule = \"privacy\"\n", "rule = \"privacy\"\nseverity = \"note\"\n", "findings.toml:{line+1}: findings[3].severity: unknown key"},
		"more than 30 days":           {"limits.toml", "days = 30\n", "days = 31\n", "limits.toml:{line}: limits[0].days: 31: from 1 to 30"},
		"a limit is missing":          {"limits.toml", "id = \"longer\"", "id = \"else\"", "limit \"longer\" is missing"},
		"a toilet is opened":          {"places.toml", "forbidden = \"privacy\"\n\n[[places]]\nid = \"toilet\"", "\n[[places]]\nid = \"toilet\"", "\"changing-room\" is forbidden, and no file can open it"},
		"a forbidden place is gone":   {"places.toml", "id = \"solarium\"", "id = \"sun\"", "place \"solarium\" is missing"},
		"no rule forbids it":          {"places.toml", "forbidden = \"privacy\"", "forbidden = \"x\"", "places.toml:{line}: places[18].forbidden: no rule \"x\""},
		"permit of six years":         {"bases.toml", "years = 5\n", "years = 6\n", "bases.toml:{line}: bases[5].years: a police permit runs from 1 to 5 years"},
		"a hold for § 4 d":            {"bases.toml", "process = [\"consent\", \"safety\"]\n", "process = [\"consent\", \"safety\"]\nhold = [\"crime\"]\n", "§ 4 d: no hold"},
		"sharing for § 4 d":           {"bases.toml", "class = \"safety\"\nprocess = [\"consent\", \"safety\"]\ndisclose = [\"consent\", \"law\", \"police\"]", "class = \"safety\"\nprocess = [\"consent\", \"safety\"]\ndisclose = [\"business\"]", "§ 4 d: no hold"},
		"a class that is none":        {"bases.toml", "class = \"purpose\"", "class = \"fun\"", "bases.toml:{line}: bases[0].class: no class is called \"fun\""},
		"a licence that is none":      {"bases.toml", "licence = \"order\"", "licence = \"nod\"", "no licence is called \"nod\""},
		"no such controller":          {"bases.toml", "controllers = [\"sports\"]", "controllers = [\"sport\"]", "bases.toml:{line}: bases[7].controllers[0]: nothing is called \"sport\""},
		"no such place":               {"bases.toml", "\"industrial-site\", \"mall\"]", "\"industrial-site\", \"moll\"]", "places[1]: nothing is called \"moll\""},
		"no controllers":              {"bases.toml", "controllers = [\"sports\"]", "controllers = []", "bases.toml:{line}: bases[7].controllers: is needed"},
		"condition elsewhere":         {"bases.toml", "places = [\"vehicle\"]", "places = [\"road\"]", "bases.toml:{line}: bases[1].conditions[2].places[0]: \"road\" is no place of this basis"},
		"condition twice":             {"bases.toml", "id = \"solely\"", "id = \"beside\"", "bases[1].conditions[2].id: \"beside\" is no id, or there already"},
		"condition without citation":  {"bases.toml", "cite = \"tv-overvågningsloven § 2, stk. 1, nr. 3, litra a\"\n", "cite = \"\"\n", "text in both languages and cite are needed"},
		"one language":                {"rules.toml", "title.en = \"Mounting the camera is surveillance too\"\n", "", "rules[1].title: is needed in both languages"},
		"no words":                    {"kinds.toml", "name.da = \"Kommune\"\nname.en = \"Municipality\"\n", "", "kinds.toml:{line-2}: controllers[0].name: is needed, as da and en"},
		"no source":                   {"rules.toml", "source = \"edpb\"", "source = \"x\"", "source: no source \"x\""},
		"no citation":                 {"rules.toml", "cite = \"tv-overvågningsloven § 2 b\"", "cite = \" \"", "rules.toml:{line}: rules[4].cite: is needed"},
		"ends before it begins":       {"bases.toml", "to = 2025-07-01\n", "to = 2001-01-01\n", "bases.toml:{line}: bases[5].to: is not after from"},
		"two versions at once":        {"bases.toml", "to = 2025-07-01\n", "", "\"2-2\" has another version in force then"},
		"with nothing":                {"rules.toml", "with = [\"2e\"]", "with = [\"x\"]", "rules[9].with[0]: no rule \"x\""},
		"no day of effect":            {"rules.toml", "from = 2023-02-24\n", "", "rules[0].from: is needed"},
		"a basis that is a rule":      {"rules.toml", "id = \"2b\"", "id = \"2d\"", "\"2d\" is both a basis and a rule"},
		"an id twice":                 {"kinds.toml", "id = \"casino\"", "id = \"bank\"", "activities[1].id: \"bank\" is there already"},
		"no id":                       {"kinds.toml", "id = \"casino\"", "id = \"ca sino\"", "kinds.toml:{line}: activities[1].id: \"ca sino\" is no id"},
		"words that nobody asks for":  {"duties.toml", "id = \"signs.live\"", "id = \"signs.dead\"", "nothing asks for \"signs.dead\""},
		"words that are missing":      {"findings.toml", "id = \"covert\"", "id = \"cover\"", "the words of \"covert\" are missing under findings"},
		"a finding without its rule":  {"findings.toml", "rule = \"privacy\"", "rule = \"x\"", "findings.toml:{line}: findings[3].rule: no rule \"x\""},
		"a decree without end":        {"decrees.toml", "# Temporary", "[[decrees]]\nid = \"a\"\nname.da = \"a\"\nname.en = \"a\"\ncite = \"a\"\nbasis = \"2-1-5\"\nfrom = 2027-01-01\n# Temporary", "to is needed: such rules are temporary"},
		"a decree for a firm basis":   {"decrees.toml", "# Temporary", "[[decrees]]\nid = \"a\"\nname.da = \"a\"\nname.en = \"a\"\ncite = \"a\"\nbasis = \"2d\"\nfrom = 2027-01-01\nto = 2028-01-01\n# Temporary", "\"2d\" is no basis that a decree opens"},
		"a decree for both":           {"decrees.toml", "# Temporary", "[[decrees]]\nid = \"a\"\nname.da = \"a\"\nname.en = \"a\"\ncite = \"a\"\nbasis = \"2-1-5\"\nterritory = \"faroe\"\nfrom = 2027-01-01\n# Temporary", "not both"},
		"a decree for nowhere":        {"decrees.toml", "# Temporary", "[[decrees]]\nid = \"a\"\nname.da = \"a\"\nname.en = \"a\"\nterritory = \"x\"\n# Temporary", "no territory \"x\""},
		"an amendment without a word": {"rules.toml", "says.da = \"Tilsynet gælder også § 2, stk. 2 og 3, 3. pkt.\"\n", "", "amendments[0]: cite and says are needed"},
		"not TOML":                    {"kinds.toml", "public = true", "public = yes", "kinds.toml:{line}: "},
	} {
		t.Run(name, func(t *testing.T) {
			f := files(t)
			text := string(f[c.file].Data)
			i := strings.Index(text, c.old)
			if i < 0 {
				t.Fatalf("%q is not in %s", c.old, c.file)
			}
			f[c.file] = &fstest.MapFile{Data: []byte(text[:i] + c.new + text[i+len(c.old):])}
			_, err := law.Read(f)
			if err == nil {
				t.Fatal("taken")
			}
			if !fault.Is(err, fault.Invalid) || fault.Key(err) != "file.form" {
				t.Errorf("kind %v, key %q", fault.Of(err), fault.Key(err))
			}
			line := 1 + strings.Count(text[:i], "\n")
			want := strings.NewReplacer("{line}", itoa(line), "{line+1}", itoa(line+1), "{line-2}", itoa(line-2)).Replace(c.want)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in:\n%v", want, err)
			}
		})
	}
	if _, err := law.Read(fstest.MapFS{}); fault.Key(err) != "file.form" {
		t.Errorf("an empty folder: %v", err)
	}
}

// FuzzRead holds that a file of rules is taken or refused, never a panic, and
// that no file makes footage live longer or opens what is forbidden.
func FuzzRead(f *testing.F) {
	f.Add([]byte("[[limits]]\nid = \"x\"\ndays = 300\nrule = \"1\"\n"))
	f.Add([]byte("[[decrees]]\nid = \"a\"\nname.da = \"a\"\nname.en = \"b\"\ncite = \"c\"\nbasis = \"2-1-5\"\nfrom = 2020-01-01\nto = 2030-01-01\n"))
	f.Add([]byte("[[places]]\nid = \"x\"\nname.da = \"a\"\nname.en = \"b\"\nhelp.da = \"a\"\nhelp.en = \"b\"\nclosed = true\n"))
	all := files(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		all["more.toml"] = &fstest.MapFile{Data: data}
		b, err := law.Read(all)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		r := b.At(now)
		if r.Days("retention") > 30 {
			t.Error("more than 30 days")
		}
		for _, p := range []string{"changing-room", "toilet", "solarium"} {
			if list, _ := r.Candidates(situation("business", "shop", p, "crime")); len(list) > 0 {
				t.Error("a forbidden place was opened")
			}
		}
	})
}
