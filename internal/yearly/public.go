package yearly

import (
	"cmp"
	"slices"
)

// Least is the smallest number of a personal figure that the public is told: of
// one or two, somebody who knows the place could know who it is.
const Least = 3

// ForPublic is the report as the public has it. Small figures of people are
// Few, and what would give them away is Hidden; places with small figures are
// merged until no figure of theirs is small, and are left out when that takes
// all of them. The months, which add up to what is told anyway, are left out.
func (r Report) ForPublic() Report {
	r.Public, r.Months = true, nil
	groups := slices.Clone(r.Groups)
	for i, g := range groups {
		at := slices.IndexFunc(layout, func(p part) bool { return p.id == g.ID })
		if !layout[at].personal {
			continue
		}
		lines := slices.Clone(g.Lines)
		blur(lines, layout[at].sum, func(l *Line) *Count { return &l.N })
		blur(lines, layout[at].sum, func(l *Line) *Count { return &l.Before })
		groups[i].Lines = lines
	}
	r.Groups, r.Places = groups, merged(r.Places)
	return r
}

func small(c Count) bool { return c > 0 && c < Least }

// blur hides the small ones of a column. When one part of a sum is hidden, the
// sum would tell it: then the smallest of the others is hidden too.
func blur(lines []Line, sum bool, of func(*Line) *Count) {
	hidden := 0
	for i := range lines {
		if c := of(&lines[i]); small(*c) {
			*c = Few
			if i > 0 {
				hidden++
			}
		}
	}
	if !sum || hidden != 1 || *of(&lines[0]) == Few {
		return
	}
	least := -1
	for i := 1; i < len(lines); i++ {
		if c := *of(&lines[i]); c >= Least && (least < 0 || c < *of(&lines[least])) {
			least = i
		}
	}
	if least < 0 {
		least = 0 // the sum itself
	}
	*of(&lines[least]) = Hidden
}

// personal are the columns of a place that are about people.
var personal = []int{Views, Lives, Refused, Incidents, Disclosures}

func telling(p Place) bool {
	return slices.ContainsFunc(personal, func(c int) bool { return small(p.Counts[c]) })
}

// merged puts the places that tell too much together, and those with the fewest
// views beside them, until they tell no more. One that would stand merged alone
// would tell as much as before.
func merged(places []Place) []Place {
	var rest Place
	var out []Place
	for _, p := range places {
		if telling(p) {
			rest = rest.with(p)
		} else {
			out = append(out, p)
		}
	}
	if rest.Merged == 0 {
		return out
	}
	slices.SortStableFunc(out, func(a, b Place) int { return cmp.Compare(b.Counts[Views], a.Counts[Views]) })
	for (rest.Merged < 2 || telling(rest)) && len(out) > 0 {
		rest, out = rest.with(out[len(out)-1]), out[:len(out)-1]
	}
	if len(out) == 0 {
		return nil
	}
	slices.SortFunc(out, byName)
	return append(out, rest)
}

func (p Place) with(other Place) Place {
	p.Merged++
	for i, c := range other.Counts {
		switch {
		case c == Unknown || p.Counts[i] == Unknown:
			p.Counts[i] = Unknown
		default:
			p.Counts[i] += c
		}
	}
	return p
}

func byName(a, b Place) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
