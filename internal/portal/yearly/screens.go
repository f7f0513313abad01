// Package yearly shows the year in figures (årsberetning), for the council or
// management and for the public, and gives it away as a document or a
// spreadsheet.
//
// What it promises: the page and every file say the same; each chart has its
// table beside it, and each figure the one of the year before.
//
// What it refuses: to let anybody write in it.
package yearly

import (
	"net/http"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/yearly"
)

const path = "/tilsyn/aarsberetning"

// First is the first year that can be asked for.
const first = 2020

// Screens are the pages of the report.
type Screens struct {
	*page.Site
	Room *yearly.Room
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET " + path, Act: access.SeeLog, Handle: p.on(p.show), Menu: page.Oversight},
		{Pattern: "GET " + path + "/fil/{form}", Act: access.SeeLog, Handle: p.on(p.file), Menu: page.Oversight, Dear: page.Export},
	}
}

// report makes the one that the address asks for; nothing said is this year, or
// in January the one that is over.
func (p *Screens) report(v *visit) (yearly.Report, error) {
	q, now := v.R.URL.Query(), v.Now.In(page.Zone())
	s := yearly.Span{Year: now.Year()}
	if now.YearDay() <= 31 {
		s.Year--
	}
	var err error
	if text := q.Get("aar"); text != "" {
		if s.Year, err = strconv.Atoi(text); err != nil || s.Year < first || s.Year > now.Year() {
			return yearly.Report{}, fault.New(fault.NotFound, "page.unknown", "year %.10q", text)
		}
	}
	if text := q.Get("kvartal"); text != "" {
		if s.Quarter, err = strconv.Atoi(text); err != nil || s.Quarter < 1 || s.Quarter > 4 {
			return yearly.Report{}, fault.New(fault.NotFound, "page.unknown", "quarter %.10q", text)
		}
	}
	r, err := p.Room.Of(v.Ctx, v.Person.Controller, s)
	if err == nil && q.Get("til") == "alle" {
		r = r.ForPublic()
	}
	return r, err
}

func (p *Screens) show(v *visit) error {
	r, err := p.report(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.reportPage(r))
}

// file sends the report as PDF, DOCX, HTML, XLSX or CSV.
func (p *Screens) file(v *visit) error {
	r, err := p.report(v)
	if err != nil {
		return err
	}
	name := v.T("yearly.file") + "-" + v.Person.Controller + "-" + strconv.Itoa(r.Year)
	if r.Quarter > 0 {
		name += "-" + strconv.Itoa(r.Quarter)
	}
	if r.Public {
		name += "-" + v.T("yearly.file.public")
	}
	switch form := v.R.PathValue("form"); form {
	case "xlsx", "csv":
		return v.Sheet(name+"."+form, v.table(r))
	default:
		return v.SendPaper(name, form, v.paper(r))
	}
}

// address is that of a report, or of a file of it.
func address(r yearly.Report, file string) string {
	q := url.Values{"aar": {strconv.Itoa(r.Year)}}
	if r.Quarter > 0 {
		q.Set("kvartal", strconv.Itoa(r.Quarter))
	}
	if r.Public {
		q.Set("til", "alle")
	}
	if file != "" {
		file = "/fil/" + file
	}
	return path + file + "?" + q.Encode()
}

// paper is the report as a document: what stands on the page, in its order.
func (v *visit) paper(r yearly.Report) *paper.Paper {
	pg := v.reportPage(r)
	doc := v.NewPaper(pg.Title)
	doc.Facts = []paper.Fact{{Term: v.T("yearly.controller"), Text: r.Controller}, {Term: v.T("yearly.period"), Text: v.period(r)}, {Term: v.T("yearly.for"), Text: v.audience(r)}, {Term: v.T("yearly.made"), Text: v.DateTime(r.Made)}}
	var sections []page.Section
	for _, c := range pg.Charts {
		sections = append(sections, page.Section{Heading: c.Heading, Lead: c.Lead, Grid: c.Grid, Empty: c.Empty})
	}
	for _, text := range v.told(r) {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: text})
	}
	doc.Blocks = append(doc.Blocks, page.Blocks(append(sections, v.sections(r)...))...)
	doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("yearly.how")}, paper.List{Items: v.how(r)})
	return doc
}
