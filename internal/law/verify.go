package law

import (
	"slices"
	"strings"
	"time"
)

// withAll is a rule that acts through every basis.
const withAll = "all"

// check is every demand on a book as a whole.
func (r *reader) check() {
	b := &r.book
	r.ids("sources", len(b.Sources), func(i int) string { return b.Sources[i].ID })
	r.ids("places", len(b.Places), func(i int) string { return b.Places[i].ID })
	r.ids("controllers", len(b.Controllers), func(i int) string { return b.Controllers[i].ID })
	r.ids("activities", len(b.Activities), func(i int) string { return b.Activities[i].ID })
	r.ids("territories", len(b.Territories), func(i int) string { return b.Territories[i].ID })
	r.ids("limits", len(b.Limits), func(i int) string { return b.Limits[i].ID })
	r.ids("decrees", len(b.Decrees), func(i int) string { return b.Decrees[i].ID })
	r.ids("findings", len(b.Findings), func(i int) string { return b.Findings[i].ID })
	r.ids("duties", len(b.Duties), func(i int) string { return b.Duties[i].ID })
	r.ids("polcam", len(b.Polcam), func(i int) string { return b.Polcam[i].ID })
	for i, s := range b.Sources {
		r.needText("sources", i, "name", s.Name)
	}
	for i, k := range b.Controllers {
		r.needText("controllers", i, "name", k.Name)
	}
	for i, k := range b.Activities {
		r.needText("activities", i, "name", k.Name)
	}
	for i, k := range b.Territories {
		r.needText("territories", i, "name", k.Name)
	}
	for i, x := range b.Rules {
		r.rule("rules", i, x)
	}
	for i, x := range b.Bases {
		r.rule("bases", i, x.Rule)
		r.basis(i, x)
	}
	r.versions()
	r.places()
	r.limits()
	r.polcam()
	r.decrees()
	r.sayings("findings", b.Findings, findingIDs)
	r.sayings("duties", b.Duties, dutyIDs)
}

// ids demands that every entry has an id, and no other the same.
func (r *reader) ids(list string, n int, id func(int) string) {
	seen := map[string]bool{}
	for i := range n {
		switch x := id(i); {
		case x == "" || strings.ContainsAny(x, " \t\n/?#"):
			r.fail(list, i, []any{"id"}, "%q is no id", x)
		case seen[x]:
			r.fail(list, i, []any{"id"}, "%q is there already", x)
		default:
			seen[x] = true
		}
	}
}

func (r *reader) rule(list string, i int, x Rule) {
	if x.ID == "" || strings.ContainsAny(x.ID, " \t\n/?#") {
		r.fail(list, i, []any{"id"}, "%q is no id", x.ID)
	}
	if strings.TrimSpace(x.Cite) == "" {
		r.fail(list, i, []any{"cite"}, "is needed")
	}
	r.needText(list, i, "title", x.Title)
	r.needText(list, i, "says", x.Says)
	if !x.Unverified.empty() {
		r.needText(list, i, "unverified", x.Unverified)
	}
	r.source(list, i, []any{"source"}, x.Source)
	for j, id := range x.With {
		if id != withAll && !r.isRule(id) {
			r.fail(list, i, []any{"with", j}, "no rule %q", id)
		}
	}
	if x.From.IsZero() {
		r.fail(list, i, []any{"from"}, "is needed")
	}
	if !x.To.IsZero() && !x.To.After(x.From) {
		r.fail(list, i, []any{"to"}, "is not after from")
	}
	for j, a := range x.Amendments {
		r.source(list, i, []any{"amendments", j, "source"}, a.Source)
		if !a.Says.whole() || a.Cite == "" {
			r.fail(list, i, []any{"amendments", j}, "cite and says are needed, in both languages")
		}
	}
}

func (r *reader) source(list string, i int, key []any, id string) {
	if _, ok := find(r.book.Sources, func(s Source) bool { return s.ID == id }); !ok {
		r.fail(list, i, key, "no source %q", id)
	}
}

func (r *reader) basis(i int, b Basis) {
	known := func(key string, list []string, ok func(string) bool) {
		for j, x := range list {
			if !ok(x) {
				r.fail("bases", i, []any{key, j}, "nothing is called %q", x)
			}
		}
	}
	oneOf := func(words ...string) func(string) bool {
		return func(x string) bool { return slices.Contains(words, x) }
	}
	known("controllers", b.Controllers, kindIn(r.book.Controllers))
	known("activities", b.Activities, kindIn(r.book.Activities))
	known("places", b.Places, r.isPlace)
	known("purposes", b.Purposes, oneOf(PurposeCrime, PurposeSafety, PurposeOther))
	known("process", b.Process, oneOf(GroundConsent, GroundSafety))
	known("disclose", b.Disclose, oneOf(GroundConsent, GroundLaw, GroundPolice, GroundBusiness))
	known("hold", b.Hold, oneOf(HoldCrime, HoldDispute, HoldSharing))
	for _, x := range []struct {
		key string
		n   int
	}{{"controllers", len(b.Controllers)}, {"places", len(b.Places)}, {"purposes", len(b.Purposes)}, {"disclose", len(b.Disclose)}} {
		if x.n == 0 && (x.key != "disclose" || b.Recording) {
			r.fail("bases", i, []any{x.key}, "is needed")
		}
	}
	if !slices.Contains([]string{"", LicencePermit, LicenceDiscussion, LicenceOrder, LicenceDecree}, b.Licence) {
		r.fail("bases", i, []any{"licence"}, "no licence is called %q", b.Licence)
	}
	if b.Licence == LicencePermit && (b.Years < 1 || b.Years > longestYears) || b.Licence != LicencePermit && b.Years != 0 {
		r.fail("bases", i, []any{"years"}, "a police permit runs from 1 to %d years, and nothing else does", longestYears)
	}
	if !slices.Contains([]string{ClassCrime, ClassSafety, ClassOther, classByPurpose}, b.Class) {
		r.fail("bases", i, []any{"class"}, "no class is called %q", b.Class)
	}
	if b.Class == ClassSafety && (len(b.Hold) > 0 || len(b.Process) == 0 || slices.Contains(b.Disclose, GroundBusiness)) {
		r.fail("bases", i, []any{"class"}, "§ 4 d: no hold, processing on consent or for safety alone, never § 4 c, stk. 2")
	}
	seen := map[string]bool{}
	for j, c := range b.Conditions {
		if c.ID == "" || seen[c.ID] {
			r.fail("bases", i, []any{"conditions", j, "id"}, "%q is no id, or there already", c.ID)
		}
		seen[c.ID] = true
		if !c.Text.whole() || c.Cite == "" {
			r.fail("bases", i, []any{"conditions", j}, "text in both languages and cite are needed")
		}
		for k, p := range c.Places {
			if !slices.Contains(b.Places, p) {
				r.fail("bases", i, []any{"conditions", j, "places", k}, "%q is no place of this basis", p)
			}
		}
	}
}

func kindIn(list []Kind) func(string) bool {
	return func(id string) bool { return slices.ContainsFunc(list, func(k Kind) bool { return k.ID == id }) }
}

func (r *reader) isPlace(id string) bool {
	return slices.ContainsFunc(r.book.Places, func(p Place) bool { return p.ID == id })
}

func (r *reader) isRule(id string) bool { return len(r.book.Versions(id)) > 0 }

// versions demands that versions of one rule follow each other, and that no id
// is both a basis and something else.
func (r *reader) versions() {
	type version struct {
		list     string
		i        int
		from, to time.Time
	}
	all := map[string][]version{}
	for i, x := range r.book.Rules {
		all[x.ID] = append(all[x.ID], version{"rules", i, x.From, x.To})
	}
	for i, x := range r.book.Bases {
		all[x.ID] = append(all[x.ID], version{"bases", i, x.From, x.To})
	}
	for id, list := range all {
		slices.SortStableFunc(list, func(a, b version) int { return a.from.Compare(b.from) })
		for j := 1; j < len(list); j++ {
			a, b := list[j-1], list[j]
			if a.list != b.list {
				r.fail(b.list, b.i, []any{"id"}, "%q is both a basis and a rule", id)
			}
			if a.to.IsZero() || b.from.Before(a.to) {
				r.fail(b.list, b.i, []any{"from"}, "%q has another version in force then", id)
			}
		}
	}
}

func (r *reader) places() {
	for i, p := range r.book.Places {
		r.needText("places", i, "name", p.Name)
		r.needText("places", i, "help", p.Help)
		if p.Forbidden != "" && !r.isRule(p.Forbidden) {
			r.fail("places", i, []any{"forbidden"}, "no rule %q", p.Forbidden)
		}
		if p.Forbidden == "" && slices.Contains(mustForbid, p.ID) {
			r.fail("places", i, nil, "%q is forbidden, and no file can open it", p.ID)
		}
	}
	for _, id := range mustForbid {
		if !r.isPlace(id) {
			r.fail("", 0, nil, "place %q is missing", id)
		}
	}
}

func (r *reader) limits() {
	for i, l := range r.book.Limits {
		if l.Days < 1 || l.Days > longestRetention {
			r.fail("limits", i, []any{"days"}, "%d: from 1 to %d", l.Days, longestRetention)
		}
		if !r.isRule(l.Rule) {
			r.fail("limits", i, []any{"rule"}, "no rule %q", l.Rule)
		}
	}
	for _, id := range []string{limitRetention, limitLonger, limitSpecial} {
		if _, ok := find(r.book.Limits, func(l Limit) bool { return l.ID == id }); !ok {
			r.fail("", 0, nil, "limit %q is missing", id)
		}
	}
}

func (r *reader) polcam() {
	for i, x := range r.book.Polcam {
		r.needText("polcam", i, "why", x.Why)
		if !r.isRule(x.Rule) {
			r.fail("polcam", i, []any{"rule"}, "no rule %q", x.Rule)
		}
	}
}

func (r *reader) decrees() {
	for i, d := range r.book.Decrees {
		r.needText("decrees", i, "name", d.Name)
		if d.Cite == "" || d.From.IsZero() {
			r.fail("decrees", i, nil, "cite and from are needed")
		}
		basis, opens := find(r.book.Bases, func(b Basis) bool { return b.ID == d.Basis })
		switch {
		case d.Basis != "" && d.Territory != "":
			r.fail("decrees", i, nil, "opens a basis or a territory, not both")
		case d.Basis != "" && (!opens || basis.Licence != LicenceDecree):
			r.fail("decrees", i, []any{"basis"}, "%q is no basis that a decree opens", d.Basis)
		case d.Basis != "" && d.To.IsZero():
			r.fail("decrees", i, nil, "to is needed: such rules are temporary")
		case d.Basis == "" && !kindIn(r.book.Territories)(d.Territory):
			r.fail("decrees", i, []any{"territory"}, "no territory %q", d.Territory)
		}
	}
}

// sayings demands the words that the code asks for, and no others.
func (r *reader) sayings(list string, have []Saying, need []string) {
	for i, s := range have {
		if !slices.Contains(need, s.ID) {
			r.fail(list, i, []any{"id"}, "nothing asks for %q", s.ID)
		}
		if !r.isRule(s.Rule) {
			r.fail(list, i, []any{"rule"}, "no rule %q", s.Rule)
		}
		r.needText(list, i, "text", s.Text)
		if list == "duties" {
			r.needText(list, i, "title", s.Title)
		} else {
			r.needText(list, i, "do", s.Do)
		}
	}
	for _, id := range need {
		if !slices.ContainsFunc(have, func(s Saying) bool { return s.ID == id }) {
			r.fail("", 0, nil, "the words of %q are missing under %s", id, list)
		}
	}
}
