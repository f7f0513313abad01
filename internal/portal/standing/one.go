package standing

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	room "vidne.dk/vidne/internal/standing"
)

// onePage is how one location stands: what needs somebody first, then every
// area that was looked at.
func (v *visit) onePage(p room.Place, e state.Now, now time.Time) *page.Record {
	pg := v.NewRecord(p.Name, v.T("standing.one.lead", v.DateTime(now)), fds.Link{Href: "/tilstand", Text: v.T("standing.title")})
	pg.Badge = v.badge(p.State)
	pg.Actions = []fds.Link{{Href: "/steder/" + p.ID, Text: v.T("standing.place")}}
	e.Tell(v.Visit, &pg.Shell)

	pg.Add(v.todo(p.Findings, now))
	areas := page.Section{ID: "omraader", Heading: v.T("standing.areas"), Lead: v.T("standing.areas.lead"), Live: true}
	areas.Grid = page.NewGrid(areas.Heading, v.T("standing.column.area"), v.T("standing.column.state"), v.T("standing.column.found"))
	for _, f := range p.Findings {
		text, _ := v.words(f)
		areas.Grid.Add(page.Cell{Text: v.T("standing.area." + string(f.Area)), Quiet: v.T("standing.cite." + string(f.Area))},
			page.Cell{Badge: v.badge(f.State), Icon: icon(f.State)}, page.Cell{Text: text, Href: f.Href})
	}
	pg.Add(areas)
	return pg
}

// todo is what somebody must do, the worst first, and of that the earliest.
func (v *visit) todo(all []room.Finding, now time.Time) page.Section {
	s := page.Section{ID: "goer", Heading: v.T("standing.todo"), Live: true}
	all = slices.DeleteFunc(slices.Clone(all), func(f room.Finding) bool { return f.State == room.InOrder })
	if len(all) == 0 {
		s.Empty = v.T("standing.todo.none")
		return s
	}
	slices.SortStableFunc(all, room.Worse)
	s.Grid = page.NewGrid(s.Heading, v.T("standing.column.state"), v.T("standing.column.found"), v.T("standing.column.do"), v.T("standing.column.when"))
	for _, f := range all {
		text, do := v.words(f)
		when := page.Cell{}
		if !f.At.IsZero() {
			when = page.Cell{Text: v.Date(f.At), Quiet: v.left(f.At, now)}
		}
		s.Grid.Add(page.Cell{Badge: v.badge(f.State), Icon: icon(f.State)}, page.Cell{Text: text, Quiet: v.T("standing.area." + string(f.Area))}, page.Cell{Text: do, Href: f.Href}, when)
	}
	return s
}
