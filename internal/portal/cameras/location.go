package cameras

import (
	"net/http"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type locationPage struct {
	page.Shell
	Facts  fds.StructuredList
	Table  fds.Table
	Rows   []state.Row
	People peopleList
}

// peopleList is who may look, with the words that the list needs.
type peopleList struct {
	page.Words
	Rows []accessRow
}

// accessRow is one person who may look at a location's footage.
type accessRow struct{ Name, Since, Until, Instructed string }

func (p *Screens) location(v *visit) error {
	l, err := p.Register.Location(v.Ctx, v.Person.Controller, v.R.PathValue("location"))
	if err != nil {
		return err
	}
	e := p.State.Get(v.Ctx)
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: l.Controller, Location: l.ID})
	if err != nil {
		return err
	}
	people, err := p.Register.Designated(v.Ctx, l.ID)
	if err != nil {
		return err
	}
	admin, err := p.Register.Administration(v.Ctx, l.Controller, l.Administration)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return v.Show(http.StatusOK, v.locationPage(l, admin, cams, people, e))
}

func (v *visit) locationPage(l register.Location, admin register.Administration, cams []register.Camera, people []register.Designation, e state.Now) *locationPage {
	pg := &locationPage{Shell: v.NewShell("location", l.Name, fds.Link{Href: "/steder", Text: v.T("cameras.title")})}
	pg.Refresh = 5
	e.Tell(v.Visit, &pg.Shell)
	pg.Facts = fds.StructuredList{Caption: v.T("location.facts")}
	for _, f := range []struct{ key, text string }{
		{"address", l.Address}, {"cadastre", l.Cadastre}, {"administration", admin.Name}, {"manager", l.Manager}, {"manager.contact", l.ManagerContact},
	} {
		if f.text != "" {
			pg.Facts.Rows = append(pg.Facts.Rows, fds.Row{Term: v.T("location." + f.key), Text: f.text})
		}
	}
	pg.Table = fds.Table{Caption: v.T("location.cameras"), ID: "kameraer", Columns: []fds.Column{
		{Text: v.T("cameras.column.camera")}, {Text: v.T("cameras.column.state")}, {Text: v.T("cameras.column.coverage")}}}
	for _, c := range cams {
		pg.Rows = append(pg.Rows, state.RowOf(v.Visit, c, e))
	}
	sortRows(pg.Rows, camerasQuery{sort: "tilstand"})
	pg.People = v.accessRows(people)
	return pg
}

func (v *visit) accessRows(people []register.Designation) peopleList {
	var rows []accessRow
	for _, d := range people {
		until := v.T("access.until.ended")
		if !d.Until.IsZero() {
			until = v.T("access.until.date", v.Date(d.Until))
		}
		rows = append(rows, accessRow{d.Name, v.Date(d.Since), until, v.Date(d.Instructed)})
	}
	return peopleList{v.Words, rows}
}
