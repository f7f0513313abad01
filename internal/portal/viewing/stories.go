package viewing

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	return []page.Story{
		{Name: "afspilning", Who: access.Operator, Path: "/afspilning", Make: p.pose(func(v *visit) page.Page {
			return v.viewingsPage(sample.Cameras(3), []viewingRow{
				{"/afspilning/1", "Lindeby Skole: Hovedindgang", "Rude knust i hovedindgangen natten til lørdag", "4600-12345-00001-26", v.When(v.Now.Add(-time.Hour), v.Now), true},
				{"", "Materielgården: Porten", "Dieseltyveri fra tankanlægget, anmeldt samme dag", "H-2026-031", v.When(v.Now.Add(-49*time.Hour), v.Now), false}})
		})},
		{Name: "afspilning-fejl", Who: access.Operator, Path: "/afspilning", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			pg := v.viewingsPage(sample.Cameras(3), nil)
			pg.Purpose.Error, pg.Reference.Error, pg.From.Error = v.T("viewing.purpose.short"), v.T("viewing.reference.missing"), v.T("viewing.long")
			pg.Errors = v.Summary(pg.Camera, pg.Purpose, pg.Reference, pg.Date, pg.From, pg.To)
			return pg
		})},
		{Name: "afspilning-ingen", Who: access.Operator, Path: "/afspilning", Make: p.pose(func(v *visit) page.Page { return v.viewingsPage(nil, nil) })},
		{Name: "afspilning-slut", Who: access.Operator, Path: "/afspilning/x", Make: p.pose(func(v *visit) page.Page {
			v.camera, v.viewing = sample.Camera(), viewing{ID: "x", Camera: "skole-indgang", Ended: 1}
			return v.roomPage(nil, nil)
		})},
	}
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}
