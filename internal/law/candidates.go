package law

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Situation is what a basis is sought for.
type Situation struct {
	Controller string // kind
	Activity   string // kind of business; may be empty
	Place      string // kind of place
	Territory  string // "" is Denmark
	Purpose    string // kind: crime, safety, other
	Recording  bool   // pictures are kept
	// Mounted says that the apparatus is put up and not in use. It changes no
	// answer: mounting counts as using (§ 1 stk. 2).
	Mounted bool
}

// Candidate is a basis that can apply, with what it demands here.
type Candidate struct {
	Basis      Basis
	Conditions []Condition // to be affirmed, each
	Duties     Duties
	Notes      []Finding
}

// Candidates are the bases that can apply to the situation, and why others
// cannot. Where the list is empty one finding at least refuses, with its
// paragraph (LAW-1).
func (r Rules) Candidates(s Situation) (list []Candidate, refused []Finding) {
	if stop := r.impossible(s); len(stop) > 0 {
		return nil, stop
	}
	for _, b := range r.Bases() {
		if why, can := r.applies(b, s); can {
			list = append(list, Candidate{Basis: b, Conditions: b.asked(s.Place), Duties: r.Duties(b.ID, s), Notes: r.notes(b)})
		} else if why.ID != "" {
			why.Basis = b.ID
			refused = append(refused, why)
		}
	}
	if len(list) == 0 {
		refused = append([]Finding{r.none(s)}, refused...)
	}
	return list, refused
}

// impossible is what refuses a situation whatever basis is sought.
func (r Rules) impossible(s Situation) []Finding {
	var list []Finding
	if t, ok := find(r.book.Territories, func(k Kind) bool { return k.ID == s.Territory }); s.Territory != "" && (!ok || t.Outside) {
		open := slices.ContainsFunc(r.Decrees(), func(d Decree) bool { return d.Territory == s.Territory })
		if !open {
			list = append(list, r.finding("territory", Refuse, "{territory.da}", t.Name.DA, "{territory.en}", t.Name.EN))
		}
	}
	if _, ok := r.controller(s.Controller); !ok {
		list = append(list, at(r.finding("controller.unknown", Refuse), "controller"))
	}
	p, ok := r.Place(s.Place)
	switch {
	case !ok:
		list = append(list, at(r.finding("place.unknown", Refuse), "place"))
	case p.Forbidden != "":
		f := at(r.finding("place.forbidden", Refuse, "{place.da}", p.Name.DA, "{place.en}", p.Name.EN), "place")
		f.Rule, f.Cite = p.Forbidden, r.cite(p.Forbidden)
		list = append(list, f)
	}
	return list
}

// applies reports whether a basis can apply, and if not, why: an empty finding
// for a basis that is another kind of controller's altogether.
func (r Rules) applies(b Basis, s Situation) (why Finding, can bool) {
	place, _ := r.Place(s.Place)
	words := named(place)
	no := func(id, field string) (Finding, bool) {
		f := at(r.finding(id, Note, words...), field)
		f.Rule, f.Cite = b.ID, b.Cite
		return f, false
	}
	switch {
	case !slices.Contains(b.Controllers, s.Controller):
		return Finding{}, false
	case !slices.Contains(b.Places, s.Place):
		return no("basis.place", "place")
	case len(b.Activities) > 0 && !slices.Contains(b.Activities, s.Activity):
		return no("basis.activity", "activity")
	case s.Purpose != "" && !slices.Contains(b.Purposes, s.Purpose):
		return no("basis.purpose", "purpose.kind")
	case s.Recording && !b.Recording:
		return no("basis.recording", "recording")
	case b.Licence == LicenceDecree && !slices.ContainsFunc(r.Decrees(), func(d Decree) bool { return d.Basis == b.ID }):
		return no("basis.decree", "basis")
	}
	return Finding{}, true
}

// named are the words for a place within a sentence.
func named(p Place) []string {
	lower := func(s string) string {
		r, n := utf8.DecodeRuneInString(s)
		return string(unicode.ToLower(r)) + s[n:]
	}
	if p.ID == "" {
		return []string{"{place.da}", "", "{place.en}", ""}
	}
	return []string{"{place.da}", lower(p.Name.DA), "{place.en}", lower(p.Name.EN)}
}

// none is the refusal of a situation that has no basis: § 1 for private
// controllers, what authorities may for authorities, and the regulation where
// § 1 does not reach.
func (r Rules) none(s Situation) Finding {
	place, _ := r.Place(s.Place)
	kind, _ := r.controller(s.Controller)
	id := "none.indoors"
	switch {
	case place.Traffic && kind.Public:
		id = "none.authority"
	case place.Traffic && s.Mounted:
		id = "none.mounted"
	case place.Traffic:
		id = "none.private"
	case s.Purpose == PurposeSafety:
		id = "purpose.safety"
	}
	return r.finding(id, Refuse, named(place)...)
}

// notes are what must be known of a basis before somebody rests on it.
func (r Rules) notes(b Basis) []Finding {
	var list []Finding
	add := func(id string, words Text, cite string) {
		f := r.finding(id, Warn, "{what.da}", words.DA, "{what.en}", words.EN)
		f.Rule, f.Cite, f.Basis = b.ID, cite, b.ID
		list = append(list, f)
	}
	if !b.Unverified.empty() {
		add("basis.unverified", b.Unverified, b.Cite)
	}
	for _, a := range b.Amendments {
		add("basis.amended", a.Says, a.Cite)
	}
	return list
}

// asked are the conditions that a place asks for.
func (b Basis) asked(place string) []Condition {
	return slices.DeleteFunc(slices.Clone(b.Conditions), func(c Condition) bool {
		return len(c.Places) > 0 && !slices.Contains(c.Places, place)
	})
}

// at names the field that a finding is about.
func at(f Finding, field string) Finding {
	f.Field = field
	return f
}
