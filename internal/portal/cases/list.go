package cases

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// The list is sorted, filtered and paged by the database: a controller has
// thousands of cases, and a page shows 25.

// columns of the list, by the name in the address and dossier's own.
var columns = []struct{ name, sort string }{
	{"sag", "title"}, {"tilstand", "status"}, {"hos", ""}, {"siden", "since"}, {"frist", "due"}, {"udloeb", "valid"},
}

// query reads what the address asks for.
func (v *visit) query(q url.Values) (dossier.Query, int) {
	d := dossier.Query{Controller: v.Person.Controller, Text: q.Get("q"), Location: q.Get("sted"), Limit: page.PerPage}
	switch s := q.Get("tilstand"); s {
	case "":
	case "ended":
		d.Status = []casework.Status{casework.Refused, casework.Withdrawn, casework.Expired, casework.Closed}
	default:
		d.Status = []casework.Status{casework.Status(s)}
	}
	switch q.Get("vis") {
	case "mine":
		d.Mine = v.Person.ID
	case "deltaget":
		d.Person = v.Person.ID
	case "sene":
		d.Late = true
	}
	for _, c := range columns {
		if c.sort != "" && c.name == q.Get("sorter") {
			d.Sort, d.Desc = c.sort, q.Get("retning") == "ned"
		}
	}
	n, _ := strconv.Atoi(q.Get("side"))
	n = max(n, 1)
	d.Offset = (n - 1) * page.PerPage
	return d, n
}

func (p *Screens) list(v *visit) error {
	q := v.R.URL.Query()
	d, n := v.query(q)
	if format := q.Get("format"); format == "csv" || format == "xlsx" {
		return p.file(v, d, format)
	}
	rows, total, err := p.Cases.List(v.Ctx, d)
	if err != nil {
		return err
	}
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	places := map[string]string{}
	var choices []fds.Choice
	for _, l := range locations {
		places[l.ID] = l.Name
		choices = append(choices, fds.Choice{Value: l.ID, Text: l.Name})
	}
	counts := map[string]int{}
	for _, which := range []string{"mine", "sene"} {
		c, _ := v.query(url.Values{"vis": {which}})
		c.Limit = 1
		if _, counts[which], err = p.Cases.List(v.Ctx, c); err != nil {
			return err
		}
	}
	return v.Show(http.StatusOK, v.listPage(rows, total, n, places, choices, counts))
}

func (v *visit) listPage(rows []dossier.Row, total, n int, places map[string]string, locations []fds.Choice, counts map[string]int) *page.ListPage {
	q := v.R.URL.Query()
	here := func(set ...string) string { return address(q, set...) }
	l := page.List{Words: v.Words, Action: listPath, Label: v.T("list.label"), Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")},
		CSV: here("format", "csv", "side", ""), XLSX: here("format", "xlsx", "side", "")}
	l.Fields = append(l.Fields, v.Field(fds.Field{ID: "q", Name: "q", Type: "search", Value: q.Get("q"), MaxLength: 100}, "cases.search"))
	states := []fds.Choice{{Text: v.T("list.all")}}
	for _, s := range []string{"open", "established", "ended"} {
		states = append(states, fds.Choice{Value: s, Text: v.T("cases.state." + s)})
	}
	l.Fields = append(l.Fields, v.Field(fds.Field{ID: "tilstand", Name: "tilstand", Type: "select", Choices: chosen(states, q.Get("tilstand"))}, "cases.filter.tilstand"),
		v.Field(fds.Field{ID: "sted", Name: "sted", Type: "select", Choices: chosen(append([]fds.Choice{{Text: v.T("list.all")}}, locations...), q.Get("sted"))}, "cases.filter.sted"))
	for _, k := range []string{"vis", "sorter", "retning"} {
		if q.Get(k) != "" {
			l.Hidden = append(l.Hidden, fds.Choice{Text: k, Value: q.Get(k)})
		}
	}
	filtered := q.Get("q") != "" || q.Get("tilstand") != "" || q.Get("sted") != "" || q.Get("vis") != ""
	if filtered {
		l.Clear = listPath
	}
	l.Table = fds.Table{Caption: v.T("cases.title"), ID: "tabel"}
	for _, c := range columns {
		col := fds.Column{Text: v.T("cases.column." + c.name)}
		if c.sort != "" {
			col.Hint, col.Href = v.T("table.sort.up"), here("sorter", c.name, "retning", "", "side", "")
			if q.Get("sorter") == c.name {
				col.Order = "ascending"
				if q.Get("retning") == "ned" {
					col.Order = "descending"
				} else {
					col.Hint, col.Href = v.T("table.sort.down"), here("sorter", c.name, "retning", "ned", "side", "")
				}
			}
		}
		l.Table.Columns = append(l.Table.Columns, col)
	}
	pages := max(1, (total+page.PerPage-1)/page.PerPage)
	shown := ""
	if len(rows) > 0 {
		shown = v.N("cases.shown", int64(total), (n-1)*page.PerPage+1, (n-1)*page.PerPage+len(rows))
	} else {
		l.Empty, l.EmptyAll = v.T("cases.empty.filter"), false
		if !filtered {
			l.Empty, l.EmptyAll = v.T("cases.empty"), true
		}
	}
	l.Pages = fds.NewPages(min(n, pages), pages, func(n int) string { return here("side", strconv.Itoa(n)) }, shown, v.PageWords())
	var lines []page.Line
	for _, r := range rows {
		lines = append(lines, v.line(r, places))
	}
	pg := v.NewListPage(v.T("cases.title"), v.T("cases.lead"), page.Cases, l, lines)
	if v.May(access.OpenCase, access.Object{}) {
		pg.Actions = []fds.Link{{Href: "/sager/ny", Text: v.T("cases.new")}}
	}
	for _, f := range []struct{ vis, icon string }{{"mine", "person"}, {"sene", "hourglass"}} {
		tone := fds.Plain
		if f.vis == "sene" && counts[f.vis] > 0 {
			tone = fds.Warning
		}
		pg.Figures = append(pg.Figures, page.Figure{Href: address(url.Values{}, "vis", f.vis), Text: v.T("cases.show." + f.vis), Icon: f.icon,
			Number: v.Number(int64(counts[f.vis])), Tone: tone, Current: q.Get("vis") == f.vis})
	}
	v.Said(&pg.Shell)
	return pg
}

func (v *visit) line(r dossier.Row, places map[string]string) page.Line {
	c := casework.Case{ID: r.ID, Status: r.Status, Revision: r.Revision}
	if r.Status == casework.Open && !r.ValidTo.IsZero() {
		c.Decided = r.Opened // decided: it has an end
	}
	where := ""
	for i, l := range r.Locations {
		if i > 0 {
			where += ", "
		}
		where += places[l]
	}
	badge := v.statusBadge(c)
	hos, step := "", ""
	if proc, err := v.s.Cases.Process(r.Process, r.Version); err == nil && r.Body != "" {
		hos, step = v.body(proc, r.Body), v.stepName(proc, r.Step)
		if r.Open > 1 {
			step = v.T("cases.more", step, r.Open-1)
		}
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

// file sends the whole list as it is filtered and sorted.
func (p *Screens) file(v *visit, d dossier.Query, format string) error {
	t := sheet.Table{Name: v.T("cases.title")}
	for _, k := range []string{"number", "service", "title", "status", "applicant", "hos", "step", "since", "due", "opened", "valid"} {
		t.Head = append(t.Head, v.T("cases.file."+k))
	}
	d.Limit, d.Offset = 500, 0
	for {
		rows, total, err := p.Cases.List(v.Ctx, d)
		if err != nil {
			return err
		}
		for _, r := range rows {
			hos, step := "", ""
			if proc, err := p.Cases.Process(r.Process, r.Version); err == nil && r.Body != "" {
				hos, step = v.body(proc, r.Body), v.stepName(proc, r.Step)
			}
			t.Rows = append(t.Rows, []sheet.Cell{sheet.Text(r.ID), sheet.Text(r.Number), sheet.Text(r.Title),
				sheet.Text(v.statusBadge(casework.Case{Status: r.Status, Revision: r.Revision}).Text), sheet.Text(r.ApplicantName), sheet.Text(hos), sheet.Text(step),
				sheet.Text(page.FormDate(r.Since)), sheet.Text(page.FormDate(r.Due)), sheet.Text(page.FormDate(r.Opened)), sheet.Text(page.FormDate(r.ValidTo))})
		}
		d.Offset += len(rows)
		if len(rows) == 0 || d.Offset >= total {
			return v.Sheet("sager."+format, t)
		}
	}
}

// address is the list with what was chosen and what is set now, name and value
// in turn; the page is left out unless it is set.
func address(q url.Values, set ...string) string {
	out := url.Values{}
	for _, k := range []string{"q", "tilstand", "sted", "vis", "sorter", "retning"} {
		if q.Get(k) != "" {
			out.Set(k, q.Get(k))
		}
	}
	for i := 0; i+1 < len(set); i += 2 {
		out.Set(set[i], set[i+1])
		if set[i+1] == "" || set[i] == "side" && set[i+1] == "1" {
			out.Del(set[i])
		}
	}
	if len(out) == 0 {
		return listPath
	}
	return listPath + "?" + out.Encode()
}

func chosen(list []fds.Choice, value string) []fds.Choice {
	list = slices.Clone(list)
	for i := range list {
		list[i].On = list[i].Value == value
	}
	return list
}
