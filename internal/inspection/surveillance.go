package inspection

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// purpose answers 2.1: whether there is surveillance, and what for.
func (f *facts) purpose(ctx context.Context, a *Answer) error {
	all := f.recorded()
	if len(all) == 0 {
		a.say("none", 0, "")
	} else {
		a.say("cameras", int64(len(all)), "", f.proofs(all)...)
	}
	a.cannot("cameras")
	if f.controller.Contact == "" {
		a.gap(Gap{Key: "contact", Href: "/organisation"})
	}
	if f.controller.DPO == "" && slices.ContainsFunc(f.rules.Controllers(), func(k law.Kind) bool { return k.ID == f.controller.Kind && k.Public }) {
		a.gap(Gap{Key: "dpo", Href: "/organisation"}) // GDPR art. 37(1)(a)
	}
	plans := map[string]bool{}
	var needs [][]Cell
	if f.Cases != nil {
		approved, err := f.Cases.Plans(ctx, f.Controller)
		if err != nil {
			return err
		}
		used := map[string]bool{}
		for _, p := range f.permits {
			used[p.Case] = true
		}
		for _, p := range approved {
			plans[p.Case] = true
			if used[p.Case] {
				needs = append(needs, []Cell{{Text: p.Case, Href: "/sager/" + p.Case}, {Text: p.Purpose}, {Text: p.Necessity}, {Text: strings.Join(p.Tried, "; ")}})
			}
		}
	}
	type key struct{ kind, basis, says string }
	count, order := map[key][]register.Camera{}, []key{}
	for _, c := range f.cameras {
		p := f.permits[c.ID]
		switch {
		case p == nil && !c.Commissioned.IsZero():
			// mounting counts as using (L § 1 stk. 2)
			a.gap(Gap{Key: "permit", Location: c.Location, Name: c.Name, At: c.Commissioned, Href: "/kameraer/" + c.ID})
			continue
		case p == nil:
			continue
		case c.Purpose == "":
			a.gap(Gap{Key: "purpose", Location: c.Location, Name: c.Name, Href: "/kameraer/" + c.ID})
		}
		if f.Cases != nil && !plans[p.Case] {
			a.gap(Gap{Key: "case", Location: c.Location, Name: c.Name, Href: "/kameraer/" + c.ID})
		}
		k := key{c.PurposeKind, p.Basis, c.Purpose}
		if count[k] == nil {
			order = append(order, k)
		}
		count[k] = append(count[k], c)
	}
	var rows [][]Cell
	for _, k := range order {
		var at []string
		for _, c := range count[k] {
			once(&at, f.places[c.Location].Name)
		}
		rows = append(rows, []Cell{{Key: "purpose." + k.kind}, {Text: k.says}, {Text: k.basis}, {Count: int64(len(count[k]))}, f.many(at)})
	}
	a.table("purposes", []string{"purpose", "words", "basis", "cameras", "places"}, rows)
	a.table("needs", []string{"case", "words", "need", "tried"}, needs)
	return nil
}

// mostNames is how many names stand in a cell before they are counted instead.
const mostNames = 12

func (f *facts) many(names []string) Cell {
	if len(names) > mostNames {
		return Cell{Key: "places", Count: int64(len(names))}
	}
	return Cell{Text: strings.Join(names, ", ")}
}

// kindName is a kind of place, as the key of its words: the law's data has them.
func kindName(id string) Cell { return Cell{Key: "kind." + id} }

// extent answers 2.2: how many cameras, and where, changing rooms among them.
func (f *facts) extent(_ context.Context, a *Answer) error {
	all := f.recorded()
	a.say("cameras", int64(len(all)), "", f.proofs(all)...)
	a.say("places", int64(len(f.order)), "")
	changing, street := 0, 0
	var rows [][]Cell
	for _, id := range f.order {
		cams := f.at(id)
		if !f.one() && len(cams) > 0 {
			var kinds, cases []string
			for _, c := range cams {
				once(&kinds, c.PlaceKind)
				once(&cases, f.permits[c.ID].Case)
			}
			row := []Cell{f.placeCell(id), {Text: f.places[id].Address}, {Count: int64(len(cams))}, {Key: "kinds", Text: strings.Join(kinds, " ")}, {Text: strings.Join(cases, ", ")}}
			rows = append(rows, row)
		}
		for _, c := range cams {
			if f.one() {
				rows = append(rows, []Cell{{Text: c.Name, Href: "/kameraer/" + c.ID}, kindName(c.PlaceKind), {Text: c.Mounting}, {Text: c.Direction}, {Text: f.permits[c.ID].Case}})
			}
			kind, ok := f.rules.Place(c.PlaceKind)
			g := Gap{Location: id, Name: c.Name, Href: "/kameraer/" + c.ID}
			switch {
			case !ok:
				g.Key = "kind"
			case kind.Forbidden != "":
				changing++
				g.Key = "forbidden"
			case !f.lawful(c):
				g.Key = "unlawful"
				if kind.Traffic {
					g.Key = "street"
				}
			}
			if kind.Traffic {
				street++
			}
			if g.Key != "" {
				a.gap(g)
			}
		}
	}
	if changing == 0 && len(all) > 0 {
		a.say("changing.none", 0, "")
	}
	if street == 0 && len(all) > 0 {
		a.say("street.none", 0, "")
	} else if street > 0 {
		a.say("street", int64(street), "")
	}
	if f.one() {
		a.table("cameras", []string{"camera", "kind", "mounting", "direction", "case"}, rows)
	} else {
		a.table("places", []string{"place", "address", "cameras", "kinds", "cases"}, rows)
	}
	a.cannot("picture")
	return nil
}

// lawful reports whether the law lets such a place be watched on the basis that
// the camera rests on.
func (f *facts) lawful(c register.Camera) bool {
	list, _ := f.rules.Candidates(law.Situation{Controller: f.kind, Activity: f.places[c.Location].Activity, Place: c.PlaceKind, Purpose: c.PurposeKind, Recording: true})
	for _, x := range list {
		if x.Basis.ID == c.BasisID {
			return true
		}
	}
	return false
}

// hours answers 2.3: at which times of the day.
func (f *facts) hours(_ context.Context, a *Answer) error {
	type group struct {
		cameras []register.Camera
		hours   permit.Hours
	}
	groups, order := map[string]*group{}, []string{}
	always := 0
	for _, c := range f.recorded() {
		h := f.permits[c.ID].Hours
		k := h.Explain("da")
		if groups[k] == nil {
			groups[k], order = &group{hours: h}, append(order, k)
		}
		groups[k].cameras = append(groups[k].cameras, c)
		if whole(h) {
			always++
		}
	}
	var rows [][]Cell
	for _, k := range order {
		g := groups[k]
		var at []string
		for _, c := range g.cameras {
			if f.one() {
				once(&at, c.Name)
			} else {
				once(&at, f.places[c.Location].Name)
			}
		}
		rows = append(rows, []Cell{{Text: k, EN: g.hours.Explain("en")}, {Count: int64(len(g.cameras))}, f.many(at)})
	}
	if n := len(f.permits); n > 0 {
		switch always {
		case 0:
			a.say("limited", int64(n), "", f.proofs(f.recorded())...)
		case n:
			a.say("always", int64(n), "", f.proofs(f.recorded())...)
		default:
			a.say("some", int64(always), "", f.proofs(f.recorded())...)
		}
		a.say("obeyed", 0, "")
	}
	a.table("hours", []string{"hours", "cameras", "where"}, rows)
	if f.Engine.Away {
		a.cannot("engine")
	}
	return nil
}

// whole reports whether the hours are all hours of all days.
func whole(h permit.Hours) bool {
	for _, d := range h.Week {
		if len(d) != 1 || d[0].From != "00:00" || d[0].To != "24:00" {
			return false
		}
	}
	return len(h.Dates) == 0
}

// seen answers 2.7: whether staff and members are to be seen.
func (f *facts) seen(_ context.Context, a *Answer) error {
	work, access := 0, 0
	for _, c := range f.recorded() {
		if k, ok := f.rules.Place(c.PlaceKind); ok {
			if k.Workplace {
				work++
			}
			if k.Access {
				access++
			}
		}
	}
	if len(f.permits) > 0 {
		if work > 0 {
			a.say("staff", int64(work), "", f.proofs(f.recorded())...)
		} else {
			a.say("staff.none", 0, "")
		}
		if access > 0 {
			a.say("members", int64(access), "")
		} else {
			a.say("members.none", 0, "")
		}
	}
	a.say("faces", 0, "")
	a.cannot("who")
	return nil
}
