package viewing

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// Looked is one period that somebody opened (VIEW-5).
type Looked struct {
	Viewing, Camera, Incident, Reference, Purpose, Name string
	Ground                                              string
	Since, Until, Opened                                time.Time
}

// mostLooked is how many openings one list shows; the log has them all.
const mostLooked = 2000

// lookedAt lists who opened what of an incident, a camera or a location of a
// controller, the newest first. column is the viewings' that is asked for.
func (p *Screens) lookedAt(ctx context.Context, controller, column, is string) (out []Looked, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Looked](ctx, tx, `SELECT v.id AS viewing, v.camera, v.incident, v.reference, v.purpose, v.name, v.ground, p.since, p.until, p.opened
			FROM viewings v JOIN periods p ON p.viewing = v.id WHERE v.controller = ? AND v.`+column+` = ? ORDER BY p.opened DESC, v.id LIMIT ?`, controller, is, mostLooked)
		return err
	})
	return out, err
}

// OfIncident lists who opened what in an incident.
func (p *Screens) OfIncident(ctx context.Context, controller, id string) ([]Looked, error) {
	return p.lookedAt(ctx, controller, "incident", id)
}

// looked is the list of who looked at a camera's or a location's footage.
func (p *Screens) looked(v *visit) error {
	column, is, name, back := "location", v.location.ID, v.location.Name, "/steder/"+v.location.ID
	if v.camera.ID != "" {
		column, is, name, back = "camera", v.camera.ID, v.camera.Name, "/kameraer/"+v.camera.ID
	}
	all, err := p.lookedAt(v.Ctx, v.Person.Controller, column, is)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, l := range all {
		if _, known := names[l.Camera]; !known {
			names[l.Camera] = l.Camera
			if c, err := p.Register.Camera(v.Ctx, v.Person.Controller, l.Camera); err == nil {
				names[l.Camera] = c.Name
			}
		}
	}
	list := v.lookedListing(back+"/visninger", names)
	if done, err := list.File(v.Visit, all); done {
		return err
	}
	return v.Show(200, v.lookedPage(list, name, back, all))
}

func (v *visit) lookedListing(path string, names map[string]string) page.Listing[Looked] {
	who := func(l Looked) string { return l.Name }
	camera := func(l Looked) string { return names[l.Camera] }
	why := func(l Looked) string { return l.Purpose }
	ref := func(l Looked) string { return l.Reference }
	opened := func(l Looked) string { return v.DateTime(l.Opened) }
	return page.Listing[Looked]{Key: "looked", Path: path,
		Columns: []page.Column[Looked]{
			{Name: "when", Text: opened, Cell: func(l Looked) sheet.Cell { return sheet.Moment(l.Opened) }, Compare: func(a, b Looked) int { return b.Opened.Compare(a.Opened) }},
			{Name: "who", Text: who, Compare: page.ByText(who)},
			{Name: "camera", Text: camera, Compare: page.ByText(camera)},
			{Name: "period", Text: func(l Looked) string { return v.period(l) }},
			{Name: "why", Text: why, Compare: page.ByText(why)},
			{Name: "incident", Text: ref, Compare: page.ByText(ref), FileOnly: true},
		},
		Search: func(l Looked) string { return who(l) + " " + camera(l) + " " + why(l) + " " + ref(l) },
	}
}

// period is the minutes that were opened.
func (v *visit) period(l Looked) string {
	return v.T("looked.period", v.DateTime(l.Since), v.DateTime(l.Until))
}

func (v *visit) lookedPage(list page.Listing[Looked], name, back string, all []Looked) *page.ListPage {
	shown, rows := list.Show(v.Visit, all)
	var lines []page.Line
	for _, l := range rows {
		why := page.Cell{Text: l.Purpose, Quiet: l.Reference}
		if l.Incident != "" {
			why = page.Cell{Href: "/haendelser/" + l.Incident, Text: l.Reference, More: []string{l.Purpose}}
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Text: v.DateTime(l.Opened)}, {Text: l.Name}, {Text: list.Columns[2].Text(l)}, {Text: v.period(l)}, why}})
	}
	pg := v.NewListPage(v.T("looked.title")+": "+name, v.T("looked.lead"), page.Places, shown, lines)
	pg.Actions = nil
	pg.Tabs = fds.Tabs{}
	pg.Crumbs = fds.Crumbs{Label: v.T("crumbs"), Items: []fds.Link{{Href: back, Text: name}, {Text: v.T("looked.title")}}}
	return pg
}
