package standing

import (
	"cmp"
	"strconv"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
	room "vidne.dk/vidne/internal/standing"
)

func tone(s room.State) fds.Tone { return [...]fds.Tone{fds.Success, fds.Warning, fds.Error}[s] }

func icon(s room.State) string { return [...]string{"success", "warning", "error"}[s] }

func (v *visit) badge(s room.State) *fds.Badge {
	return &fds.Badge{Tone: tone(s), Text: v.T("standing.state." + s.String())}
}

func (v *visit) listing(admins []register.Administration) page.Listing[room.Place] {
	name := func(p room.Place) string { return p.Name }
	worst := func(p room.Place) string {
		text, _ := v.words(p.Worst())
		return text
	}
	count := func(name string, of func(room.Place) int) page.Column[room.Place] {
		return page.Column[room.Place]{Name: name, Text: func(p room.Place) string { return strconv.Itoa(of(p)) }, Cell: func(p room.Place) sheet.Cell { return sheet.Count(of(p)) },
			Compare: func(a, b room.Place) int { return cmp.Compare(of(b), of(a)) }, End: true}
	}
	l := page.Listing[room.Place]{Key: "standing", Path: "/tilstand",
		Columns: []page.Column[room.Place]{
			{Name: "state", Text: func(p room.Place) string { return v.T("standing.state." + p.State.String()) }, Compare: byState},
			{Name: "name", Text: name, Compare: page.ByText(name)},
			{Name: "worst", Text: worst},
			count("broken", func(p room.Place) int { return p.Broken }),
			count("due", func(p room.Place) int { return p.Due }),
			{Name: "next", Text: func(p room.Place) string {
				if p.Next.IsZero() {
					return ""
				}
				return v.Date(p.Next)
			}, Cell: func(p room.Place) sheet.Cell { return sheet.Day(p.Next) }, Compare: byNext},
		},
		Search: func(p room.Place) string { return p.Name + " " + p.Address + " " + p.Manager + " " + p.ID },
		Filters: []page.Filter[room.Place]{
			{Name: "tilstand", Keep: func(p room.Place, s string) bool { return p.State.String() == s }},
			{Name: "omraade", Keep: func(p room.Place, area string) bool {
				for _, f := range p.Findings {
					if f.State != room.InOrder && string(f.Area) == area {
						return true
					}
				}
				return false
			}},
			{Name: "forvaltning", Keep: func(p room.Place, id string) bool { return p.Administration == id }},
		}}
	for _, s := range []room.State{room.Broken, room.Due, room.InOrder} {
		l.Filters[0].Choices = append(l.Filters[0].Choices, fds.Choice{Value: s.String(), Text: v.T("standing.state." + s.String())})
	}
	for _, a := range room.Areas() {
		l.Filters[1].Choices = append(l.Filters[1].Choices, fds.Choice{Value: string(a), Text: v.T("standing.area." + string(a))})
	}
	for _, a := range admins {
		l.Filters[2].Choices = append(l.Filters[2].Choices, fds.Choice{Value: a.ID, Text: a.Name})
	}
	return l
}

// byState puts those first that need somebody most.
func byState(a, b room.Place) int {
	return cmp.Or(cmp.Compare(b.State, a.State), cmp.Compare(b.Broken, a.Broken), cmp.Compare(b.Due, a.Due))
}

// byNext puts what is due first, first, and what has nothing due last.
func byNext(a, b room.Place) int {
	switch {
	case a.Next.IsZero() || b.Next.IsZero():
		return cmp.Compare(b.Next.Unix(), a.Next.Unix())
	}
	return a.Next.Compare(b.Next)
}

func (v *visit) listPage(list page.List, rows, all []room.Place, e state.Now) *page.ListPage {
	var lines []page.Line
	for _, p := range rows {
		worst := p.Worst()
		text, do := v.words(worst)
		if worst.State == room.InOrder {
			text, do = v.T("standing.all-well"), ""
		}
		next := page.Cell{}
		if !p.Next.IsZero() {
			next = page.Cell{Text: v.Date(p.Next), Quiet: v.left(p.Next, v.Now)}
		}
		lines = append(lines, page.Line{ID: "sted-" + p.ID, Cells: []page.Cell{
			{Badge: v.badge(p.State), Icon: icon(p.State)}, {Href: "/tilstand/" + p.ID, Text: p.Name}, {Text: text, Quiet: do},
			{Text: v.Number(int64(p.Broken)), End: true}, {Text: v.Number(int64(p.Due)), End: true}, next}})
	}
	pg := v.NewListPage(v.T("standing.title"), v.T("standing.lead"), page.Oversight, list, lines)
	pg.Figures = v.figures(all)
	e.Tell(v.Visit, &pg.Shell)
	return pg
}

// figures count the locations in each state.
func (v *visit) figures(all []room.Place) []page.Figure {
	var n [3]int64
	for _, p := range all {
		n[p.State]++
	}
	var out []page.Figure
	for _, s := range []room.State{room.Broken, room.Due, room.InOrder} {
		out = append(out, page.Figure{Text: v.T("standing.figure." + s.String()), Number: v.Number(n[s]), Icon: icon(s), Tone: tone(s), Href: "/tilstand?tilstand=" + s.String(),
			Current: v.R.URL.Query().Get("tilstand") == s.String()})
	}
	return out
}
