package staff

import (
	"cmp"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
	room "vidne.dk/vidne/internal/staff"
)

// standing is how a place's roll stands, the worst first.
type standing int

const (
	late    standing = iota // somebody should have been told
	unkept                  // nobody is on the roll
	lacking                 // somebody is still to be told
	told                    // everybody is told
	silent                  // nothing is surveilled there
)

var standingNames = []string{"late", "unkept", "lacking", "told", "silent"}

func (s standing) String() string { return standingNames[s] }

func (s standing) badge(v *visit) *fds.Badge {
	tone := map[standing]fds.Tone{late: fds.Error, unkept: fds.Warning, lacking: fds.Warning, told: fds.Success, silent: fds.Info}[s]
	return &fds.Badge{Tone: tone, Text: v.T("staff.state." + s.String())}
}

// row is a place in the list.
type row struct {
	room.Roll
	lacks []room.Lack
}

func newRow(r room.Roll) row { return row{r, r.Lacks()} }

func (r row) standing(now time.Time) standing {
	s := told
	switch {
	case !r.Wanted():
		return silent
	case len(r.Members) == 0 && r.Nobody == nil:
		s = unkept
	case len(r.lacks) > 0:
		s = lacking
	}
	for _, l := range r.lacks {
		if l.Overdue(now) {
			return late
		}
	}
	return s
}

// due is when the first who lacks the notice must have it.
func (r row) due() (at time.Time) {
	for _, l := range r.lacks {
		if at.IsZero() || l.Due.Before(at) {
			at = l.Due
		}
	}
	return at
}

// list is every place whose people the person sees, what wants something first.
func (p *Screens) list(v *visit) error {
	reach, all, err := p.reach(v.Visit)
	if err != nil {
		return err
	}
	if all {
		reach = nil
	}
	rolls, err := p.Room.Rolls(v.Ctx, v.Person.Controller, reach)
	if err != nil {
		return err
	}
	var rows []row
	for _, r := range rolls {
		rows = append(rows, newRow(r))
	}
	if done, err := v.listing().File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) listing() page.Listing[row] {
	name := func(r row) string { return r.Name }
	state := func(r row) string { return v.T("staff.state." + r.standing(v.Now).String()) }
	all := func(r row) int64 { n, _ := r.Count(); return int64(n) }
	have := func(r row) int64 { _, n := r.Count(); return int64(n) }
	number := func(name string, of func(row) int64) page.Column[row] {
		return page.Column[row]{Name: name, End: true, Text: func(r row) string { return v.Number(of(r)) }, Cell: func(r row) sheet.Cell { return sheet.Number(float64(of(r)), 0) },
			Compare: func(a, b row) int { return cmp.Compare(of(a), of(b)) }}
	}
	var states []fds.Choice
	for _, s := range standingNames {
		states = append(states, fds.Choice{Value: s, Text: v.T("staff.state." + s)})
	}
	return page.Listing[row]{Key: "staff", Path: path,
		Columns: []page.Column[row]{
			{Name: "state", Text: state, Compare: func(a, b row) int {
				return cmp.Or(cmp.Compare(a.standing(v.Now), b.standing(v.Now)), strings.Compare(a.Name, b.Name))
			}},
			{Name: "place", Text: name, Compare: page.ByText(name)},
			number("all", all), number("have", have),
			{Name: "due", Text: func(r row) string { return v.day(r.due()) }, Cell: func(r row) sheet.Cell { return sheet.Day(r.due()) }, Compare: func(a, b row) int { return a.due().Compare(b.due()) }},
		},
		Filters: []page.Filter[row]{{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return r.standing(v.Now).String() == s }}},
		Search:  name,
	}
}

func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.Date(t)
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing().Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		n, have := r.Count()
		lines = append(lines, page.Line{Cells: []page.Cell{{Badge: r.standing(v.Now).badge(v)}, {Href: path + "/" + r.Location, Text: r.Name},
			{Text: v.Number(int64(n)), End: true}, {Text: v.Number(int64(have)), End: true}, {Text: v.day(r.due())}}})
	}
	pg := v.NewListPage(v.T("staff.title"), v.T("staff.lead"), page.Oversight, list, lines)
	pg.Actions = []fds.Link{{Href: papers, Text: v.T("staff.papers")}}
	v.Said(&pg.Shell)
	return pg
}
