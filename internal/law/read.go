package law

import (
	"errors"
	"io/fs"
	"slices"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/tomlfile"
)

// Limits that the checks ask for.
const (
	limitRetention = "retention" // § 4 c stk. 4, § 4 d stk. 3
	limitLonger    = "longer"    // above it the reason must be fuller (EDPB 3/2019)
	limitSpecial   = "special"   // above it the reason must be a special one (H 5.2)
)

// longestRetention is as permit.LongestRetention: no book can say more.
const longestRetention = 30

// longestYears is § 2 stk. 2-4's: no book can say more.
const longestYears = 5

// mustForbid are places that no book can open (LAW-15).
var mustForbid = []string{"changing-room", "toilet", "solarium"}

// place of a value in the files: which file, and the path in it.
type place struct {
	lines *tomlfile.Lines
	path  []any
}

// reader joins the files of a book and remembers where each entry stood.
type reader struct {
	book  Book
	at    map[any]place // pointer-free key: list name and index
	wrong []error
}

type entry struct {
	list string
	i    int
}

// Read reads a book from the TOML files of a folder, docs/ref/law.md says how
// they are written, and checks it: every reference leads somewhere, every text
// is there in both languages, versions of a rule do not overlap, and nothing
// says more than the law. Errors are fault.Invalid "file.form" with file and
// line, all of them joined.
func Read(files fs.FS) (*Book, error) {
	names, err := fs.Glob(files, "*.toml")
	if err != nil || len(names) == 0 {
		return nil, fault.New(fault.Invalid, "file.form", "no rules: no *.toml in the folder")
	}
	r := reader{at: map[any]place{}}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fault.As(fault.Invalid, "file.form", err)
		}
		var part Book
		lines, err := tomlfile.Decode(name, data, &part)
		if err != nil {
			r.wrong = append(r.wrong, err)
			continue
		}
		r.add(part, lines)
	}
	if len(r.wrong) == 0 {
		r.check()
	}
	if err := errors.Join(r.wrong...); err != nil {
		return nil, err
	}
	return &r.book, nil
}

func (r *reader) add(p Book, lines *tomlfile.Lines) {
	b := &r.book
	b.Sources = join(r, lines, "sources", b.Sources, p.Sources)
	b.Rules = join(r, lines, "rules", b.Rules, p.Rules)
	b.Bases = join(r, lines, "bases", b.Bases, p.Bases)
	b.Places = join(r, lines, "places", b.Places, p.Places)
	b.Controllers = join(r, lines, "controllers", b.Controllers, p.Controllers)
	b.Activities = join(r, lines, "activities", b.Activities, p.Activities)
	b.Territories = join(r, lines, "territories", b.Territories, p.Territories)
	b.Limits = join(r, lines, "limits", b.Limits, p.Limits)
	b.Decrees = join(r, lines, "decrees", b.Decrees, p.Decrees)
	b.Findings = join(r, lines, "findings", b.Findings, p.Findings)
	b.Duties = join(r, lines, "duties", b.Duties, p.Duties)
	b.Polcam = join(r, lines, "polcam", b.Polcam, p.Polcam)
}

func join[T any](r *reader, lines *tomlfile.Lines, list string, to, more []T) []T {
	for i := range more {
		r.at[entry{list, len(to) + i}] = place{lines, []any{list, i}}
	}
	return append(to, more...)
}

// fail notes an error at a key of entry i of a list.
func (r *reader) fail(list string, i int, key []any, format string, args ...any) {
	if at, ok := r.at[entry{list, i}]; ok {
		r.wrong = append(r.wrong, at.lines.Errorf(slices.Concat(at.path, key), format, args...))
		return
	}
	r.wrong = append(r.wrong, fault.New(fault.Invalid, "file.form", "the rules: "+format, args...))
}

// needText demands a text in both languages.
func (r *reader) needText(list string, i int, key string, t Text) {
	switch {
	case t.empty():
		r.fail(list, i, []any{key}, "is needed, as da and en")
	case !t.whole():
		r.fail(list, i, []any{key}, "is needed in both languages, da and en")
	}
}
