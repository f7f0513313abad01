package portal

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/register"
)

type locationPage struct {
	Shell
	Facts  fds.StructuredList
	Table  fds.Table
	Rows   []cameraRow
	People peopleList
}

// peopleList is who may look, with the words that the list needs.
type peopleList struct {
	Words
	Rows []accessRow
}

// accessRow is one person who may look at a location's footage.
type accessRow struct{ Name, Since, Until, Instructed string }

func (p *Portal) location(v *visit) error {
	l, err := p.Register.Location(v.ctx, v.person.Controller, v.r.PathValue("location"))
	if err != nil {
		return err
	}
	e := p.state.get(v.ctx)
	cams, _, err := p.Register.Cameras(v.ctx, register.Query{Controller: l.Controller, Location: l.ID})
	if err != nil {
		return err
	}
	people, err := p.Register.Designated(v.ctx, l.ID)
	if err != nil {
		return err
	}
	admin, err := p.Register.Administration(v.ctx, l.Controller, l.Administration)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return v.show(http.StatusOK, v.locationPage(l, admin, cams, people, e))
}

func (v *visit) locationPage(l register.Location, admin register.Administration, cams []register.Camera, people []register.Designation, e engineState) *locationPage {
	pg := &locationPage{Shell: v.newShell("location", l.Name, fds.Link{Href: menuCameras, Text: v.T("cameras.title")})}
	pg.Refresh = 5
	pg.away(v, e)
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
		pg.Rows = append(pg.Rows, v.cameraRow(c, e))
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

// fold makes names compare as people sort them: case does not count, and æ, ø
// and å come last.
func fold(s string) string {
	return strings.NewReplacer("æ", "zza", "ø", "zzb", "å", "zzc").Replace(strings.ToLower(s))
}
