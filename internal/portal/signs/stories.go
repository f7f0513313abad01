package signs

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	with := *p
	if with.Documents == nil {
		with.Documents = &document.Room{} // a picture is asked for, and none is kept
	}
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, &with, found{place: sample.Location(), public: samplePage(v.Now)}}
			w.found.sign = sampleSigns(v.Now)[0]
			w.report = notice.Report{ID: "m1", What: notice.Torn, Where: "Ved cykelskuret", Words: "Skiltet er revet halvt af.", At: v.Now.Add(-30 * time.Hour)}
			return f(w)
		}
	}
	place := func(name string, make func(*visit) row) page.Story {
		return page.Story{Name: "skilte-sted-" + name, Who: access.Coordinator, Path: "/steder/aulum-skole/skilte", Make: pose(func(v *visit) page.Page {
			pg := v.placePage(make(v))
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})}
	}
	full := func(v *visit) row {
		r := row{place: v.place, public: v.public, signs: sampleSigns(v.Now), drawn: sampleDrawn()}
		for _, s := range r.signs {
			r.due = append(r.due, sampleDue(s))
		}
		return r
	}
	return []page.Story{
		{Name: "skilte", Who: access.Coordinator, Path: path, Make: pose(func(v *visit) page.Page { return v.listPage(sampleRows(v)) })},
		{Name: "skilte-ingen", Who: access.Coordinator, Path: path, Make: pose(func(v *visit) page.Page { return v.listPage(nil) })},
		place("i-orden", func(v *visit) row {
			r := full(v)
			r.signs, r.due = r.signs[1:], r.due[1:]
			return r
		}),
		place("meldt", func(v *visit) row {
			r := full(v)
			r.reports, r.due = []notice.Report{v.report}, append(r.due, notice.Due{Kind: notice.DueReport, At: v.report.At}, notice.Due{Kind: notice.DueStale, Thing: "s2", At: v.report.At})
			return r
		}),
		place("mangler", func(v *visit) row {
			v.public.DPO = ""
			return row{place: v.place, public: v.public, due: []notice.Due{{Kind: notice.DueHang, Words: notice.AtEntrance, At: v.public.Published}, {Kind: notice.DueHang, Words: notice.Before, At: v.public.Published}}}
		}),
		place("uden-side", func(v *visit) row { return row{place: v.place} }),
		{Name: "skilt-nyt", Who: access.Coordinator, Path: "/steder/aulum-skole/skilte/nyt", Make: pose(func(v *visit) page.Page { return v.withFiles(v.hangPage(nil)) })},
		{Name: "skilt-nyt-fejl", Who: access.Coordinator, Path: "/steder/aulum-skole/skilte/nyt", Make: pose(func(v *visit) page.Page {
			pg := v.hangPage(nil)
			pg.Form.Check()
			return v.withFiles(pg)
		})},
		{Name: "skilt-tilsyn", Who: access.Coordinator, Path: path + "/s1/tilsyn", Make: pose(func(v *visit) page.Page { return v.withFiles(v.checkPage(nil)) })},
		{Name: "skilt-plan", Who: access.Coordinator, Path: path + "/s1/plan", Make: pose(func(v *visit) page.Page { return v.planPage(sampleDrawn(), nil) })},
		{Name: "skilt-plan-fejl", Who: access.Coordinator, Path: path + "/s1/plan", Make: pose(func(v *visit) page.Page {
			pg := v.planPage(sampleDrawn(), nil)
			pg.Form.Fail("fra-venstre", v.T("signplan.number"))
			return pg
		})},
		{Name: "skilt-plan-ingen", Who: access.Coordinator, Path: path + "/s1/plan", Make: pose(func(v *visit) page.Page { return v.planPage(nil, nil) })},
		{Name: "skilt-tag-ned", Who: access.Coordinator, Path: path + "/s1/tag-ned", Make: pose(func(v *visit) page.Page { return v.removePage(nil) })},
		{Name: "skiltemelding", Who: access.Coordinator, Path: "/skiltemeldinger/m1", Make: pose(func(v *visit) page.Page { return v.settlePage(nil) })},
	}
}

func (v *visit) withFiles(pg *page.FormPage) *page.FormPage {
	pg.Files = true
	return pg
}

func samplePage(now time.Time) *notice.Page {
	c := sample.Controller()
	return &notice.Page{Code: "k7rm4qxd", Location: sample.Location().ID, Version: 3, Published: now.Add(-40 * 24 * time.Hour), Content: notice.Content{Name: sample.Location().Name, Who: c.Name, Contact: c.Contact, DPO: "dpo@lindeby.dk",
		Public: true, Live: "extraordinary", Cameras: 4, Areas: []notice.Area{{Name: "Nordre indgang", Kind: "crime", Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Hours: permit.Hours{}, Days: 14, Cameras: 4}}}}
}

func sampleSigns(now time.Time) []notice.Sign {
	day := 24 * time.Hour
	return []notice.Sign{
		{ID: "s1", Place: notice.AtEntrance, Words: "Hovedindgangen, til højre for døren", Format: "a4", Hung: now.Add(-200 * day), Name: "Jonas Lund", Photo: "d1",
			Checks: []notice.Check{{At: now.Add(-2 * day), Name: "Birthe Dam", Finding: notice.Torn, Words: "Hjørnet er revet af, så koden ikke kan læses."}}},
		{ID: "s2", Place: notice.Before, Words: "Ved lågen til skolegården", Format: "a3", Hung: now.Add(-60 * day), Name: "Jonas Lund", Spot: notice.Spot{Case: "2026-014", Drawing: "1", X: 4000, Y: 5000}},
		{ID: "s3", Place: notice.AtEntrance, Words: "Bagindgangen", Format: "sticker", Hung: now.Add(-60 * day), Name: "Jonas Lund"},
	}
}

func sampleDrawn() []drawing.Kept {
	return []drawing.Kept{{Of: drawing.Of{Controller: "lindeby", Case: "2026-014", ID: "1"}, Version: 3, Drawing: plan.Drawing{Title: "Stueplan og skolegård", Width: 1000, Height: 700}}}
}

func sampleDue(s notice.Sign) notice.Due {
	kind := notice.DueCheck
	if s.Wrong() {
		kind = notice.DueMend
	}
	return notice.Due{Kind: kind, Thing: s.ID, At: s.Due()}
}

func sampleRows(v *visit) (out []row) {
	for i, l := range append([]register.Location{sample.LongLocation()}, sample.Locations()...) {
		r := row{place: l}
		if i != 1 {
			r.public, r.signs = samplePage(v.Now), sampleSigns(v.Now)
		}
		if i == 2 {
			r.signs = r.signs[1:]
		}
		for _, s := range r.signs {
			r.due = append(r.due, sampleDue(s))
		}
		out = append(out, r)
	}
	return out
}
