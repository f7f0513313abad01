package standing

import (
	"time"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	room "vidne.dk/vidne/internal/standing"
)

// onePage is how one location stands: what needs somebody first, then every
// area that was looked at.
func (v *visit) onePage(p room.Place, e state.Now, now time.Time) *page.Record {
	pg := v.NewRecord(p.Name, v.T("standing.one.lead", v.DateTime(now)), fds.Link{Href: "/tilstand", Text: v.T("standing.title")}, fds.Link{Text: p.Name})
	pg.Badge = v.badge(p.State)
	pg.Actions = []fds.Link{{Href: "/steder/" + p.ID, Text: v.T("standing.place")}}
	e.Tell(v.Visit, &pg.Shell)

	todo := page.Section{ID: "goer", Heading: v.T("standing.todo"), Live: true}
	areas := page.Section{ID: "omraader", Heading: v.T("standing.areas"), Lead: v.T("standing.areas.lead"), Live: true}
	areas.Grid = page.NewGrid(areas.Heading, v.T("standing.column.area"), v.T("standing.column.state"), v.T("standing.column.found"))
	todo.Grid = page.NewGrid(todo.Heading, v.T("standing.column.state"), v.T("standing.column.found"), v.T("standing.column.do"), v.T("standing.column.next"))
	var last room.Area
	for _, f := range p.Findings {
		text, do := v.words(f)
		badge := page.Cell{Badge: v.badge(f.State), Icon: icon(f.State)}
		name := page.Cell{}
		if f.Area != last {
			name, last = page.Cell{Text: v.T("standing.area." + string(f.Area)), Quiet: v.T("standing.cite." + string(f.Area))}, f.Area
		}
		areas.Grid.Add(name, badge, page.Cell{Text: text, Href: f.Href})
		if f.State == room.InOrder {
			continue
		}
		when := page.Cell{}
		if !f.At.IsZero() {
			when = page.Cell{Text: v.Date(f.At), Quiet: v.left(f.At, now)}
		}
		todo.Grid.Add(badge, page.Cell{Text: text}, page.Cell{Text: do, Href: f.Href}, when)
	}
	if len(todo.Grid.Lines) == 0 {
		todo.Grid, todo.Empty = nil, v.T("standing.todo.none")
	}
	pg.Add(todo)
	pg.Add(areas)
	return pg
}
