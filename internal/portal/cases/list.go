package cases

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// listing is the list of cases. It is sorted, filtered and paged by the
// database: a controller has thousands of cases, and a page shows 25.
func (v *visit) listing(places []register.Name) page.Listing[dossier.Row] {
	day := func(of func(dossier.Row) time.Time) func(dossier.Row) string {
		return func(r dossier.Row) string { return page.FormDate(of(r)) }
	}
	l := page.Listing[dossier.Row]{Key: "cases", Path: listPath, Finds: true, First: page.OwnOrder,
		Columns: []page.Column[dossier.Row]{
			{Name: "sag", Sorts: true, PageOnly: true},
			{Name: "number", Text: func(r dossier.Row) string { return r.ID }, FileOnly: true},
			{Name: "service", Text: func(r dossier.Row) string { return r.Number }, FileOnly: true},
			{Name: "title", Text: func(r dossier.Row) string { return r.Title }, FileOnly: true},
			{Name: "tilstand", Text: func(r dossier.Row) string { return v.standing(r).Text }, Sorts: true},
			{Name: "applicant", Text: func(r dossier.Row) string { return r.ApplicantName }, FileOnly: true},
			{Name: "hos", Text: func(r dossier.Row) string { hos, _ := v.whose(r); return hos }},
			{Name: "step", Text: func(r dossier.Row) string { _, step := v.whose(r); return step }, FileOnly: true},
			{Name: "siden", Text: day(func(r dossier.Row) time.Time { return r.Since }), Sorts: true},
			{Name: "frist", Text: day(func(r dossier.Row) time.Time { return r.Due }), Sorts: true},
			{Name: "opened", Text: day(func(r dossier.Row) time.Time { return r.Opened }), FileOnly: true},
			{Name: "udloeb", Text: day(func(r dossier.Row) time.Time { return r.ValidTo }), Sorts: true},
		},
		Filters: []page.Filter[dossier.Row]{{Name: "tilstand"}, {Name: "sted"}, {Name: "vis", Hidden: true}}}
	for _, s := range []string{"open", "established", "ended"} {
		l.Filters[0].Choices = append(l.Filters[0].Choices, fds.Choice{Value: s, Text: v.T("cases.state." + s)})
	}
	for _, p := range places {
		l.Filters[1].Choices = append(l.Filters[1].Choices, fds.Choice{Value: p.ID, Text: p.Name})
	}
	return l
}

// query is what is asked for, as the room of cases takes it.
func (v *visit) query(a page.Ask) dossier.Query {
	d := dossier.Query{Controller: v.Person.Controller, Text: a.Text, Location: a.Chosen("sted"), Desc: a.Down, Limit: a.Limit, Offset: a.Offset,
		Sort: map[string]string{"sag": "title", "tilstand": "status", "siden": "since", "frist": "due", "udloeb": "valid"}[a.Sort]}
	switch s := a.Chosen("tilstand"); s {
	case "":
	case "ended":
		d.Status = []casework.Status{casework.Refused, casework.Withdrawn, casework.Expired, casework.Closed}
	default:
		d.Status = []casework.Status{casework.Status(s)}
	}
	return v.shown(d, a.Chosen("vis"))
}

// shown limits a query to what one of the figures above the list counts.
func (v *visit) shown(d dossier.Query, vis string) dossier.Query {
	switch vis {
	case "mine":
		d.Mine = v.Person.ID
	case "deltaget":
		d.Person = v.Person.ID
	case "sene":
		d.Late = true
	}
	return d
}

// mostAtOnce is how many cases are read by one question.
const mostAtOnce = 500

// source answers with a page of the cases, or for a file with all of them.
func (v *visit) source(a page.Ask) (rows []dossier.Row, total int, err error) {
	q := v.query(a)
	if q.Limit > 0 {
		return v.s.Cases.List(v.Ctx, q)
	}
	for q.Limit = mostAtOnce; ; q.Offset += mostAtOnce {
		some, total, err := v.s.Cases.List(v.Ctx, q)
		rows = append(rows, some...)
		if err != nil || len(some) < mostAtOnce {
			return rows, total, err
		}
	}
}

// listCounts are the figures above the list.
type listCounts struct{ mine, late int }

func (p *Screens) list(v *visit) error {
	places, err := p.Register.LocationNames(v.Ctx, v.Person.Controller, nil)
	if err != nil {
		return err
	}
	var n listCounts
	for vis, to := range map[string]*int{"mine": &n.mine, "sene": &n.late} {
		if *to, err = p.Cases.Count(v.Ctx, v.shown(dossier.Query{Controller: v.Person.Controller}, vis)); err != nil {
			return err
		}
	}
	return v.listing(places).AnswerFrom(v.Visit, v.source, func(list page.List, rows []dossier.Row) page.Page {
		return v.listPage(list, rows, places, n)
	})
}

func (v *visit) listPage(list page.List, rows []dossier.Row, places []register.Name, n listCounts) *page.ListPage {
	names := map[string]string{}
	for _, p := range places {
		names[p.ID] = p.Name
	}
	var lines []page.Line
	for _, r := range rows {
		lines = append(lines, v.line(r, names))
	}
	pg := v.NewListPage(v.T("cases.title"), v.T("cases.lead"), page.Cases, list, lines)
	if v.May(access.OpenCase, access.Object{}) {
		pg.Actions = []fds.Link{{Href: "/sager/ny", Text: v.T("cases.new")}}
	}
	figure := func(vis, icon string, tone fds.Tone, n int) {
		pg.Figures = append(pg.Figures, page.Figure{Href: listPath + "?vis=" + vis, Text: v.T("cases.show." + vis), Icon: icon,
			Number: v.Number(int64(n)), Tone: tone, Current: v.R.URL.Query().Get("vis") == vis})
	}
	late := fds.Plain
	if n.late > 0 {
		late = fds.Warning
	}
	figure("mine", "person", fds.Plain, n.mine)
	figure("sene", "hourglass", late, n.late)
	v.Said(&pg.Shell)
	return pg
}

// standing is a case's status, as it shows it.
func (v *visit) standing(r dossier.Row) fds.Badge {
	c := casework.Case{ID: r.ID, Status: r.Status, Revision: r.Revision}
	if r.Status == casework.Open && !r.ValidTo.IsZero() {
		c.Decided = r.Opened // decided: it has an end
	}
	return v.statusBadge(c)
}

// whose is who holds the ball, and at which step.
func (v *visit) whose(r dossier.Row) (body, step string) {
	if p, err := v.s.Cases.Process(r.Process, r.Version); err == nil && r.Body != "" {
		return v.body(p, r.Body), v.stepName(p, r.Step)
	}
	return "", ""
}

func (v *visit) line(r dossier.Row, places map[string]string) page.Line {
	where := ""
	for i, l := range r.Locations {
		if i > 0 {
			where += ", "
		}
		where += places[l]
	}
	badge := v.standing(r)
	hos, step := v.whose(r)
	if r.Open > 1 {
		step = v.T("cases.more", step, r.Open-1)
	}
	day := func(t interface{ IsZero() bool }, s string) string {
		if t.IsZero() {
			return ""
		}
		return s
	}
	return page.Line{ID: r.ID, Cells: []page.Cell{
		{Href: listPath + "/" + r.ID, Text: r.Title, Quiet: r.ID + " · " + where},
		{Badge: &badge}, {Text: hos, Quiet: step}, {Text: day(r.Since, v.Date(r.Since))},
		{Text: day(r.Due, v.Date(r.Due))}, {Text: day(r.ValidTo, v.Date(r.ValidTo))}}}
}
