package plans

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

func rect(x, y, w, h float64) []plan.Point {
	return []plan.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}
}

// school is a drawing of the sample's school, with its cameras.
func school(cams []register.Camera) plan.Drawing {
	d := plan.Drawing{Title: "Stueplan og skolegård", Cadastre: "7a, Lindeby By", Width: 1000, Height: 700, MetresPerPixel: 0.06, North: 20,
		Areas: []plan.Area{
			{ID: "grund", Name: "Matr.nr. 7a", Use: plan.Ground, Corners: []plan.Point{{X: 40, Y: 40}, {X: 960, Y: 60}, {X: 940, Y: 650}, {X: 60, Y: 660}}},
			{ID: "bygning", Name: "Hovedbygningen", Use: plan.Watched, Kind: "public-room", Walled: true, Corners: []plan.Point{{X: 120, Y: 120}, {X: 520, Y: 120}, {X: 520, Y: 300}, {X: 320, Y: 300}, {X: 320, Y: 520}, {X: 120, Y: 520}}},
			{ID: "gaard", Name: "Skolegården", Use: plan.Watched, Kind: "schoolyard", Corners: rect(330, 310, 420, 300)},
			{ID: "nabo", Name: "Naboens have", Use: plan.Avoided, Corners: rect(780, 420, 130, 200)},
		}}
	spots := []struct {
		at                          plan.Point
		direction, angle, far, high float64
	}{{plan.Point{X: 130, Y: 130}, 130, 80, 22, 2.8}, {plan.Point{X: 325, Y: 320}, 125, 85, 24, 4}, {plan.Point{X: 740, Y: 320}, 200, 100, 16, 4}}
	for i, s := range spots {
		if i >= len(cams) {
			break
		}
		p := plan.Placed{Camera: cams[i].ID, Name: cams[i].Name, At: s.at, Direction: s.direction, Angle: s.angle, Range: s.far, Height: s.high}
		if i == 2 {
			p.Masks = [][]plan.Spot{{{X: 0, Y: 0}, {X: 4200, Y: 0}, {X: 3600, Y: 5200}, {X: 0, Y: 6100}}}
		}
		d.Cameras = append(d.Cameras, p)
	}
	return d
}

func sampleCase(cams []register.Camera, writer bool) Case {
	c := Case{ID: "2026-014", Number: "2026-014", Title: "Lindeby Skole", Location: "Lindeby Skole", Address: "Skolevej 4, 7400 Lindeby", Cadastre: "7a, Lindeby By", Writer: writer}
	for _, k := range cams {
		c.Cameras = append(c.Cameras, Camera{k.ID, k.Name, k.Place})
	}
	return c
}

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	kept := func(d plan.Drawing, v *visit) drawing.Kept {
		return drawing.Kept{Of: drawing.Of{Controller: "lindeby", Case: "2026-014", ID: "tegning-1"}, Version: 7, Saved: v.Now.Add(-20 * time.Minute), By: drawing.Who{Person: "p-9", Name: "Birthe Kjær"}, Drawing: d}
	}
	hung := func(v *visit) []notice.Sign {
		at := func(x, y int) notice.Spot { return notice.Spot{Case: "2026-014", Drawing: "tegning-1", X: x, Y: y} }
		return []notice.Sign{{ID: "s1", Controller: "lindeby", Place: notice.AtEntrance, Words: "Hovedindgangen, til højre for døren", Spot: at(1300, 3600), Hung: v.Now.Add(-60 * 24 * time.Hour)},
			{ID: "s2", Controller: "lindeby", Place: notice.Before, Words: "Ved lågen til skolegården", Spot: at(7600, 6900), Hung: v.Now.Add(-60 * 24 * time.Hour)}}
	}
	versions := func(v *visit, n int) []drawing.Entry {
		var out []drawing.Entry
		for i := n; i > 0; i-- {
			out = append(out, drawing.Entry{ID: "tegning-1", Version: i, Title: "Stueplan", Saved: v.Now.Add(-time.Duration(n-i+1) * 20 * time.Minute), Name: "Birthe Kjær"})
		}
		return out
	}
	wms := &WMS{Source: "© Klimadatastyrelsen"}
	editor := func(make func([]register.Camera) plan.Drawing, writer bool, newest int, change func(*visit, *editorPage)) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(4)
			pg := v.editorPage(sampleCase(cams, writer), kept(make(cams), v), nil, versions(v, newest), drawing.Picture{Source: wms.Source}, wms)
			if change != nil {
				change(v, pg)
			}
			return pg
		})
	}
	empty := func([]register.Camera) plan.Drawing { return blank("Stueplan", "") }
	long := func(cams []register.Camera) plan.Drawing {
		d := school(cams)
		d.Title = "Oversigt over hovedbygningen, skolegården og cykelparkeringen ved Lindeby Skole- og Kulturcenter med tilhørende idrætsanlæg"
		d.Areas[2].Name = "Skolegården med klatrestativ, boldbane og overdækket cykelparkering"
		d.Cameras[1].Name = sample.LongCamera().Name
		return d
	}
	const at = "/sager/2026-014/tegninger/tegning-1"
	return []page.Story{
		{Name: "tegning", Who: access.Applicant, Path: at, Make: editor(school, true, 7, nil)},
		{Name: "tegning-tom", Who: access.Applicant, Path: at, Make: editor(empty, true, 7, nil)},
		{Name: "tegning-lange-navne", Who: access.Applicant, Path: at, Make: editor(long, true, 7, nil)},
		{Name: "tegning-lukket", Who: access.Approver, Path: at, Make: editor(school, false, 7, nil)},
		{Name: "tegning-gammel", Who: access.Applicant, Path: at + "?udgave=7", Make: editor(school, true, 9, nil)},
		{Name: "tegning-fejl", Who: access.Applicant, Path: at, Code: 422, Make: editor(school, true, 7, func(v *visit, pg *editorPage) {
			f := &pg.Form.Cameras[0].X
			f.Value = "langt til venstre"
			f.Error = v.T("plan.error.number", f.Label, v.num(0), v.num(60))
			pg.Form.Errors = pg.Form.summary()
		})},
		{Name: "tegning-konflikt", Who: access.Applicant, Path: at, Code: 409, Make: editor(school, true, 7, func(v *visit, pg *editorPage) {
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("plan.conflict.title"), Text: v.T("plan.conflict.text", "Anna Berg", v.When(v.Now.Add(-time.Minute), v.Now)) + " " + v.T("plan.conflict.form")})
		})},
		{Name: "tegninger", Who: access.Applicant, Path: "/sager/2026-014/tegninger", Make: p.pose(func(v *visit) page.Page {
			return v.listPage(sampleCase(sample.Cameras(2), true), versions(v, 2))
		})},
		{Name: "tegninger-ingen", Who: access.Approver, Path: "/sager/2026-014/tegninger", Make: p.pose(func(v *visit) page.Page {
			return v.listPage(sampleCase(nil, false), nil)
		})},
		{Name: "tegning-udskrift", Who: access.Applicant, Path: at + "/udskriv", Make: p.pose(func(v *visit) page.Page {
			return v.printPage(sampleCase(sample.Cameras(3), true), kept(school(sample.Cameras(3)), v), wms.Source, hung(v))
		})},
		{Name: "sted-plan", Who: access.Coordinator, Path: "/steder/lindeby-skole/plan", Make: p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(3)
			k := kept(school(cams), v)
			return v.placePage(sample.Location(), []Approved{{k.Of, k.Version, "2026-014 Lindeby Skole"}}, []drawing.Kept{k}, cams, hung(v), state.Ill(cams))
		})},
		{Name: "sted-plan-ingen", Who: access.Coordinator, Path: "/steder/lindeby-skole/plan", Make: p.pose(func(v *visit) page.Page {
			return v.placePage(sample.Location(), nil, nil, nil, nil, state.Well(nil))
		})},
		{Name: "opfoelgning-billede", Who: access.Coordinator, Path: "/sager/2026-014", Make: p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(3)
			pg := &matchPage{Shell: v.NewShell("planmatch", v.T("plan.match.title")), Button: fds.Button{Kind: "primary", Text: v.T("plan.match.button")}}
			pg.Match = NewMatch(v.Visit, school(cams), cams[2].ID, "", pg.Asset("icon.svg"), "svar")
			return pg
		})},
	}
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
}
