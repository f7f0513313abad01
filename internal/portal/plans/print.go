package plans

import (
	"html/template"
	"math"
	"net/http"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// printPage is a drawing as the annex of H 2.3 B: A4, lying.
type printPage struct {
	page.Shell
	Facts    []fact
	SVG      template.HTML
	Overview []overview
	Areas    []areaRow
	Signs    []signRow
	Source   string
	Back     string
}

type fact struct{ Term, Text string }

type areaRow struct{ Name, Use, Kind, Size string }

func (p *Screens) print(v *visit) error {
	k, err := p.Drawings.Load(v.Ctx, v.of(), v.version())
	if err != nil {
		return err
	}
	source := ""
	if k.Drawing.Picture != "" {
		pic, err := p.Drawings.PictureOf(v.Ctx, k.Controller, k.Case, k.Drawing.Picture)
		if err != nil {
			return err
		}
		source = pic.Source
	}
	signs, err := v.hanging(k.Controller, "")
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.printPage(v.drawn(), k, source, signs))
}

func (v *visit) printPage(c Case, k drawing.Kept, source string, signs []notice.Sign) *printPage {
	title := k.Drawing.Title
	if title == "" {
		title = v.T("plan.untitled")
	}
	pg := &printPage{Shell: v.NewShell("planprint", title, fds.Link{Href: listPath(c.ID), Text: v.T("plan.list.title")}, fds.Link{Href: drawingPath(c.ID, k.ID), Text: title}), Source: source, Back: drawingPath(c.ID, k.ID)}
	pg.Crumbs.Items[2].Text = v.T("plan.print.title")
	for _, f := range []fact{
		{v.T("plan.print.case"), c.Number + " " + c.Title}, {v.T("plan.print.place"), join(c.Location, c.Address)}, {v.T("plan.field.cadastre"), k.Drawing.Cadastre},
		{v.T("plan.print.version"), v.T("plan.version", k.Version, v.DateTime(k.Saved), k.By.Name)}, {v.T("plan.print.controller"), v.Controller.Name},
	} {
		if f.Text != "" && f.Text != " " {
			pg.Facts = append(pg.Facts, f)
		}
	}
	marks, on := Marks(k.Of, signs)
	pg.Signs = v.signRows(on)
	pg.SVG = v.svg(k.Drawing, plan.Options{ID: "p", Background: picturePath(k.Of, k.Drawing), Marks: marks, Legend: true})
	pg.Overview, pg.Areas = v.overview(k.Drawing), v.areaRows(k.Drawing)
	return pg
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func (v *visit) areaRows(d plan.Drawing) []areaRow {
	names := map[string]string{}
	for _, k := range v.kinds() {
		names[k.Value] = k.Text
	}
	var out []areaRow
	for _, a := range d.Areas {
		name := a.Name
		if name == "" {
			name = v.T("plan.nameless")
		}
		kind := names[a.Kind]
		if a.Walled {
			kind = join(kind, v.T("plan.walled"))
		}
		out = append(out, areaRow{name, v.T("plan.use." + string(a.Use)), kind, v.T("plan.m2", v.Number(int64(math.Round(plan.Size(a.Corners)*d.Scale()*d.Scale()))))})
	}
	return out
}

// placePage is a location's plan: what is approved, and how each camera is now.
type placePage struct {
	page.Shell
	Plans []placePlan
	Empty string
}

type placePlan struct {
	Title, Case, Source string
	SVG                 template.HTML
	Rows                []placeRow
	Signs               []signRow
}

type placeRow struct {
	N          int
	Name, Href string
	State      state.Shown
	View       string
}

func (p *Screens) place(v *visit) error {
	l := page.Found[register.Location](v.Visit)
	list, err := p.Cases.ApprovedDrawings(v.Ctx, l.Controller, l.ID)
	if err != nil {
		return err
	}
	var kept []drawing.Kept
	for _, a := range list {
		k, err := p.Drawings.Load(v.Ctx, a.Of, a.Version)
		if err != nil {
			return err
		}
		kept = append(kept, k)
	}
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: l.Controller, Location: l.ID})
	if err != nil {
		return err
	}
	signs, err := v.hanging(l.Controller, l.ID)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.placePage(l, list, kept, cams, signs, p.State.Get(v.Ctx)))
}

func (v *visit) placePage(l register.Location, list []Approved, kept []drawing.Kept, cams []register.Camera, signs []notice.Sign, e state.Now) *placePage {
	pg := &placePage{Shell: v.NewShell("planplace", v.T("plan.place.title", l.Name), fds.Link{Href: "/steder", Text: v.T("menu.steder")}, fds.Link{Href: "/steder/" + l.ID, Text: l.Name}), Empty: v.T("plan.place.empty")}
	pg.Refresh = 5
	e.Tell(v.Visit, &pg.Shell)
	byID := map[string]register.Camera{}
	for _, c := range cams {
		byID[c.ID] = c
	}
	for i, k := range kept {
		d := k.Drawing
		pp := placePlan{Title: d.Title, Case: v.T("plan.place.case", list[i].Case, k.Version)}
		marks, on := Marks(k.Of, signs)
		pp.Signs = v.signRows(on)
		o := plan.Options{ID: "p" + itoa(i), Marks: marks, States: map[string]plan.State{}, Links: map[string]string{}, Legend: true}
		if d.Picture != "" {
			o.Background = "/steder/" + l.ID + "/plan/" + k.Case + "/billede/" + d.Picture
		}
		for n, c := range d.Cameras {
			row := placeRow{N: n + 1, Name: c.Name, View: v.T("plan.place.view", v.num(c.Direction), v.num(c.Angle), v.num(c.Range))}
			if reg, ok := byID[c.Camera]; ok {
				row.State, row.Href = state.Of(v.Visit, reg, e), "/kameraer/"+reg.ID
				o.States[c.Camera] = plan.State{Class: "plan-state-" + string(row.State.Badge.Tone), Text: row.State.Badge.Text}
				o.Links[c.Camera] = row.Href
			}
			pp.Rows = append(pp.Rows, row)
		}
		pp.SVG = v.svg(d, o)
		pg.Plans = append(pg.Plans, pp)
	}
	return pg
}
